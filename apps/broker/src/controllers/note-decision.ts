import { approvalText, DECISION_EVENTS, type EventWriter } from '#control';
import type { SessionId } from '#kernel';
import type { Decided } from '../fleet.js';

/** Makes an event of what `by` has said about somebody who waits. */
export function noteDecision(
  audit: Pick<EventWriter, 'note'>,
  about: { readonly by: string; readonly session: SessionId },
  { who, decision, ...agreement }: Decided,
): void {
  const { id, role, transport, address, key, name: person, provider, subject, proved } = who;
  const details = { participant: id, role, transport, address, key, person, provider, subject, proved };
  const given = Object.entries(details).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const shown = Object.fromEntries(given) as Readonly<Record<string, string>>;
  audit.note(DECISION_EVENTS[decision], about, { ...shown, ...approvalText(decision, agreement) });
}
