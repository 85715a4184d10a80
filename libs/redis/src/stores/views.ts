import type { SessionRecord, SessionView } from '#directory';
import type { Leases } from './redis-edges.js';

/** A session with what follows from the leases. */
export function toView(session: SessionRecord, { now: asOf, since: known = -Infinity, of }: Leases): SessionView {
  const lease = session.edgeId === undefined ? undefined : of.get(session.edgeId);
  const home = lease?.record;
  if (session.closedAt !== undefined) return { session, state: 'closed', home, reconnectingSince: undefined, asOf };
  if (home !== undefined && session.hostConnected)
    return { session, state: 'live', home, reconnectingSince: undefined, asOf };
  // A lease that stands without its edge's record: Redis lost that, and the next heartbeat writes it again.
  const homeEnded = lease?.stands === true ? asOf : (lease?.endedAt ?? Infinity);
  const since = Math.min(session.disconnectedAt ?? Infinity, homeEnded);
  // A home that never sent a heartbeat here left no stamp. The session's own age would be wrong: after Redis lost its data, an
  // old session may be written before its edge's first heartbeat. If only the leases were lost, no edge may count as dead
  // before the leases are known again.
  const reconnectingSince = since === Infinity ? Math.max(session.homeSince, known) : since;
  return { session, state: 'reconnecting', home, reconnectingSince, asOf };
}

/** For how long a session has been reconnecting; -1 when it is not. */
export function awayFor({ reconnectingSince, asOf }: SessionView): number {
  return reconnectingSince === undefined ? -1 : asOf - reconnectingSince;
}
