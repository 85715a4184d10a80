import { MAX_SIGN_IN_ID_BYTES, type Identity } from '../admission/identity.js';

/** A person, a session at a provider, or a browser, was signed out. */
export interface SignOut {
  /** One of the ids of a `SignInMark`. */
  readonly id: string;
  /** In ms since the epoch: sign-ins after that count. */
  readonly at: number;
}

/**
 * The sign-outs that every process remembers, of 60 bytes each: they end the seats of people who are inside. Older ones have done so
 * long ago; what they ended in the store stays ended.
 */
export const MAX_SIGN_OUTS = 1_000;

/** The latest sign-outs of a fleet. Immutable. */
export class SignOuts {
  readonly #at: ReadonlyMap<string, number>;

  constructor(readonly all: readonly SignOut[] = []) {
    const at = new Map<string, number>();
    for (const one of all) at.set(one.id, Math.max(one.at, at.get(one.id) ?? 0));
    this.#at = at;
  }

  /** Whether somebody has been signed out since they signed in. */
  end({ signIn }: Pick<Identity, 'signIn'>): boolean {
    if (signIn === undefined || this.#at.size === 0) return false;
    const { ids, browser, at } = signIn;
    return [...ids, ...(browser === undefined ? [] : [browser])].some((id) => at <= (this.#at.get(id) ?? -1));
  }

  /** With some more; the oldest are forgotten. */
  with(more: readonly SignOut[]): SignOuts {
    const ids = new Set(more.map(({ id }) => id));
    return new SignOuts([...this.all.filter(({ id }) => !ids.has(id)), ...more].slice(-MAX_SIGN_OUTS));
  }
}

/** A line of the text: an id and a time. */
const LINE = new RegExp(`^([\\w-]{1,${MAX_SIGN_IN_ID_BYTES}}) (\\d{1,15})$`);

/** The sign-outs as a store keeps them, a line for each; empty if there is none. */
export const writeSignOuts = ({ all }: SignOuts): string =>
  all.length === 0 ? '' : ['1', ...all.map(({ id, at }) => `${id} ${at}`)].join('\n');

/** Reads what `writeSignOuts` wrote; undefined if this build does not understand it. */
export function readSignOuts(text: string): SignOuts | undefined {
  if (text === '') return new SignOuts();
  const [version, ...lines] = text.split('\n');
  const outs = lines.flatMap((line) => {
    const [, id, at] = LINE.exec(line) ?? [];
    return id === undefined ? [] : [{ id, at: Number(at) }];
  });
  return version === '1' && outs.length === lines.length && outs.length <= MAX_SIGN_OUTS
    ? new SignOuts(outs)
    : undefined;
}
