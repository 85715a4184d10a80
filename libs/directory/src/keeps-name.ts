import type { NameClaim, NameHolder, SessionView } from './records.js';

/** Whether a name stays with the session that holds it, of which this is known, against another one's claim. */
export function keepsName(
  { state, session, reconnectingSince, asOf }: SessionView,
  { graceMs }: NameHolder,
  { from }: Pick<NameClaim, 'from'>,
): boolean {
  if (state !== 'reconnecting') return state === 'live';
  if (from?.sessionId === session.id && from.generation === session.generation) return false;
  return reconnectingSince === undefined || asOf - reconnectingSince < graceMs;
}
