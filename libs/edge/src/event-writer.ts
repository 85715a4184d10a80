import type { Clock } from '#kernel';
import { EventChains, EventSigner, EventWriter, type AuditEvent } from '#control';
import { fleetSecret, type Config, type Log } from '#platform';
import type { SharedBackplane } from './backplane.js';

/** Signs the events of a process and records them in the fleet's log and, if configured, on standard output. */
export function eventWriter(config: Config, { events }: SharedBackplane, clock: Clock, log: Log): EventWriter {
  const failed = (error: unknown): void => log.warn('events-wait', { error });
  const chains = new EventChains(new EventSigner(fleetSecret(config).reveal()));
  return new EventWriter(events, clock, failed, { chains, heard: config.audit.stdout ? writeLine : undefined });
}

/** One JSON object a line, with the time as text. */
function writeLine({ at, ...event }: AuditEvent): void {
  process.stdout.write(`${JSON.stringify({ audit: event.type, time: new Date(at).toISOString(), ...event })}\n`);
}
