import type { Clock } from '#kernel';
import type { Identity } from '#access';
import type { SignedIn, SignedOut } from './providers/provider.js';
import { idOf, mintSecret } from './secrets.js';
import type { SignInStore } from './store/sign-in-store.js';

/** What is kept of a browser that is signed in. */
interface Kept {
  readonly who: SignedIn;
  /** In ms since the epoch. */
  readonly at: number;
  readonly until: number;
}

export interface BrowserSignInsDeps {
  readonly store: SignInStore;
  readonly clock: Pick<Clock, 'now'>;
  /** How long a sign-in counts, in ms. */
  readonly countsForMs: number;
}

/** Browsers that are signed in, by the secret in their cookie. Errors: `unavailable` and `timeout` of the store. */
export class BrowserSignIns {
  constructor(private readonly deps: BrowserSignInsDeps) {}

  get countsForMs(): number {
    return this.deps.countsForMs;
  }

  /** Signs a browser in; the answer is the secret for its cookie. */
  async add(who: SignedIn): Promise<string> {
    const { store, clock, countsForMs } = this.deps;
    const secret = mintSecret();
    const at = clock.now();
    const kept: Kept = { who, at, until: at + countsForMs };
    await store.put('browser', idOf(secret), JSON.stringify(kept), countsForMs);
    return secret;
  }

  /** Who is signed in with a cookie's secret; undefined if nobody is, or not any more. */
  async find(secret: string): Promise<Identity | undefined> {
    const { store, clock } = this.deps;
    const text = await store.get('browser', idOf(secret));
    if (text === undefined) return undefined;
    const { who, at, until } = JSON.parse(text) as Kept;
    if (until <= clock.now() || (await this.#isEnded(who, at))) return undefined;
    const { provider, subject, name, groups } = who;
    return { provider, subject, name, groups, proved: 'sign-in', until };
  }

  async remove(secret: string): Promise<void> {
    await this.deps.store.drop('browser', idOf(secret));
  }

  /** A provider has signed somebody out: sign-ins from before count no more. */
  async end({ provider, subject, sid, at }: SignedOut): Promise<void> {
    const { store, countsForMs } = this.deps;
    const id = sid === undefined ? endedId(provider, 'subject', subject) : endedId(provider, 'session', sid);
    await store.put('ended', id, String(at), countsForMs);
  }

  async #isEnded({ provider, subject, sid }: SignedIn, at: number): Promise<boolean> {
    const ids = [
      endedId(provider, 'subject', subject),
      ...(sid === undefined ? [] : [endedId(provider, 'session', sid)]),
    ];
    const ends = await Promise.all(ids.map(async (id) => await this.deps.store.get('ended', id)));
    return ends.some((end) => end !== undefined && at <= Number(end));
  }
}

const endedId = (provider: string, what: 'subject' | 'session', value = ''): string => idOf(provider, what, value);
