import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { Refusals } from './refusals.js';

describe('Refusals', () => {
  let clock: FakeClock;
  let told: Record<string, string>[];
  let refusals: Refusals;
  beforeEach(() => {
    clock = new FakeClock();
    told = [];
    refusals = new Refusals(
      { note: (type, { by }, details) => void told.push({ type, by: by ?? '', ...details }) },
      clock,
      'edge-1',
    );
  });

  it('tells the first at once, and how many followed it after a minute', () => {
    refusals.note('not-found', '192.0.2.1', 'ssh');
    const first = {
      type: 'refused',
      by: 'edge-1',
      reason: 'not-found',
      address: '192.0.2.1',
      transport: 'ssh',
      count: '1',
    };
    expect(told).toEqual([first]);
    for (let i = 0; i < 1_000; i++) refusals.note('not-found', '192.0.2.1', 'ssh');
    refusals.note('key', '192.0.2.1', 'ssh');
    expect(told).toHaveLength(2);
    clock.advance(60_000);
    expect(told.slice(2)).toEqual([{ ...first, count: '1000' }]);
    clock.advance(60_000);
    clock.advance(60_000);
    expect(told).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  it('comes to a few events a minute, from however many addresses', () => {
    for (let minute = 0; minute < 10; minute++) {
      for (let i = 0; i < 5_000; i++) refusals.note('not-found', `192.0.2.${minute}.${i}`, 'ssh');
      clock.advance(60_000);
    }
    expect(told.length).toBeLessThanOrEqual(10 * 41);
    const count = told.reduce((sum, { count: number }) => sum + Number(number), 0);
    expect(count).toBe(50_000);
  });
});
