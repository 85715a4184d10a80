import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { SLICE_MS, SweepRounds } from './sweep-rounds.js';

describe('SweepRounds', () => {
  it('let others have a turn after each slice, and come to every pane of every session', async () => {
    const clock = new FakeClock();
    const packed: string[] = [];
    const session = (name: string, panes: number) => ({
      state: 'live' as const,
      *sweep() {
        for (let pane = 0; pane < panes; pane++) {
          clock.advance(1);
          packed.push(`${name}${pane}`);
          yield;
        }
      },
    });
    const rounds = new SweepRounds(clock);
    const sessions = [session('a', 12), session('b', 3), session('c', 0), session('d', 5)];
    rounds.begin(sessions);
    expect(packed).toHaveLength(SLICE_MS);
    // The next round begins once this one is over.
    rounds.begin(sessions);
    const turns: number[] = [];
    for (let turn = 0; turn < 10; turn++) {
      await setImmediate();
      turns.push(packed.length);
    }
    expect(turns.slice(0, 4)).toEqual([10, 15, 20, 20]);
    expect(new Set(packed).size).toBe(20);
    rounds.begin(sessions);
    rounds.stop();
    await setImmediate();
    expect(packed).toHaveLength(20 + SLICE_MS);
  });
});
