import { personText, type SentAway } from '#access';
import { approvalText, DECISION_EVENTS, type EventWriter } from '#control';
import type { EdgeId } from '#kernel';
import type { ParticipantInfo, SessionObserver } from '#session';

/** Passes everything on to `inner`, and records as events what an auditor wants to know about sessions. */
export function audited(inner: SessionObserver, events: Pick<EventWriter, 'note'>, edge: EdgeId): SessionObserver {
  const by = String(edge);
  return {
    ...inner,
    sessionOpened(session, host) {
      inner.sessionOpened(session, host);
      const { address, clientVersion, reconnected, rights } = host;
      const details = { address, clientVersion, ...keyOf(host), ...rights };
      events.note(reconnected ? 'host-reconnected' : 'session-opened', { session, by }, details);
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
      events.note('joined', { session, by }, whoIs(participant));
    },
    left(session, participant, ending) {
      inner.left(session, participant, ending);
      events.note('left', { session, by }, { participant: participant.id, why: ending, ...personOf(participant) });
    },
    asked(session, participant) {
      inner.asked(session, participant);
      events.note('asked', { session, by }, whoIs(participant));
    },
    decided(session, participant, said) {
      inner.decided(session, participant, said);
      const approver = said.by === 'host' ? undefined : { approver: said.by };
      events.note(
        DECISION_EVENTS[said.decision],
        { session, by },
        {
          ...whoIs(participant),
          ...(said.decision === 'agreed' ? { approver: said.by } : approver),
          ...approvalText(said.decision, said),
        },
      );
    },
    rightsChanged(session, changed) {
      inner.rightsChanged(session, changed);
      events.note('rights-changed', { session, by }, changed);
    },
    sentAway(session, entry) {
      inner.sentAway(session, entry);
      events.note('sent-away', { session, by }, entryText(entry));
    },
    lifted(session, entry) {
      inner.lifted(session, entry);
      events.note('lifted', { session, by }, entryText(entry));
    },
    tokensReplaced(session, leave) {
      inner.tokensReplaced(session, leave);
      events.note('tokens-replaced', { session, by }, { leave: String(leave) });
    },
    paused(session, paused) {
      inner.paused(session, paused);
      events.note(paused ? 'session-paused' : 'session-resumed', { session, by });
    },
    locked(session, lock, participant) {
      inner.locked(session, lock, participant);
      const details = {
        ...(lock === undefined ? {} : { lock }),
        ...(participant === undefined ? {} : { participant }),
      };
      events.note(lock === undefined ? 'session-unlocked' : 'session-locked', { session, by }, details);
    },
    seatLock(session, participant, change) {
      inner.seatLock(session, participant, change);
      const who = { participant: participant.id, ...personOf(participant) };
      if (change.kind === 'locked') events.note('seat-locked', { session, by }, { why: change.why, ...who });
      else if (change.kind === 'unlocked') events.note('seat-unlocked', { session, by }, { with: change.by, ...who });
      else events.note('seat-unlock-refused', { session, by }, { with: change.by, ...who });
    },
    nameChanged(session, change, name) {
      inner.nameChanged(session, change, name);
      events.note(`name-${change}`, { session, by }, { name });
    },
  };
}

/** The details of an entry for somebody who was sent away: whom it means, what they may still do, and until when. */
const entryText = (entry: SentAway): Readonly<Record<string, string>> => ({
  who: personText(entry),
  may: entry.may,
  ...(entry.until === undefined ? {} : { until: new Date(entry.until).toISOString() }),
});

interface Proven {
  readonly key?: string | undefined;
  readonly certificate?: string | undefined;
}

const keyOf = ({ key, certificate }: Proven): Readonly<Record<string, string>> => ({
  ...(key === undefined ? {} : { key }),
  ...(certificate === undefined ? {} : { certificate }),
});

/** Who somebody proved to be. */
const personOf = ({
  name,
  provider,
  subject,
  proved,
}: Pick<ParticipantInfo, 'name' | 'provider' | 'subject' | 'proved'>): Readonly<Record<string, string>> => ({
  ...(name === undefined ? {} : { person: name }),
  ...(provider === undefined ? {} : { provider }),
  ...(subject === undefined ? {} : { subject }),
  ...(proved === undefined ? {} : { proved }),
});

const whoIs = ({
  id,
  role,
  transport,
  address,
  key,
  certificate,
  ...person
}: ParticipantInfo): Readonly<Record<string, string>> => ({
  participant: id,
  role,
  transport,
  address,
  ...keyOf({ key, certificate }),
  ...personOf(person),
});
