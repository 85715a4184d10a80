import type { Clock } from '#kernel';
import type { Identity } from '#access';
import { forLogin } from './browser-sign-ins.js';
import type { EndedSignIns } from './ended-sign-ins.js';
import { idOf } from './secrets.js';
import type { SignInStore } from './store/sign-in-store.js';

export interface RememberedKeysDeps {
  readonly store: SignInStore;
  readonly ended: EndedSignIns;
  readonly clock: Pick<Clock, 'now'>;
  /** How long a key is remembered, in ms; undefined: never. */
  readonly forMs: number | undefined;
  /** Whether machines have their keys kept. */
  readonly machines: boolean;
}

/** SSH keys whose holders have signed in, by their fingerprints. Errors: `unavailable` and `timeout` of the store. */
export class RememberedKeys {
  constructor(private readonly deps: RememberedKeysDeps) {}

  get forMs(): number | undefined {
    return this.deps.forMs;
  }

  async remember(fingerprint: string, who: Identity): Promise<void> {
    const { clock, forMs } = this.deps;
    if (forMs === undefined) return;
    await this.keep(fingerprint, { ...forLogin(who), proved: 'remembered-key', until: clock.now() + forMs });
  }

  /** Keeps a key of a machine, or of whoever else has an identity with an end. */
  async keep(fingerprint: string, identity: Identity): Promise<void> {
    const { store, clock } = this.deps;
    await store.put('key', idOf(fingerprint), JSON.stringify(identity), Math.max(1, identity.until - clock.now()));
  }

  /** Whose key that is: two looks into the store. Undefined if it is not remembered, or if their provider has signed them out since. */
  async find(fingerprint: string): Promise<Identity | undefined> {
    const { store, clock, forMs, machines, ended } = this.deps;
    if (forMs === undefined && !machines) return undefined;
    const text = await store.get('key', idOf(fingerprint));
    const identity = text === undefined ? undefined : (JSON.parse(text) as Identity);
    if (identity === undefined || identity.until <= clock.now()) return undefined;
    return identity.signIn !== undefined && (await ended.has(identity.signIn)) ? undefined : identity;
  }

  async forget(fingerprint: string): Promise<void> {
    await this.deps.store.drop('key', idOf(fingerprint));
  }
}
