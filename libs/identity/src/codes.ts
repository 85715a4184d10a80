import type { Clock } from '#kernel';
import type { Identity } from '#access';
import { idOf, mintCode } from './secrets.js';
import type { SignInStore } from './store/sign-in-store.js';

/** How long somebody who connects with ssh has to sign in, in ms. */
export const CODE_MS = 5 * 60_000;

/** An SSH login that waits for a browser, as its page shows it. */
export interface WaitingLogin {
  /** Where the login comes from. */
  readonly address: string;
  /** Whether they want to join a session, or to share a terminal. */
  readonly wants: 'join' | 'host';
  /** The key that the login has proved to hold; undefined: none, or none that may be remembered. */
  readonly fingerprint?: string | undefined;
  /** In ms since the epoch. */
  readonly until: number;
}

/** What the browser's user said of an SSH login. */
export type CodeAnswer = { readonly kind: 'identity'; readonly identity: Identity } | { readonly kind: 'refused' };

export interface CodesDeps {
  readonly store: SignInStore;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Codes that connect an SSH login with a browser: short, for five minutes, used once. Only an edge that has a login makes them. Errors:
 * `unavailable` and `timeout` of the store.
 */
export class Codes {
  constructor(private readonly deps: CodesDeps) {}

  /** A new code for a login. */
  async make(login: Omit<WaitingLogin, 'until'>): Promise<string> {
    const { store, clock } = this.deps;
    const code = mintCode();
    const waiting: WaitingLogin = { ...login, until: clock.now() + CODE_MS };
    await store.put('code', idOf(code), JSON.stringify(waiting), CODE_MS);
    return code;
  }

  /** The login that waits for a code; undefined if none does. */
  async find(code: string): Promise<WaitingLogin | undefined> {
    return this.#read(await this.deps.store.get('code', idOf(code)));
  }

  /** Answers a login, once; undefined if none waits any more. */
  async answer(code: string, answer: CodeAnswer): Promise<WaitingLogin | undefined> {
    const { store } = this.deps;
    const waiting = this.#read(await store.take('code', idOf(code)));
    if (waiting !== undefined) await store.put('answer', idOf(code), JSON.stringify(answer), CODE_MS);
    return waiting;
  }

  /** The answer, for the login that waits; undefined while there is none. It can be taken once. */
  async takeAnswer(code: string): Promise<CodeAnswer | undefined> {
    const text = await this.deps.store.take('answer', idOf(code));
    return text === undefined ? undefined : (JSON.parse(text) as CodeAnswer);
  }

  /** The login waits no more. */
  async forget(code: string): Promise<void> {
    await this.deps.store.drop('code', idOf(code));
  }

  #read(text: string | undefined): WaitingLogin | undefined {
    const waiting = text === undefined ? undefined : (JSON.parse(text) as WaitingLogin);
    return waiting !== undefined && waiting.until > this.deps.clock.now() ? waiting : undefined;
  }
}
