import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FakeClock, ShipmateError, Work } from '#kernel';
import { hashPassword, MemoryLimiter, Quotas } from '#access';
import type { JoinTarget, SessionTarget } from '#fleet';
import { JoinAttempts, REFUSAL_STEP_MS } from './join-attempts.js';
import { loadConfig } from '#platform';
import { EDGE_LIMITS, edgeLimits, NO_LIMITER, quotaRules, type Quota } from './failure-limits.js';

const SESSION = { kind: 'session' } as JoinTarget;
const HERE = '192.0.2.1';

function world(targets: Readonly<Record<string, JoinTarget>> = {}, tookMs = 3, limits = '', passwordsMs = Infinity) {
  const clock = new FakeClock();
  const found: string[] = [];
  const config = loadConfig({ SHIPMATE_LIMITS: limits });
  const rules = edgeLimits(config.limits);
  const attempts = new JoinAttempts({
    clock,
    work: new Work({ clock, source: (address) => address, sizes: { 'passwords-per-address': passwordsMs } }),
    limiter: rules === undefined ? NO_LIMITER : new MemoryLimiter(clock, rules),
    quotas: new Quotas<Quota>({ clock, rules: quotaRules(config.limits) }),
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
    for (let n = 0; n < times; n++) await timed(attempts.find('wrong', address));
  };
  return { clock, found, attempts, timed, fail };
}

describe('somebody who comes with a token', () => {
  it('learns about a session at once, and about anything else at the same moment, however long it took', async () => {
    for (const tookMs of [0, 3, REFUSAL_STEP_MS - 2]) {
      const { attempts, timed } = world({ right: SESSION, ended: { kind: 'closed', agoMs: 5 } }, tookMs);
      expect((await timed(attempts.find('right', HERE))).ms).toBeLessThanOrEqual(tookMs + 1);
      for (const user of ['wrong', 'ended', undefined]) {
        const { value, ms } = await timed(attempts.find(user, HERE));
        expect(value.kind).toBe(user === 'ended' ? 'closed' : 'unknown');
        expect(ms).toBe(REFUSAL_STEP_MS);
      }
    }
  });

  it('must wait after too many wrong ones, with the right one too, and is told for how long', async () => {
    const { attempts, timed, fail, clock } = world({ right: SESSION });
    await fail(20);
    expect((await timed(attempts.find('right', HERE))).value.kind).toBe('session');
    await fail(1);
    const { value } = await timed(attempts.find('right', HERE));
    if (value.kind !== 'too-many') throw new Error(`it was ${value.kind}`);
    expect(value.retryAfterMs).toBeLessThanOrEqual(1000);
    clock.advance(value.retryAfterMs);
    expect((await timed(attempts.find('right', HERE))).value.kind).toBe('session');
  });

  it('pays for nobody but those behind the same address', async () => {
    const { attempts, timed, fail } = world({ right: SESSION });
    await fail(25, '2001:db8:1:1::1');
    expect((await timed(attempts.find('right', '2001:db8:1:1::2'))).value.kind).toBe('too-many');
    expect((await timed(attempts.find('right', '2001:db8:1:2::1'))).value.kind).toBe('session');
  });

  it('learns about a session that is not for them as late as about a missing one', async () => {
    const { attempts, timed } = world({ right: SESSION });
    const seen: SessionTarget[] = [];
    const admits = (session: SessionTarget): boolean => (seen.push(session), false);
    const { value, ms } = await timed(attempts.find('right', HERE, { admits }));
    expect([value, ms]).toEqual([SESSION, REFUSAL_STEP_MS]);
    expect(seen).toEqual([SESSION]);
  });

  it('with a token of a session that has ended is as wrong as with any other, once for each connection', async () => {
    const { attempts, timed } = world({ ended: { kind: 'closed', agoMs: 5 } });
    for (let n = 0; n < 21; n++) {
      expect((await timed(attempts.find('ended', HERE))).value.kind).toBe('closed');
      expect((await timed(attempts.find('ended', HERE, { again: true }))).value.kind).toBe(
        n < 20 ? 'closed' : 'too-many',
      );
    }
    expect((await timed(attempts.find('wrong', HERE))).value.kind).toBe('too-many');
  });

  it('cannot guess faster by guessing at once', async () => {
    const { attempts, timed, found } = world({ right: SESSION });
    const guesses = Array.from({ length: 256 }, async () => await attempts.find('wrong', HERE));
    const { value } = await timed(Promise.all(guesses));
    expect(value.filter(({ kind }) => kind === 'unknown')).toHaveLength(21);
    expect(value.filter(({ kind }) => kind === 'too-many')).toHaveLength(235);
    expect(found.length).toBeGreaterThan(0);
  });

  it('with a right token, waits for nobody else', async () => {
    const { attempts, timed } = world({ right: SESSION }, 40);
    const { ms } = await timed(Promise.all(Array.from({ length: 20 }, async () => await attempts.find('right', HERE))));
    expect(ms).toBeLessThanOrEqual(41);
  });

  it('only asks, and is counted all the same', async () => {
    const { attempts, fail } = world();
    expect(await attempts.look(async () => 'something', HERE)).toBe('something');
    await fail(20);
    expect(await attempts.look(async () => undefined, HERE)).toBeUndefined();
    expect(await attempts.look(async () => 'something', HERE)).toMatchObject({ kind: 'too-many', from: 'address' });
  });

  it('has as many free tries as are configured, or any number', async () => {
    const few = world({}, 0, 'wrong-tokens-per-address=3');
    await few.fail(4);
    expect((await few.timed(few.attempts.find('x', HERE))).value.kind).toBe('too-many');
    const any = world({}, 0, 'wrong-tokens-per-address=off,wrong-tokens-in-all=off');
    await any.fail(100);
    expect((await any.timed(any.attempts.find('x', HERE))).value.kind).toBe('unknown');
  });
});

describe('wrong ones from everywhere', () => {
  const far = (n: number): string => `198.51.${n >> 8}.${n & 255}`;

  it('stop strangers until some time has passed, but nobody who was in before', async () => {
    const { attempts, timed, fail, clock } = world({ right: SESSION }, 0, 'wrong-tokens-in-all=100/1h');
    expect((await timed(attempts.find('right', HERE))).value).toBe(SESSION);
    for (let n = 0; n < 100; n++) await fail(1, far(n));
    const { value } = await timed(attempts.find('right', far(200)));
    if (value.kind !== 'too-many') throw new Error(`it was ${value.kind}`);
    expect(value.from).toBe('everywhere');
    expect((await timed(attempts.find('right', HERE))).value).toBe(SESSION);
    clock.advance(value.retryAfterMs);
    expect((await timed(attempts.find('right', far(200)))).value).toBe(SESSION);
  });
});

/** The figure of a sentence of docs/security.md. */
function told(sentence: RegExp): number {
  const page = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ');
  const [, figure] = sentence.exec(page) ?? [];
  if (figure === undefined) throw new Error(`docs/security.md does not say ${sentence.source}`);
  return Number(figure.replaceAll(',', ''));
}

describe('guessing', () => {
  const DAY_MS = 24 * 3_600_000;

  it('is no faster from one address than docs/security.md says', async () => {
    const { attempts, timed, clock } = world();
    let tries = 0;
    while (clock.monotonic() < DAY_MS) {
      const { value } = await timed(attempts.find('guess', HERE));
      if (value.kind === 'too-many') clock.advance(value.retryAfterMs);
      else tries += 1;
    }
    const first = tries;
    while (clock.monotonic() < 2 * DAY_MS) {
      const { value } = await timed(attempts.find('guess', HERE));
      if (value.kind === 'too-many') clock.advance(value.retryAfterMs);
      else tries += 1;
    }
    expect(first).toBe(told(/An address that keeps guessing has ([\d,]+) tries on its first day/));
    expect(tries - first).toBe(told(/and ([\d,]+) on each later day/));
  });

  it('is no faster from one address that waits until all is forgotten, however often it guesses before', async () => {
    const aDay: number[] = [];
    for (let tries = 20; tries <= 32; tries++) {
      const { attempts, timed, clock } = world();
      for (let left = tries; left > 0;) {
        const { value } = await timed(attempts.find('guess', HERE));
        if (value.kind === 'too-many') clock.advance(value.retryAfterMs);
        else left -= 1;
      }
      const { value } = await timed(attempts.find('guess', HERE));
      if (value.kind === 'too-many') clock.advance(value.retryAfterMs);
      aDay.push((tries * DAY_MS) / (clock.monotonic() + EDGE_LIMITS['wrong-token'].forgetMs));
    }
    expect(Math.floor(Math.max(...aDay))).toBe(
      told(/pauses before its waits become long, until its count is forgotten, gets ([\d,]+) a day/),
    );
  });

  it('is no faster from everywhere than docs/security.md says', () => {
    const setting = loadConfig({}).limits.settings['wrong-tokens-in-all'];
    if (setting?.kind !== 'flow') throw new Error('there is no such limit');
    const aDay = setting.amount + (DAY_MS / setting.perMs) * setting.amount;
    expect(aDay).toBe(told(/all addresses together, one edge accepts at most ([\d,]+) guesses a day/));
    const tokens = 55 ** 25;
    const years = tokens / 2_000_000 / aDay / 365.25;
    expect(Math.floor(Math.log10(years))).toBe(told(/about 10\^([\d,]+) years to find one of a million sessions/));
  });
});

describe('whoever comes while the sessions cannot be looked up', () => {
  it('hears that it cannot be told now', async () => {
    const { attempts, timed } = world();
    await expect(timed(attempts.find('away', HERE))).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a password', () => {
  it('is hashed as often as there is CPU time for it, and right or wrong, the next one is told how long to wait', async () => {
    const { attempts, clock } = world({}, 3, '', 80);
    const hash = await hashPassword('sesame');
    for (let n = 0; n < 2; n++) expect(await attempts.password(hash, 'sesame', HERE)).toBe(true);
    const waits = { kind: 'too-many', from: 'busy', retryAfterMs: 30_000 };
    expect(await attempts.password(hash, 'sesame', HERE)).toEqual(waits);
    expect(await attempts.password(hash, 'sesame', '192.0.2.2')).toBe(true);
    clock.advance(30_000);
    expect(await attempts.password(hash, 'sesame', HERE)).toBe(true);
  });

  it('is right or wrong, and each wrong one is counted as a wrong token is', async () => {
    const { attempts, timed, fail } = world({ right: SESSION });
    const hash = await hashPassword('sesame');
    await fail(19);
    expect(await attempts.password(hash, 'sesame', HERE)).toBe(true);
    expect(await attempts.password(hash, 'Sesame', HERE)).toBe(false);
    expect(await attempts.password(hash, 'SESAME', HERE)).toBe(false);
    expect(await attempts.password(hash, 'sesame', HERE)).toMatchObject({ kind: 'too-many' });
    expect((await timed(attempts.find('right', HERE))).value.kind).toBe('too-many');
  });
});

describe("a host's word", () => {
  it('is done, and guesses at it are counted', async () => {
    const { attempts } = world();
    expect(await attempts.decide('approve-right', HERE)).toBe('admitted');
    for (let n = 0; n < 21; n++) expect(await attempts.decide('approve-wrong', HERE)).toBe('unknown');
    expect(await attempts.decide('approve-right', HERE)).toMatchObject({ kind: 'too-many' });
  });
});
