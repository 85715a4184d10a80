import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import type { Vault } from '#control';
import { Stage, TEST_PAIRS, type TestPair } from '#testing';
import { Certifier } from './certifier.js';
import { OrderFailed, type Issued } from './order.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const { localhost, renewed, expired } = TEST_PAIRS;
const issued = ({ cert, key }: TestPair): Issued => ({ chain: cert, key });

/** What the processes of a fleet share, without a store. */
class SharedVault implements Vault {
  readonly texts = new Map<string, string>();
  away = false;
  #turn: { readonly holder: string; readonly untilMs: number } | undefined;

  constructor(private readonly clock: FakeClock) {}

  async get(name: string): Promise<string | undefined> {
    if (this.away) throw new Error('Redis is away');
    return this.texts.get(name);
  }

  async put(name: string, text: string): Promise<void> {
    this.texts.set(name, text);
  }

  async drop(name: string): Promise<void> {
    this.texts.delete(name);
  }

  async takeTurn(holder: string, forMs: number): Promise<boolean> {
    const now = this.clock.now();
    if (this.#turn !== undefined && this.#turn.holder !== holder && now < this.#turn.untilMs) return false;
    this.#turn = { holder, untilMs: now + forMs };
    return true;
  }

  async endTurn(holder: string): Promise<void> {
    if (this.#turn?.holder === holder) this.#turn = undefined;
  }
}

interface World {
  readonly clock: FakeClock;
  readonly vault: SharedVault;
  readonly told: string[];
  /** Which kinds of challenge were tried, by whom. */
  readonly orders: string[];
  answer: () => Promise<Issued>;
  process(
    name: string,
    options?: { readonly names?: readonly string[]; readonly directoryUrl?: string },
  ): Promise<Certifier>;
  /** Lets time pass, and all that is due happen. */
  pass(ms: number): Promise<void>;
}

function world(): World {
  const clock = new FakeClock();
  const vault = new SharedVault(clock);
  const [told, orders]: [string[], string[]] = [[], []];
  const made: World = {
    clock,
    vault,
    told,
    orders,
    answer: async () => issued(localhost),
    async process(name, { names = ['localhost'], directoryUrl = 'https://ca.example' } = {}) {
      const certifier = new Certifier({
        clock,
        names,
        directoryUrl,
        vault,
        holder: name,
        random: () => 0,
        makeAccountKey: async () => `the key of ${name}`,
        order: async (accountKey, prefer) => {
          orders.push(`${name} ${prefer}`);
          expect(accountKey).toMatch(/^the key of/);
          return await made.answer();
        },
        observer: {
          renewed: ({ validTo }) => void told.push(`${name}: until ${new Date(validTo).getUTCFullYear()}`),
          failed: (why, retryMs) => void told.push(`${name}: ${why}, again in ${retryMs / MINUTE_MS} min`),
        },
      });
      await certifier.open();
      certifier.begin();
      stage.onClear(() => certifier.dispose());
      return certifier;
    },
    async pass(ms) {
      // The certifier looks every 30 s: no step of its may be jumped over.
      for (let left = ms; left > 0; left -= 30_000) {
        clock.advance(Math.min(left, 30_000));
        await settled();
      }
    },
  };
  return made;
}

/** All promises that are due have run. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('a certifier', () => {
  it('orders a certificate, and the next one when a third of its time is left', async () => {
    const made = world();
    const { clock, vault, told, orders, process, pass } = made;
    const one = await process('one');
    await pass(1_000);
    expect([told, one.certificate?.names[0]]).toEqual([['one: until 2124'], 'localhost']);
    expect(vault.texts.get('account')).toBe('the key of one');
    const { validFrom, validTo } = one.certificate ?? { validFrom: 0, validTo: 0 };
    clock.advance(validTo - (validTo - validFrom) / 3 - clock.now() - MINUTE_MS);
    await settled();
    await pass(30_000);
    expect(orders).toHaveLength(1);
    made.answer = async () => issued(renewed);
    await pass(2 * MINUTE_MS);
    expect([orders.length, told.at(-1)]).toEqual([2, 'one: until 2125']);
  });

  it('is one of many, of whom one orders and all use what it got', async () => {
    const { told, orders, process, pass } = world();
    await Promise.all([process('one'), process('two'), process('three')]);
    await pass(2 * MINUTE_MS);
    expect(orders).toHaveLength(1);
    expect(told.sort()).toEqual(['one: until 2124', 'three: until 2124', 'two: until 2124']);
  });

  it('keeps the old certificate while orders fail, waits longer each time, and tries the other challenge', async () => {
    const made = world();
    const { vault, told, orders, process, pass } = made;
    vault.texts.set('certificate', JSON.stringify({ ...issued(expired), directoryUrl: 'https://ca.example' }));
    made.answer = async () => {
      throw new OrderFailed('the server is down', 0);
    };
    const one = await process('one');
    await pass(41 * MINUTE_MS);
    expect(told).toEqual([
      'one: until 2025',
      'one: the server is down, again in 5 min',
      'one: the server is down, again in 10 min',
      'one: the server is down, again in 20 min',
      'one: the server is down, again in 40 min',
    ]);
    expect(orders).toEqual(['one tls-alpn-01', 'one http-01', 'one tls-alpn-01', 'one http-01']);
    expect(one.certificate?.covers('localhost')).toBe(true);
    made.answer = async () => issued(renewed);
    await pass(40 * MINUTE_MS);
    expect(told.at(-1)).toBe('one: until 2125');
  });

  it('lets nobody else try while it waits after a failure, and somebody when it is gone', async () => {
    const made = world();
    const { orders, process, pass } = made;
    made.answer = async () => {
      throw new OrderFailed('no', 0);
    };
    const one = await process('one');
    await pass(1_000);
    await process('two');
    await pass(4 * MINUTE_MS);
    expect(orders).toEqual(['one tls-alpn-01']);
    one.dispose();
    await pass(2 * MINUTE_MS);
    expect(orders).toEqual(['one tls-alpn-01', 'two tls-alpn-01']);
  });

  it('waits as long as a server that limits says', async () => {
    const made = world();
    const { told, orders, process, pass } = made;
    made.answer = async () => {
      throw new OrderFailed('too many certificates', DAY_MS / 2);
    };
    await process('one');
    await pass(DAY_MS / 2 - MINUTE_MS);
    expect(told).toEqual(['one: too many certificates, again in 720 min']);
    await pass(3 * MINUTE_MS);
    expect(orders).toHaveLength(2);
  });

  it('gives up on a server that does not get done', async () => {
    const made = world();
    made.answer = async () => await new Promise(() => undefined);
    await made.process('one');
    await made.pass(6 * MINUTE_MS);
    expect(made.told).toEqual(['one: the ACME server did not finish within 5 minutes, again in 5 min']);
  });

  it.each([
    ['is no certificate', { chain: '<html>', key: localhost.key }, /the certificate cannot be used/],
    ['is of another key', { chain: localhost.cert, key: renewed.key }, /the key does not match/],
    ['is for other names', issued(localhost), /the certificate is not for wanted.example/],
  ])('does not use what %s', async (_, answer, why) => {
    const made = world();
    made.answer = async () => answer;
    const one = await made.process('one', { names: ['wanted.example'] });
    await made.pass(1_000);
    expect(made.told).toEqual([expect.stringMatching(why)]);
    expect(one.certificate).toBeUndefined();
  });

  it('does not use what has expired, and does not order again at once', async () => {
    const made = world();
    made.answer = async () => issued(expired);
    await made.process('one');
    await made.pass(2 * MINUTE_MS);
    expect(made.told).toEqual(['one: the new certificate is too old, again in 5 min']);
  });

  it('takes nothing that was kept for other names, from another server, or that is damaged', async () => {
    for (const kept of [
      JSON.stringify({ ...issued(localhost), directoryUrl: 'https://other.example' }),
      JSON.stringify({ ...issued(expired), directoryUrl: 'https://ca.example' }),
      '{"chain":',
    ]) {
      const { vault, process, told } = world();
      vault.texts.set('certificate', kept);
      await process('one', { names: ['share.example'] });
      expect(told).toEqual([]);
    }
  });

  it('goes on with its certificate while the vault is away', async () => {
    const { vault, told, process, pass } = world();
    const one = await process('one');
    await pass(1_000);
    vault.away = true;
    await pass(MINUTE_MS);
    expect(told.slice(1)).toEqual(['one: Redis is away, again in 0.5 min', 'one: Redis is away, again in 0.5 min']);
    expect(one.certificate?.covers('localhost')).toBe(true);
  });
});
