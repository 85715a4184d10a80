import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { Lifetime } from './lifetime.js';

function world(rules: { expiresMs?: number; idleMs?: number }, beganAgoMs = 0) {
  const clock = new FakeClock();
  const over: string[] = [];
  const state = { expiresMs: rules.expiresMs, idleMs: rules.idleMs };
  const lifetime = new Lifetime(
    clock,
    clock.now() - beganAgoMs,
    () => state,
    (why) => void over.push(why),
  );
  lifetime.look();
  return { clock, over, state, lifetime };
}

describe("a session's lifetime", () => {
  it('has no end where none was asked for', () => {
    const { clock, over } = world({});
    clock.advance(100 * 86_400_000);
    expect(over).toEqual([]);
  });

  it('ends so long after the beginning, whatever happens', () => {
    const { clock, over, lifetime } = world({ expiresMs: 7_200_000 });
    for (let ms = 0; ms < 7_190_000; ms += 10_000) {
      clock.advance(10_000);
      lifetime.touch();
    }
    expect(over).toEqual([]);
    clock.advance(10_000);
    expect(over).toEqual(['time-over']);
  });

  it('counts what the session had lasted before it came here', () => {
    expect(world({ expiresMs: 60_000 }, 60_000).over).toEqual(['time-over']);
    const { clock, over } = world({ expiresMs: 60_000 }, 59_000);
    clock.advance(1000);
    expect(over).toEqual(['time-over']);
  });

  it('ends when nothing was typed or printed for so long', () => {
    const { clock, over, lifetime } = world({ idleMs: 60_000 });
    clock.advance(59_000);
    lifetime.touch();
    clock.advance(59_999);
    expect(over).toEqual([]);
    clock.advance(1);
    expect(over).toEqual(['idle']);
  });

  it('follows the host when it changes its mind', () => {
    const { clock, over, state, lifetime } = world({ expiresMs: 60_000 });
    state.expiresMs = undefined;
    lifetime.look();
    clock.advance(120_000);
    state.idleMs = 180_000;
    lifetime.look();
    clock.advance(59_999);
    expect(over).toEqual([]);
    clock.advance(1);
    expect(over).toEqual(['idle']);
  });

  it('is of no account once the session is over', () => {
    const { clock, over, lifetime } = world({ expiresMs: 60_000 });
    lifetime.stop();
    lifetime.look();
    clock.advance(120_000);
    expect(over).toEqual([]);
  });
});
