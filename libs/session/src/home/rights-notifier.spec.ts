import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { OPEN_POLICY, type RightsInWords, type SessionPolicy } from '#access';
import { FIRST_WAIT_MS, LAST_WAIT_MS, RightsNotifier } from './rights-notifier.js';

function world() {
  const clock = new FakeClock();
  const told: RightsInWords[] = [];
  const state: { policy: SessionPolicy } = { policy: OPEN_POLICY };
  const teller = new RightsNotifier(
    clock,
    () => state.policy,
    (changed) => void told.push(changed),
  );
  const change = (patch: Partial<SessionPolicy>): void => {
    state.policy = { ...state.policy, ...patch };
    teller.check();
  };
  return { clock, told, teller, change };
}

describe('what is reported about changed rights', () => {
  it('is one word for what changes at once', () => {
    const { clock, told, change } = world();
    change({ password: '!' });
    change({ approve: true });
    change({ password: 'scrypt$x' });
    expect(told).toEqual([]);
    clock.advance(FIRST_WAIT_MS);
    expect(told).toEqual([{ password: 'set', approve: 'true' }]);
    clock.advance(LAST_WAIT_MS);
    expect(told).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('is nothing where all is as it was, or as a new connection began with it', () => {
    const { clock, told, teller, change } = world();
    change({ approve: true });
    change({ approve: false });
    clock.advance(FIRST_WAIT_MS);
    change({ web: false });
    teller.reset();
    clock.advance(LAST_WAIT_MS);
    expect([told, clock.pending]).toEqual([[], 0]);
  });

  it('is said before the end', () => {
    const { told, teller, change } = world();
    change({ maxJoiners: 2 });
    teller.flush();
    teller.flush();
    expect(told).toEqual([{ 'max-joiners': '2' }]);
  });

  it('comes less often from a host that changes them all the time', () => {
    const { clock, told, change } = world();
    for (let second = 0; second < 600; second++) {
      change({ maxJoiners: (second % 2) + 1 + (told.length % 7) });
      clock.advance(1000);
    }
    // 1 + 2 + 4 + 8 + 16 + 32 s, and then once a minute.
    expect(told.length).toBeGreaterThan(8);
    expect(told.length).toBeLessThan(18);
  });
});
