import { Metrics } from '#platform';
import type { Figure } from '#testing';
import { countSessions } from '../src/count-sessions.js';
import { manySessions } from '../src/many-sessions.fixture.js';

const ROUNDS = 50;

/** The median time of a scrape of an edge with `sessions` sessions, two joiners in each, in ms. */
async function measure(sessions: number): Promise<number> {
  const metrics = new Metrics();
  const edge = manySessions(sessions);
  metrics.onScrape(() => countSessions(edge, 'nyc1', metrics));
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await metrics.scrape();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return times[ROUNDS / 2] ?? Number.NaN;
}

/** What Prometheus costs an edge that is full. */
export async function run(): Promise<Figure[]> {
  const empty = await measure(0);
  return [
    { name: 'a scrape with 10,000 sessions', value: await measure(10_000), unit: 'ms', yardstick: empty, aim: '50 ms' },
  ];
}
