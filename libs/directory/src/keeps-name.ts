import type { NameClaim, NameHolder, SessionView } from './records.js';

/** Whether the session that holds a name keeps it when another one claims it. */
export function keepsName(
  { state, session, reconnectingSince, asOf }: SessionView,
  { graceMs }: NameHolder,
  { from }: Pick<NameClaim, 'from'>,
): boolean {
  if (state !== 'reconnecting') return state === 'live';
  if (from?.sessionId === session.id && from.generation === session.generation) return false;
  return reconnectingSince === undefined || asOf - reconnectingSince < graceMs;
}
