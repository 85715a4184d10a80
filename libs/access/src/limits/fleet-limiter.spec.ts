import { describe, expect, it } from 'vitest';
import { FakeClock, ShipmateError } from '#kernel';
import { LIMITER_CONTRACT_RULES, limiterContract } from '#testing';
import { FleetLimiter, MemoryLimiter, type Limiter } from '#access';
import { ANSWER_MS, REST_MS } from './fleet-limiter.js';

type Rule = keyof typeof LIMITER_CONTRACT_RULES;

/** Two processes of a fleet, and a way to take away what they share. */
function world() {
  const clock = new FakeClock();
  const shared = new MemoryLimiter<Rule>(clock, LIMITER_CONTRACT_RULES);
  const state = { how: 'well' as 'well' | 'away' | 'silent', asked: 0, faults: 0 };
  const reached = async <T>(work: () => Promise<T>): Promise<T> => {
    state.asked += 1;
    if (state.how === 'away') throw new ShipmateError('unavailable', 'Redis is away');
    if (state.how === 'silent') await new Promise<never>(() => undefined);
    return await work();
  };
  const fleet: Limiter<Rule> = {
    check: async (...args) => await reached(async () => await shared.check(...args)),
    failed: async (...args) => await reached(async () => await shared.failed(...args)),
  };
  const process = (): FleetLimiter<Rule> =>
    new FleetLimiter(new MemoryLimiter(clock, LIMITER_CONTRACT_RULES), fleet, clock, () => (state.faults += 1));
  return { clock, state, process };
}

describe('FleetLimiter', () => {
  it('counts what another process has seen', async () => {
    const { process } = world();
    const [one, two] = [process(), process()];
    for (let n = 0; n < 3; n++) await one.failed('tokens', 'a');
    expect(await two.check('tokens', 'a')).toMatchObject({ allowed: false });
  });

  it('does not ask the fleet for what it refuses itself', async () => {
    const { process, state } = world();
    const one = process();
    for (let n = 0; n < 3; n++) await one.failed('tokens', 'a');
    const { asked } = state;
    expect((await one.check('tokens', 'a')).allowed).toBe(false);
    expect(state.asked).toBe(asked);
  });

  it('goes by its own count while the fleet is away, and asks again a little later', async () => {
    const { process, state, clock } = world();
    const one = process();
    state.how = 'away';
    for (let n = 0; n < 3; n++) await one.failed('tokens', 'a');
    expect((await one.check('tokens', 'a')).allowed).toBe(false);
    expect(await one.check('tokens', 'b')).toEqual({ allowed: true });
    expect([state.asked, state.faults]).toEqual([1, 1]);
    state.how = 'well';
    clock.advance(REST_MS);
    await one.check('tokens', 'b');
    expect(state.asked).toBe(2);
  });

  it('waits no longer for an answer than people would', async () => {
    const { process, state, clock } = world();
    const one = process();
    state.how = 'silent';
    let verdict: unknown;
    void one.check('tokens', 'a').then((it) => (verdict = it));
    for (let n = 0; n < 10; n++) await Promise.resolve();
    clock.advance(ANSWER_MS);
    for (let n = 0; n < 10; n++) await Promise.resolve();
    expect(verdict).toEqual({ allowed: true });
  });
});

describe('one process of a fleet', () => {
  limiterContract('FleetLimiter', async () => {
    const { clock, process } = world();
    const only = process();
    return {
      connect: async () => only,
      advance: async (ms) => clock.advance(ms),
      dispose: async () => undefined,
    };
  });
});
