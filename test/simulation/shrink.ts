import { play, type PlayOptions } from './run.js';
import type { Rule } from './judge.js';
import type { Schedule, SimEvent } from './schedule.js';

/** How many schedules are played at most, to find fewer events. */
const MOST_PLAYS = 200;

/** Fewer events that still break the same rule: halves first, then one by one, then shorter. */
export async function shrink(schedule: Schedule, rule: Rule, options: PlayOptions = {}): Promise<Schedule> {
  let left = MOST_PLAYS;
  const breaks = async (events: readonly SimEvent[], quietMs: number): Promise<boolean> => {
    if (left-- <= 0) return false;
    const { violation } = await play({ ...schedule, events, quietMs }, options);
    return violation?.rule === rule;
  };
  let { events, quietMs } = schedule;
  for (let size = Math.ceil(events.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < events.length;) {
      const fewer = [...events.slice(0, at), ...events.slice(at + size)];
      if (await breaks(fewer, quietMs)) events = fewer;
      else at += size;
    }
  }
  const overMs = Math.max(20_000, ...events.map((event) => event.atMs + ('forMs' in event ? event.forMs : 0))) + 1_000;
  if (overMs < quietMs && (await breaks(events, overMs))) quietMs = overMs;
  return { ...schedule, events, quietMs };
}
