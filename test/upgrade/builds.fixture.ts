import { fileURLToPath } from 'node:url';
import type { LogRecord, Shipmate } from '#testing';

/** The folder of the older build, which `npm run check:upgrade` makes of a revision. */
export const OLDER = process.env['SHIPMATE_OLDER'] ?? '';
/** The folder of this one. */
export const PRESENT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * What processes of a fleet say when they do not understand each other. Trouble that is tried again is left out: a roll makes
 * some with one build too.
 */
const FAULTS: ReadonlySet<unknown> = new Set([
  'relay-fault',
  'session-fault',
  'ssh-fault',
  'web-fault',
  'control-fault',
  'broker-fault',
  'api-fault',
  'start-failed',
  'stop-failed',
  'stop-too-late',
  'uncaught-exception',
  'unhandled-rejection',
]);

/** The faults in a process' log so far. */
export const faultsOf = (shipmate: Shipmate): readonly LogRecord[] =>
  shipmate.log.filter(({ event, level }) => FAULTS.has(event) || level === 'error' || level === 'fatal');
