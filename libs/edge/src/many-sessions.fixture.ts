import type { Countable } from './count-sessions.js';

/** An edge with many sessions, a tenth of them without their host, and a reader and a writer in each. */
export function manySessions(count: number): Countable {
  const info = (role: 'writer' | 'reader', n: number) => ({
    info: { transport: n % 2 === 0 ? 'ssh' : 'web', role } as const,
  });
  const all = Array.from({ length: count }, (_, n) => ({
    state: n % 10 === 0 ? ('reconnecting' as const) : ('live' as const),
    audience: { seats: [info('writer', n), info('reader', n + 1)] },
  }));
  return { sessions: new Set(all), rooms: new Set(all) };
}
