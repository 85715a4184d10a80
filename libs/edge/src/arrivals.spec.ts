import { describe, expect, it } from 'vitest';
import { FakeClock, ShipmateError } from '#kernel';
import { hashPassword, MemoryLimiter } from '#access';
import type { JoinTarget } from '#session';
import { Arrivals, REFUSAL_STEP_MS } from './arrivals.js';
import { EDGE_LIMITS } from './limits.js';

const SESSION = { kind: 'session' } as JoinTarget;
const HERE = '192.0.2.1';

function world(targets: Readonly<Record<string, JoinTarget>> = {}, tookMs = 3) {
  const clock = new FakeClock();
  const found: string[] = [];
  const arrivals = new Arrivals({
    clock,
    limiter: new MemoryLimiter(clock, EDGE_LIMITS),
    sessions: {
      find: async (user) => {
        found.push(user);
        await new Promise<void>((resolve) => clock.after(tookMs, resolve));
        if (user === 'away') throw new ShipmateError('unavailable', 'the directory is away');
        return targets[user] ?? { kind: 'unknown' };
      },
      decide: async (user) => (user === 'approve-right' ? 'admitted' : 'unknown'),
    },
  });
  /** What comes of it, and after how long. */
  const timed = async <T>(call: Promise<T>): Promise<{ value: T; ms: number }> => {
    const startMs = clock.monotonic();
    const state = { over: false };
    void call.then(
      () => (state.over = true),
      () => (state.over = true),
    );
    for (let ms = 0; ms < 1000 && !state.over; ms++) {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      if (!state.over) clock.advance(1);
    }
    return { value: await call, ms: clock.monotonic() - startMs };
  };
  const fail = async (times: number, address = HERE): Promise<void> => {
    for (let n = 0; n < times; n++) await timed(arrivals.find('wrong', address));
  };
  return { clock, found, arrivals, timed, fail };
}

describe('who comes with a token', () => {
  it('is told of a session at once, and of anything else at the same moment, however long it took', async () => {
    for (const tookMs of [0, 3, REFUSAL_STEP_MS - 2]) {
      const { arrivals, timed } = world({ right: SESSION, ended: { kind: 'closed', agoMs: 5 } }, tookMs);
      expect((await timed(arrivals.find('right', HERE))).ms).toBeLessThanOrEqual(tookMs + 1);
      for (const user of ['wrong', 'ended', undefined]) {
        const { value, ms } = await timed(arrivals.find(user, HERE));
        expect(value.kind).toBe(user === 'ended' ? 'closed' : 'unknown');
        expect(ms).toBe(REFUSAL_STEP_MS);
      }
    }
  });

  it('must wait after too many wrong ones, with the right one too, and is told for how long', async () => {
    const { arrivals, timed, fail, clock } = world({ right: SESSION });
    await fail(20);
    expect((await timed(arrivals.find('right', HERE))).value.kind).toBe('session');
    await fail(1);
    const { value } = await timed(arrivals.find('right', HERE));
    if (value.kind !== 'too-many') throw new Error(`it was ${value.kind}`);
    expect(value.retryAfterMs).toBeLessThanOrEqual(1000);
    clock.advance(value.retryAfterMs);
    expect((await timed(arrivals.find('right', HERE))).value.kind).toBe('session');
  });

  it('pays for nobody but those behind the same address', async () => {
    const { arrivals, timed, fail } = world({ right: SESSION });
    await fail(25, '2001:db8:1:1::1');
    expect((await timed(arrivals.find('right', '2001:db8:1:1::2'))).value.kind).toBe('too-many');
    expect((await timed(arrivals.find('right', '2001:db8:1:2::1'))).value.kind).toBe('session');
  });

  it('cannot guess faster than the docs say: 33 tries in the first two hours, and then one an hour', async () => {
    const { arrivals, timed, clock } = world();
    let tries = 0;
    const untilMs = clock.monotonic() + 2 * 3_600_000;
    while (clock.monotonic() < untilMs) {
      const { value } = await timed(arrivals.find('guess', HERE));
      if (value.kind === 'too-many') clock.advance(value.retryAfterMs);
      else tries += 1;
    }
    expect(tries).toBeLessThanOrEqual(34);
  });

  it('hears that it cannot be told now', async () => {
    const { arrivals, timed } = world();
    await expect(timed(arrivals.find('away', HERE))).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a password', () => {
  it('is right or wrong, and each wrong one is counted as a wrong token is', async () => {
    const { arrivals, timed, fail } = world({ right: SESSION });
    const policy = { password: await hashPassword('sesame') };
    await fail(19);
    expect(await arrivals.password(policy, 'sesame', HERE)).toBe(true);
    expect(await arrivals.password(policy, 'Sesame', HERE)).toBe(false);
    expect(await arrivals.password(policy, 'SESAME', HERE)).toBe(false);
    expect(await arrivals.password(policy, 'sesame', HERE)).toMatchObject({ kind: 'too-many' });
    expect((await timed(arrivals.find('right', HERE))).value.kind).toBe('too-many');
  });
});

describe("a host's word", () => {
  it('is done, and guesses at it are counted', async () => {
    const { arrivals } = world();
    expect(await arrivals.decide('approve-right', HERE)).toBe('admitted');
    for (let n = 0; n < 21; n++) expect(await arrivals.decide('approve-wrong', HERE)).toBe('unknown');
    expect(await arrivals.decide('approve-right', HERE)).toMatchObject({ kind: 'too-many' });
  });
});
