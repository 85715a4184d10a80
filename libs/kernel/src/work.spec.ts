import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.js';
import { OverWork, Work, type ConnectionWork, type WorkSizes } from './work.js';
import { WORK_KINDS, WORK_LIMITS, WORK_PRICES_MS, WORK_WINDOW_MS } from './work-limits.js';

const HERE = '192.0.2.1';

function world(sizes: Partial<WorkSizes> = {}) {
  const clock = new FakeClock();
  const reached: string[] = [];
  const spent: Record<string, number> = {};
  const work = new Work({
    clock,
    sizes,
    source: (address, announced) => (address === 'shared' && !announced ? undefined : address),
    reached: (limit) => reached.push(limit),
    spent: (kind, ms) => (spent[kind] = (spent[kind] ?? 0) + ms),
  });
  return { clock, reached, spent, work };
}

/** How many of `count` are computed, and what the others are told. */
function tried(count: number, one: (n: number) => void): { readonly done: number; readonly told: string[] } {
  const told = new Set<string>();
  let done = 0;
  for (let n = 0; n < count; n++) {
    try {
      one(n);
      done += 1;
    } catch (error) {
      if (!(error instanceof OverWork)) throw error;
      told.add(`${error.limit}: ${error.message}`);
    }
  }
  return { done, told: [...told] };
}

describe('CPU time', () => {
  it('of a connection that exchanges keys over and over ends at its limit, and comes back evenly', () => {
    const { clock, work, spent } = world();
    const connection = work.connection();
    connection.hasSession = true;
    const once = (): void => connection.spend('key-exchange', HERE);
    const { done, told } = tried(5_000, once);
    expect(done).toBe(1_000);
    expect(told).toEqual([
      'crypto-per-connection: This connection makes the server compute too much: try again in 1 second (crypto-per-connection)',
    ]);
    // What was refused was neither computed nor counted.
    expect(spent['key-exchange']).toBe(2_000);
    clock.advance(WORK_WINDOW_MS / 2);
    expect(tried(5_000, once).done).toBe(500);
  });

  it('of an address is the same however many connections it opens, and that of its neighbours is their own', () => {
    const { work, reached } = world();
    const login = (address: string): void => {
      const connection = work.connection();
      connection.spend('key-exchange', address);
      connection.spend('signature', address);
      connection.spend('signature', address);
    };
    const { done, told } = tried(10_000, () => login(HERE));
    expect(done).toBe(2_500);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('Your address makes the server compute too much');
    expect(new Set(reached)).toEqual(new Set(['crypto-per-address']));
    expect(tried(1, () => login('192.0.2.2')).done).toBe(1);
  });

  it('of a process is the same from however many addresses it is asked for', () => {
    const { work, spent } = world();
    const { done, told } = tried(40_000, (n) => work.connection().spend('key-exchange', `10.${n >> 8}.${n & 255}.1`));
    expect(done).toBe(15_000);
    expect(spent['key-exchange']).toBe(WORK_LIMITS['crypto-in-process'].mostMs);
    expect(told).toEqual([
      'crypto-in-process: This server has too many logins at the moment: try again in 1 second (crypto-in-process)',
    ]);
  });

  it("of a process that is used up takes away nobody's session, but for those who ask for more than once a minute", () => {
    const { clock, work } = world({ 'crypto-in-process': 10 });
    const seated: ConnectionWork[] = [HERE, '192.0.2.2'].map((address) => {
      const connection = work.connection();
      connection.spend('key-exchange', address);
      connection.hasSession = true;
      return connection;
    });
    const rekey = (): void => seated[0]?.spend('key-exchange', HERE);
    const flood = (): number => tried(100, () => work.connection().spend('key-exchange', '192.0.2.9')).done;
    expect(flood()).toBe(3);
    expect(tried(1, rekey).done).toBe(0);
    clock.advance(WORK_WINDOW_MS);
    expect(flood()).toBe(5);
    expect(tried(10, rekey).done).toBe(1);
  });

  it('for passwords is counted by itself', () => {
    const { work, reached } = world();
    expect(tried(500, () => work.spend('password', HERE)).done).toBe(100);
    expect(tried(5_000, (n) => work.spend('password', `host ${n}`)).done).toBe(1_400);
    expect(new Set(reached)).toEqual(new Set(['passwords-per-address', 'passwords-in-process']));
    expect(tried(1, () => work.connection().spend('key-exchange', HERE)).done).toBe(1);
  });

  it('is not counted for an address that stands for many, but for the process', () => {
    const { work, reached } = world();
    expect(tried(20_000, () => work.connection().spend('key-exchange', 'shared')).done).toBe(15_000);
    expect(new Set(reached)).toEqual(new Set(['crypto-in-process']));
  });

  it('is counted for the address that a proxy announces, where that would stand for many by itself', () => {
    const { work, reached } = world();
    const login = (): void => {
      const connection = work.connection();
      connection.announced = true;
      connection.spend('key-exchange', 'shared');
    };
    expect(tried(20_000, login).done).toBe(5_000);
    expect(new Set(reached)).toEqual(new Set(['crypto-per-address']));
  });

  it('never passes a limit and what comes back meanwhile, in any order of events', () => {
    const event = fc.record({
      afterMs: fc.integer({ min: 0, max: 3_000 }),
      kind: fc.constantFrom(...WORK_KINDS),
      connection: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const sizes = { 'crypto-per-connection': 20, 'crypto-per-address': 40, 'crypto-in-process': 60 };
        const { clock, work } = world({ ...sizes, 'passwords-per-address': 80, 'passwords-in-process': 120 });
        const connections = Array.from({ length: 4 }, () => work.connection());
        const used = { crypto: 0, password: 0 };
        for (const { afterMs, kind, connection } of events) {
          clock.advance(afterMs);
          const one = (): void => connections[connection]?.spend(kind, `192.0.2.${connection % 2}`);
          const { done } = tried(1, one);
          used[kind === 'password' ? 'password' : 'crypto'] += done * WORK_PRICES_MS[kind];
        }
        const windows = 1 + clock.monotonic() / WORK_WINDOW_MS;
        expect(used.crypto).toBeLessThanOrEqual(60 * windows + 1e-6);
        expect(used.password).toBeLessThanOrEqual(120 * windows + 1e-6);
      }),
    );
  });
});
