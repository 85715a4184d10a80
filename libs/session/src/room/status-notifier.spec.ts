import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import type { SessionStatus } from '../ports.js';
import { STATUS_DELAY_MS, StatusNotifier } from './status-notifier.js';

const status = {} as SessionStatus;

/** `joiners` joiners come, one every 10 ms; returns how many messages were sent. */
function storm(size: number): number {
  const clock = new FakeClock();
  let told = 0;
  const here: { showStatus: () => void }[] = [];
  const notifier = new StatusNotifier(
    clock,
    () => here,
    () => status,
  );
  for (let n = 0; n < size; n++) {
    here.push({ showStatus: () => void (told += 1) });
    notifier.peopleChanged();
    clock.advance(10);
  }
  clock.advance(10_000);
  expect(clock.pending).toBe(0);
  return told;
}

describe('StatusNotifier', () => {
  it('tells a small crowd soon who is here, and a large one seldom', () => {
    const [some, many] = [storm(100), storm(3_200)];
    // 25 in a quarter of a second, each told about everyone who was there: far less than quadratic.
    expect(some).toBeGreaterThan(100);
    expect(many / 3_200).toBeLessThan(some / 100 + 10);
  });

  it('tells everybody soon of what is not about the crowd', () => {
    const clock = new FakeClock();
    let told = 0;
    const here = Array.from({ length: 2_000 }, () => ({ showStatus: () => void (told += 1) }));
    const notifier = new StatusNotifier(
      clock,
      () => here,
      () => status,
    );
    notifier.peopleChanged();
    clock.advance(STATUS_DELAY_MS);
    expect(told).toBe(0);
    notifier.changed();
    clock.advance(STATUS_DELAY_MS);
    expect(told).toBe(2_000);
    expect(clock.pending).toBe(0);
  });
});
