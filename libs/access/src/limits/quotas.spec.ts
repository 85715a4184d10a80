import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, ShipmateError } from '#kernel';
import {
  exceededText,
  HELD_LEASE_MS,
  isExceeded,
  MemoryQuotaStore,
  Quotas,
  SETTLE_MS,
  type Exceeded,
  type QuotaRules,
  type QuotaStore,
  type Stay,
} from '#access';

const RULES: QuotaRules<'hosts' | 'bytes' | 'handshakes' | 'free'> = {
  'hosts-per-address': { kind: 'level', most: 3 },
  'hosts-per-key': { kind: 'level', most: 4 },
  'hosts-in-all': { kind: 'level', most: 10 },
  'handshakes-per-address': { kind: 'flow', amount: 10, perMs: 10_000 },
  'bytes-per-address': { kind: 'flow', amount: 1_000, perMs: 10_000 },
  'bytes-in-all': { kind: 'flow', amount: 5_000, perMs: 10_000 },
};
const HERE = { address: '192.0.2.1' };
const THERE = { address: '192.0.2.2' };

const limitOf = (answer: Stay | Exceeded | undefined): string | undefined =>
  answer === undefined || !('limit' in answer) ? undefined : answer.limit;

/** Edges of a fleet, and a way to take away what they share. */
function fleet(rules: typeof RULES = RULES) {
  const clock = new FakeClock();
  const memory = new MemoryQuotaStore(clock);
  const state = { away: false, calls: 0, faults: 0 };
  const reached = async <T>(work: () => Promise<T>): Promise<T> => {
    state.calls += 1;
    if (state.away) throw new ShipmateError('unavailable', 'Redis is away');
    return await work();
  };
  const store: QuotaStore = {
    report: async (...args) => await reached(async () => await memory.report(...args)),
    spend: async (...args) => await reached(async () => await memory.spend(...args)),
    leave: async (...args) => await reached(async () => await memory.leave(...args)),
  };
  const edge = (name: string, isProxy?: (address: string) => boolean) => {
    const quotas = new Quotas<'hosts' | 'bytes' | 'handshakes' | 'free'>({
      clock,
      rules,
      shared: { edge: name, store },
      failed: () => (state.faults += 1),
      ...(isProxy === undefined ? {} : { isProxy }),
    });
    quotas.start();
    return quotas;
  };
  /** Time goes on, and what was asked is answered. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= SETTLE_MS) {
      clock.advance(Math.min(left, SETTLE_MS));
      for (let turn = 0; turn < 30; turn++) await Promise.resolve();
    }
  };
  return { clock, state, memory, edge, pass };
}

const enter = <W extends string>(quotas: Quotas<W>, what: NoInfer<W>, times: number, who = HERE): Stay[] =>
  Array.from({ length: times }, () => {
    const stay = quotas.enter(what, who);
    if (isExceeded(stay)) throw new Error(`${stay.limit} was in the way`);
    return stay;
  });

describe('one process', () => {
  let clock: FakeClock;
  let quotas: Quotas<'hosts' | 'bytes' | 'handshakes' | 'free'>;
  beforeEach(() => {
    clock = new FakeClock();
    quotas = new Quotas({ clock, rules: RULES });
    quotas.start();
  });

  it('has as many of one address at once as may be, and says which limit it was', () => {
    const [first] = enter(quotas, 'hosts', 3);
    expect(quotas.enter('hosts', HERE)).toEqual({ limit: 'hosts-per-address', most: 3, retryAfterMs: undefined });
    expect(isExceeded(quotas.enter('hosts', THERE))).toBe(false);
    first?.leave();
    first?.leave();
    enter(quotas, 'hosts', 1);
    expect(limitOf(quotas.enter('hosts', HERE))).toBe('hosts-per-address');
  });

  it('counts a /64 as one, a key at whatever address, and all together', () => {
    enter(quotas, 'hosts', 3, { address: '2001:db8::1' });
    expect(limitOf(quotas.enter('hosts', { address: '2001:db8::ffff' }))).toBe('hosts-per-address');
    for (let n = 0; n < 4; n++)
      enter(quotas, 'hosts', 1, { address: `198.51.100.${n}`, key: 'SHA256:k' } as typeof HERE);
    expect(limitOf(quotas.enter('hosts', { address: '198.51.100.9', key: 'SHA256:k' }))).toBe('hosts-per-key');
    enter(quotas, 'hosts', 3, THERE);
    expect(limitOf(quotas.enter('hosts', { address: '198.51.100.9' }))).toBe('hosts-in-all');
  });

  it('counts what comes in spite of a limit, and nothing of what was refused', () => {
    enter(quotas, 'hosts', 3);
    const stay = quotas.enter('hosts', HERE, { always: true });
    expect(isExceeded(stay)).toBe(false);
    for (let n = 0; n < 50; n++) expect(limitOf(quotas.enter('hosts', HERE))).toBe('hosts-per-address');
    enter(quotas, 'hosts', 3, THERE);
    // Three are left in all: those that were refused took none.
    enter(quotas, 'hosts', 3, { address: '198.51.100.1' });
    expect(limitOf(quotas.enter('hosts', { address: '198.51.100.2' }))).toBe('hosts-in-all');
  });

  it('limits nothing that has no rule', () => {
    for (let n = 0; n < 1_000; n++) {
      enter(quotas, 'free', 1);
      expect(quotas.take('free', HERE)).toBeUndefined();
    }
    quotas.meter('free', HERE, () => expect.unreachable()).add(1e12);
    clock.advance(SETTLE_MS);
    expect(quotas.size).toBe(0);
  });

  it('allows a burst, then one by one, and at the time that it announced', () => {
    for (let n = 0; n < 10; n++) expect(quotas.take('handshakes', HERE)).toBeUndefined();
    const refused = quotas.take('handshakes', HERE);
    expect(refused).toMatchObject({ limit: 'handshakes-per-address', most: 10 });
    expect(quotas.take('handshakes', THERE)).toBeUndefined();
    clock.advance((refused?.retryAfterMs ?? 0) - 1);
    expect(quotas.take('handshakes', HERE)).toBeDefined();
    clock.advance(1);
    expect(quotas.take('handshakes', HERE)).toBeUndefined();
    expect(quotas.take('handshakes', HERE)).toBeDefined();
  });

  it('reads meters once a second, ends what passes the limit, and lets nothing begin until some is back', () => {
    const ended: Exceeded[] = [];
    const meter = quotas.meter('bytes', HERE, (by) => ended.push(by));
    meter.add(900);
    clock.advance(SETTLE_MS);
    expect(ended).toEqual([]);
    meter.add(150);
    meter.add(150);
    expect(quotas.look('bytes', HERE)).toBeUndefined();
    clock.advance(SETTLE_MS);
    expect(ended).toMatchObject([{ limit: 'bytes-per-address' }]);
    const until = ended[0]?.retryAfterMs ?? 0;
    expect(quotas.look('bytes', HERE)).toMatchObject({ retryAfterMs: until });
    expect(quotas.look('bytes', THERE)).toBeUndefined();
    meter.leave();
    clock.advance(until);
    expect(quotas.look('bytes', HERE)).toBeUndefined();
    clock.advance(SETTLE_MS);
    expect(ended).toHaveLength(1);
  });

  it('counts what was used by somebody who left before it was read', () => {
    for (let n = 0; n < 5; n++) {
      const meter = quotas.meter('bytes', HERE, () => undefined);
      meter.add(250);
      meter.leave();
    }
    expect(limitOf(quotas.look('bytes', HERE))).toBe('bytes-per-address');
  });

  it('keeps nothing for people who have left, and a bounded number of the others', () => {
    const small = new Quotas<'hosts' | 'handshakes' | 'bytes' | 'free'>({ clock, rules: RULES, maxFlows: 100 });
    small.start();
    for (const stay of enter(small, 'hosts', 3)) stay.leave();
    for (let n = 0; n < 500; n++) small.take('handshakes', { address: `198.51.${n >> 8}.${n & 255}` });
    expect(small.size).toBe(100);
    clock.advance(20_000);
    expect(small.size).toBe(0);
  });
});

describe('the edges of a fleet', () => {
  it('know within a second what the others have, and within another what they have no more', async () => {
    const { edge, pass } = fleet();
    const [one, two] = [edge('one'), edge('two')];
    const stays = enter(one, 'hosts', 2);
    enter(two, 'hosts', 1);
    await pass(2 * SETTLE_MS);
    expect(limitOf(one.enter('hosts', HERE))).toBeUndefined();
    await pass(2 * SETTLE_MS);
    // The first try at another edge may be too early for it to know; then it does.
    const third = edge('three');
    const early = third.enter('hosts', HERE);
    await pass(2 * SETTLE_MS);
    expect(limitOf(third.enter('hosts', HERE))).toBe('hosts-per-address');
    for (const stay of stays) stay.leave();
    if (!isExceeded(early)) early.leave();
    await pass(2 * SETTLE_MS);
    expect(limitOf(third.enter('hosts', HERE))).toBeUndefined();
    expect(limitOf(third.enter('hosts', HERE))).toBe('hosts-per-address');
  });

  it('release what a dead edge had, and soon what a stopped one had', async () => {
    const { edge, pass, memory } = fleet();
    const [dead, stopped, one] = [edge('dead'), edge('stopped'), edge('one')];
    enter(dead, 'hosts', 2);
    enter(stopped, 'hosts', 1);
    await pass(SETTLE_MS);
    enter(one, 'hosts', 1);
    await pass(2 * SETTLE_MS);
    expect(limitOf(one.enter('hosts', HERE))).toBe('hosts-per-address');
    stopped.dispose();
    await pass(2 * SETTLE_MS);
    one.enter('hosts', HERE);
    await pass(2 * SETTLE_MS);
    // Killed: it says nothing more, whatever it would.
    (dead as unknown as { deps: { shared: unknown } }).deps.shared = undefined;
    await pass(HELD_LEASE_MS + 2 * SETTLE_MS);
    const asked = one.enter('hosts', HERE);
    await pass(2 * SETTLE_MS);
    expect(isExceeded(asked) && isExceeded(one.enter('hosts', HERE))).toBe(false);
    expect(
      (await memory.report('one', new Map([['hosts-per-address 192.0.2.1', 3]]), { leaseMs: 1, anew: false }))?.size,
    ).toBe(1);
  });

  it('tell all they have again after others had given them up', async () => {
    const { edge, pass, state, clock } = fleet();
    const [one, two] = [edge('one'), edge('two')];
    enter(one, 'hosts', 3);
    await pass(2 * SETTLE_MS);
    state.away = true;
    await pass(HELD_LEASE_MS + 5 * SETTLE_MS);
    state.away = false;
    await pass(10 * SETTLE_MS);
    expect(state.faults).toBeGreaterThan(0);
    two.enter('hosts', HERE);
    await pass(2 * SETTLE_MS);
    expect(limitOf(two.enter('hosts', HERE))).toBe('hosts-per-address');
    expect(clock.pending).toBeLessThan(10);
  });

  it('go by their own counts while the store is away, and refuse nobody for want of it', async () => {
    const { edge, pass, state } = fleet();
    const [one, two] = [edge('one'), edge('two')];
    enter(one, 'hosts', 2);
    const mine = enter(two, 'hosts', 1);
    await pass(2 * SETTLE_MS);
    expect(limitOf(two.enter('hosts', HERE))).toBe('hosts-per-address');
    state.away = true;
    await pass(HELD_LEASE_MS + 2 * SETTLE_MS);
    // What the other edge had is not known any more; the own is.
    enter(two, 'hosts', 2);
    expect(limitOf(two.enter('hosts', HERE))).toBe('hosts-per-address');
    mine[0]?.leave();
    enter(two, 'hosts', 1);
    for (let n = 0; n < 10; n++) expect(two.take('handshakes', HERE)).toBeUndefined();
    expect(limitOf(two.take('handshakes', HERE))).toBe('handshakes-per-address');
  });

  it('use one bucket together', async () => {
    const { edge, pass } = fleet();
    const [one, two] = [edge('one'), edge('two')];
    const ended: string[] = [];
    const first = one.meter('bytes', HERE, () => ended.push('one'));
    const second = two.meter('bytes', HERE, () => ended.push('two'));
    first.add(700);
    second.add(700);
    await pass(SETTLE_MS);
    expect(ended).toEqual([]);
    await pass(SETTLE_MS);
    first.add(50);
    second.add(50);
    await pass(SETTLE_MS);
    expect(ended.length).toBeGreaterThan(0);
    expect(limitOf(two.look('bytes', HERE)) ?? limitOf(one.look('bytes', HERE))).toBe('bytes-per-address');
  });

  it('ask nothing for who uses little, and once a second however much is used', async () => {
    const { edge, pass, state } = fleet();
    const one = edge('one');
    const meter = one.meter('bytes', HERE, () => undefined);
    for (let n = 0; n < 9; n++) meter.add(1);
    await pass(SETTLE_MS);
    expect(state.calls).toBe(0);
    const other = one.meter('bytes', THERE, () => undefined);
    for (let n = 0; n < 200; n++) other.add(1);
    expect(state.calls).toBe(0);
    await pass(SETTLE_MS);
    // For the address and for all.
    expect(state.calls).toBe(2);
    enter(one, 'hosts', 3);
    await pass(SETTLE_MS);
    expect(state.calls).toBe(3);
    await pass(4 * SETTLE_MS);
    expect(state.calls).toBe(3);
    await pass(2 * SETTLE_MS);
    expect(state.calls).toBe(4);
  });

  it('tell many counts in parts', async () => {
    const { edge, pass, memory } = fleet({ 'hosts-per-address': { kind: 'level', most: 3 } });
    const one = edge('one');
    for (let n = 0; n < 1_234; n++) enter(one, 'hosts', 1, { address: `198.${18 + (n >> 8)}.0.${n & 255}` });
    await pass(2 * SETTLE_MS);
    const ids = [0, 499, 500, 1_233].map((n) => `hosts-per-address 198.${18 + (n >> 8)}.0.${n & 255}`);
    await memory.report('two', new Map(), { leaseMs: 1_000, anew: true });
    const sums = await memory.report('two', new Map(ids.map((id) => [id, 0])), { leaseMs: 1_000, anew: false });
    expect([...(sums ?? [])].map(([, sum]) => sum)).toEqual([1, 1, 1, 1]);
  });
});

describe('an address of a trusted proxy', () => {
  const rules: typeof RULES = {
    ...RULES,
    'hosts-per-address': { kind: 'level', most: 2, sparesProxies: true },
    'handshakes-per-address': { kind: 'flow', amount: 2, perMs: 1_000, sparesProxies: true },
  };

  it('is counted for no limit that spares proxies, and for every other', () => {
    const { edge } = fleet(rules);
    const one = edge('one', (address) => address === HERE.address);
    enter(one, 'hosts', 10);
    for (let n = 0; n < 10; n++) expect(one.take('handshakes', HERE)).toBeUndefined();
    expect(limitOf(one.enter('hosts', HERE))).toBe('hosts-in-all');
    one.meter('bytes', HERE, () => undefined).add(1);
    for (let n = 0; n < 2; n++) one.take('handshakes', THERE);
    expect(limitOf(one.take('handshakes', THERE))).toBe('handshakes-per-address');
  });
});

describe('what is said', () => {
  it.each([
    [
      { limit: 'hosts-per-address', most: 3, retryAfterMs: undefined },
      /^The limit is 3 hosts at once from your address: try again when one has left$/,
    ],
    [
      { limit: 'handshakes-per-address', most: 3, retryAfterMs: 61_000 },
      /^Too many new connections from your address: try again in 1 minute/,
    ],
    [
      { limit: 'bytes-per-key', most: 3, retryAfterMs: 2_000 },
      /^Too many bytes with your key: try again in 2 seconds$/,
    ],
    [
      { limit: 'wrong-tokens-in-all', most: 3, retryAfterMs: 2_000 },
      /^Too many wrong tokens at this server: try again in/,
    ],
  ])('names the limit and until when: %o', (exceeded, text) => {
    expect(exceededText(exceeded)).toMatch(text);
  });
});
