import type { Clock } from '#kernel';
import { EventWriter, type AuditEvent } from '#control';
import type { Config, Log } from '#platform';
import type { SharedBackplane } from './backplane.js';

/** Records the events of a process in the fleet's log and, if configured, on standard output. */
export function eventWriter({ audit }: Config, { events }: SharedBackplane, clock: Clock, log: Log): EventWriter {
  const failed = (error: unknown): void => log.warn('events-wait', { error });
  return new EventWriter(events, clock, failed, audit.stdout ? writeLine : undefined);
}

/** One JSON object a line, with the time as text. */
function writeLine({ at, ...event }: AuditEvent): void {
  process.stdout.write(`${JSON.stringify({ audit: event.type, time: new Date(at).toISOString(), ...event })}\n`);
}
