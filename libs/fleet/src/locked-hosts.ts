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

const TEXT = refusalText({ reason: 'locked' });

/** Keeps out hosts whom the operator has locked out. */
export class LockedHosts {
  constructor(private readonly deps: LockedHostsDeps) {}

  /** Throws `forbidden` if a host may not begin. */
  check(link: HostLink): void {
    if (this.#isLocked(link, undefined)) throw new ShipmateError('forbidden', TEXT);
  }

  /** Ends a session whose host is locked out. */
  look(session: HomeSession): void {
    const { link } = session.host;
    if (link === undefined || !this.#isLocked(link, this.deps.userOf(session))) return;
    session.host.notify([TEXT]);
    session.close('operator', 'closed');
  }

  #isLocked({ address, key, identity }: HostLink, user: string | undefined): boolean {
    const { locks, clock } = this.deps;
    const keys = key === undefined ? [] : [{ fingerprint: key }];
    return locks?.list.find({ address, keys, identity, user }, clock.now()) !== undefined;
  }
}
