import type { Clock } from '#kernel';
import type { Identity } from '#access';
import { markOf, type EndedSignIns } from './ended-sign-ins.js';
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
  readonly ended: EndedSignIns;
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
    const { store, clock, ended } = this.deps;
    const browser = idOf(secret);
    const text = await store.get('browser', browser);
    if (text === undefined) return undefined;
    const { who, at, until } = JSON.parse(text) as Kept;
    const mark = markOf(who, at);
    if (until <= clock.now() || (await ended.has(mark))) return undefined;
    const { provider, subject, name, groups } = who;
    return { provider, subject, name, groups, proved: 'sign-in', until, signIn: { ...mark, browser } };
  }

  /** Signs a browser out: whoever joined with its cookie leaves. */
  async remove(secret: string): Promise<void> {
    const { store, ended } = this.deps;
    await store.drop('browser', idOf(secret));
    await ended.endBrowser(idOf(secret));
  }

  /** A provider has signed somebody out: sign-ins from before count no more, and whoever joined with them leaves. */
  async end(out: SignedOut): Promise<void> {
    await this.deps.ended.end(out);
  }
}

/** A browser's sign-in for an SSH login, which goes on when the browser signs out. */
export const forLogin = (identity: Identity): Identity => ({
  ...identity,
  ...(identity.signIn && { signIn: { ...identity.signIn, browser: undefined } }),
});
