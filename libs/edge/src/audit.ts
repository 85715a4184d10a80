import type { EventWriter } from '#control';
import type { EdgeId } from '#kernel';
import type { SessionObserver } from '#session';

/** Tells `inner` everything, and notes as events what an auditor wants to know of sessions. */
export function audited(inner: SessionObserver, events: Pick<EventWriter, 'note'>, edge: EdgeId): SessionObserver {
  const by = String(edge);
  return {
    ...inner,
    sessionOpened(session, host) {
      inner.sessionOpened(session, host);
      const { address, clientVersion, reconnected } = host;
      events.note(reconnected ? 'host-reconnected' : 'session-opened', { session, by }, { address, clientVersion });
    },
    hostGone(session, why, detail) {
      inner.hostGone(session, why, detail);
      events.note('host-gone', { session, by }, { why });
    },
    sessionClosed(session, why) {
      inner.sessionClosed(session, why);
      events.note('session-closed', { session, by }, { why });
    },
    joined(session, participant, route) {
      inner.joined(session, participant, route);
      const { id, role, transport, address, key } = participant;
      const who = { participant: id, role, transport, address, ...(key === undefined ? {} : { key }) };
      events.note('joined', { session, by }, who);
    },
    left(session, participant, ending) {
      inner.left(session, participant, ending);
      events.note('left', { session, by }, { participant: participant.id, why: ending });
    },
  };
}
