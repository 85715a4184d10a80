import type { Clock } from '#kernel';
import type { SignInMark, SignOut } from '#access';
import type { SignedIn, SignedOut } from './providers/provider.js';
import { idOf } from './secrets.js';
import type { SignInStore } from './store/sign-in-store.js';

/** Tells every process of sign-outs, which end the seats of people who are inside. Throws `unavailable` while it cannot. */
export interface SignOutsPort {
  add(...outs: readonly SignOut[]): Promise<void>;
}

export interface EndedSignInsDeps {
  readonly store: SignInStore;
  readonly signOuts: SignOutsPort;
  readonly clock: Pick<Clock, 'now'>;
  /** The longest time for which a sign-in counts, in ms. */
  readonly forMs: number;
}

/** Sign-ins that ended before their time. Errors: `unavailable` and `timeout` of the store. */
export class EndedSignIns {
  constructor(private readonly deps: EndedSignInsDeps) {}

  /** A provider has signed somebody out, of one session there or of all: whatever they proved with it before counts no more. */
  async end({ provider, subject, sid, at }: SignedOut): Promise<void> {
    const { store, signOuts, forMs } = this.deps;
    const id = sid === undefined ? endedId(provider, 'subject', subject) : endedId(provider, 'session', sid);
    await store.put('ended', id, String(at), forMs);
    await signOuts.add({ id, at });
  }

  /** A browser has signed out, by the id of its sign-in: it is not in the store any more. */
  async endBrowser(browser: string): Promise<void> {
    await this.deps.signOuts.add({ id: browser, at: this.deps.clock.now() });
  }

  /** Whether a provider has ended a sign-in. */
  async has({ ids, at }: Pick<SignInMark, 'ids' | 'at'>): Promise<boolean> {
    const ends = await Promise.all(ids.map(async (id) => await this.deps.store.get('ended', id)));
    return ends.some((end) => end !== undefined && at <= Number(end));
  }
}

/** What may end a sign-in, of this time, at a provider. */
export const markOf = ({ provider, subject, sid }: SignedIn, at: number): SignInMark => ({
  at,
  ids: [endedId(provider, 'subject', subject), ...(sid === undefined ? [] : [endedId(provider, 'session', sid)])],
});

const endedId = (provider: string, what: 'subject' | 'session', value = ''): string => idOf(provider, what, value);
