import { refusalText } from '#access';
import { ShipmateError, type Clock } from '#kernel';
import type { HomeSession, HostLink } from '#session';
import type { LockedPeople } from './edge-deps.js';

export interface LockedHostsDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly locks: Pick<LockedPeople, 'list'> | undefined;
  /** The user whose API key a session's host gave. */
  readonly userOf: (session: HomeSession) => string | undefined;
}

/** Keeps out hosts whom the operator has locked out. */
export class LockedHosts {
  constructor(private readonly deps: LockedHostsDeps) {}

  /** Throws `forbidden` if a host may not begin. */
  check(link: HostLink): void {
    const text = this.#locked(link, undefined);
    if (text !== undefined) throw new ShipmateError('forbidden', text);
  }

  /** Ends a session whose host is locked out. */
  look(session: HomeSession): void {
    const { link } = session.host;
    const text = link && this.#locked(link, this.deps.userOf(session));
    if (text === undefined) return;
    session.host.notify([text]);
    session.close('operator', 'closed');
  }

  /** What a host reads that is locked out; undefined: it is not. */
  #locked({ address, key, identity }: HostLink, user: string | undefined): string | undefined {
    const { locks, clock } = this.deps;
    const keys = key === undefined ? [] : [{ fingerprint: key }];
    const lock = locks?.list.find({ address, keys, identity, user }, clock.now());
    return lock && refusalText({ reason: 'locked', why: lock.reason });
  }
}
