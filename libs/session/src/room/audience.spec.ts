import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FakeClock, participantId } from '#kernel';
import { Audience, SEATS_AT_ONCE } from './audience.js';

describe('Audience', () => {
  it('shows a flood to all onlookers in turn, and to who typed last each time', async () => {
    const shows = new Map<string, number>();
    const audience = new Audience(new FakeClock(), () => ({}) as never);
    const count = 10 * SEATS_AT_ONCE;
    const seats = Array.from({ length: count }, (_, n) => ({
      info: { id: participantId(`p${n}`), role: 'reader' as const },
      size: { cols: 80, rows: 24 },
      view: undefined as never,
      show: () => void shows.set(`p${n}`, (shows.get(`p${n}`) ?? 0) + 1),
    }));
    for (const seat of seats) audience.add(seat);
    audience.typed(seats[count - 1]!);
    // Each new picture comes when some have been shown the one before.
    for (let picture = 0; picture < 60; picture++) {
      audience.flush();
      await setImmediate();
    }
    expect(shows.get(`p${count - 1}`)).toBe(60);
    const others = seats.slice(0, -1).map(({ info }) => shows.get(info.id) ?? 0);
    expect(Math.min(...others)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...others) - Math.min(...others)).toBeLessThanOrEqual(2);
    audience.dispose();
  });
});
