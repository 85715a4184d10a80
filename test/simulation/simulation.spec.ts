import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FOUND } from './found.js';
import { play } from './run.js';
import { drawSchedule, type Schedule } from './schedule.js';
import { shrink } from './shrink.js';

const WITHOUT = JSON.parse(readFileSync('test/simulation/without.json', 'utf8')) as {
  readonly name: string;
  readonly file: string;
  readonly find: string;
}[];

/** Two edges of one region, one host, and a joiner who looks from the other edge. */
const calm: Schedule = {
  seed: 1,
  shape: { edges: [2], ownRedis: false, masters: 1, hosts: 1, joiners: 2 },
  events: [
    { atMs: 5_000, do: 'join', joiner: 0 },
    { atMs: 6_000, do: 'join', joiner: 1 },
    { atMs: 9_000, do: 'type', joiner: 0, count: 3 },
    { atMs: 30_000, do: 'redis-unreachable', edge: 'all', forMs: 4_000 },
    { atMs: 31_000, do: 'type', joiner: 0, count: 3 },
  ],
  quietMs: 35_000,
};

describe('the simulator', () => {
  it('plays a schedule the same way every time', async () => {
    const schedule = drawSchedule(3);
    const told: string[][] = [[], []];
    for (const texts of told) await play(schedule, { trace: (text) => void texts.push(text) });
    expect(told[0]?.length).toBeGreaterThan(20);
    expect(told[1]).toEqual(told[0]);
  });

  it('sees a fleet get over an outage', async () => {
    const texts: string[] = [];
    const { violation } = await play(calm, { trace: (text) => void texts.push(text) });
    expect(violation).toBeUndefined();
    expect(texts.filter((text) => text.includes('h0 gets key'))).toHaveLength(6);
  });

  it('finds a fleet that does not get over something, and shrinks that to what it takes', async () => {
    // The edge stands still for longer than the schedule says that there are faults.
    const broken: Schedule = {
      ...calm,
      events: [...calm.events, { atMs: 40_000, do: 'edge-paused', edge: 0, forMs: 300_000 }, ...calm.events.slice(2)],
      quietMs: 60_000,
    };
    const { violation } = await play(broken);
    expect(violation?.rule).toBe('recovers');
    const small = await shrink(broken, 'recovers');
    expect(small.events.map((event) => event.do)).toContain('edge-paused');
    expect(small.events.length).toBeLessThan(4);
  });
});

describe('a fix', () => {
  it.each(WITHOUT)('$name can be taken out of what is built', ({ file, find }) => {
    expect(readFileSync(join('dist', file), 'utf8').split(find)).toHaveLength(2);
  });
});

describe('what the simulator found', () => {
  it.each(FOUND)('$what', async ({ schedule }) => {
    expect((await play(schedule)).violation).toBeUndefined();
  });
});

/** Seeds that `npm test` plays: `npm run simulate` plays any number. */
const SEEDS = Array.from({ length: 30 }, (_, n) => 300 + n);

describe('a fleet in which anything may break', () => {
  for (let at = 0; at < SEEDS.length; at += 10) {
    const seeds = SEEDS.slice(at, at + 10);
    it(`loses nothing with seeds ${seeds[0]} to ${seeds.at(-1)}`, async () => {
      const broken: string[] = [];
      for (const seed of seeds) {
        const { violation } = await play(drawSchedule(seed));
        if (violation !== undefined) broken.push(`seed ${seed}: ${violation.rule}: ${violation.what}`);
      }
      expect(broken).toEqual([]);
    }, 180_000);
  }
});
