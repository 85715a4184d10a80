import type { Role } from '#kernel';
import type { Metrics } from '#platform';

/** What is counted of an edge. */
export interface Countable {
  readonly sessions: Iterable<{ readonly state: 'live' | 'reconnecting' | 'closed' }>;
  readonly rooms: Iterable<{
    readonly audience: {
      readonly seats: Iterable<{ readonly info: { readonly transport: 'ssh' | 'web'; readonly role: Role } }>;
    };
  }>;
}

/** Counted only when they are scraped, so an idle session costs nothing. */
export function countSessions(
  edge: Countable,
  region: string,
  metrics: Pick<Metrics, 'sessions' | 'participants'>,
): void {
  const states = { live: 0, reconnecting: 0 };
  const participants = { ssh: { writer: 0, reader: 0 }, web: { writer: 0, reader: 0 } };
  for (const { state } of edge.sessions) {
    if (state !== 'closed') states[state] += 1;
  }
  for (const room of edge.rooms) {
    for (const { info } of room.audience.seats) participants[info.transport][info.role] += 1;
  }
  for (const state of ['live', 'reconnecting'] as const) metrics.sessions.set({ region, state }, states[state]);
  for (const transport of ['ssh', 'web'] as const) {
    for (const role of ['writer', 'reader'] as const) {
      metrics.participants.set({ transport, role }, participants[transport][role]);
    }
  }
}
