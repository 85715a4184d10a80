import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { MemoryWebhooks, type Delivery, type HookKind, type WebhookQueue } from '#control';
import { until } from '#testing';
import type { Outcome } from './courier.js';
import { GIVE_UP_MS, IDLE_MS, PostOffice, waitAfter } from './post-office.js';

const MINUTE = 60_000;

/** A queue, an office, and scripted receivers. */
class World {
  readonly clock = new FakeClock();
  readonly queue = new MemoryWebhooks(this.clock);
  /** What arrived, in order. */
  readonly arrived: string[] = [];
  readonly tried: string[] = [];
  underWay = 0;
  /** How often the queue was asked. */
  asked = 0;
  /** Whether words that something is due arrive. */
  deaf = false;
  most = 0;
  receive: (delivery: Delivery) => Promise<Outcome> = async () => ({ result: 'ok' });
  readonly office = this.makeOffice();

  makeOffice(): PostOffice {
    const { queue } = this;
    const watched = Object.assign(Object.create(queue) as MemoryWebhooks, {
      take: async (...args: Parameters<MemoryWebhooks['take']>) => {
        this.asked += 1;
        return await queue.take(...args);
      },
      onDue: async (listener: (kind: HookKind) => void) =>
        await queue.onDue((kind) => (this.deaf ? undefined : listener(kind))),
    } satisfies Partial<WebhookQueue>);
    // The rest works on the queue's own fields.
    for (const name of ['settle', 'postpone', 'bury'] as const) {
      Object.assign(watched, { [name]: async (...args: [never, never]) => await queue[name](...args) });
    }
    return new PostOffice({
      queue: watched,
      courier: { carry: async (delivery) => await this.carry(delivery) },
      clock: this.clock,
      tried: (result) => void this.tried.push(result),
      failed: (error) => {
        throw error;
      },
    });
  }

  async append(
    session: string,
    ids: readonly string[],
    group = 'g',
    kind: 'fleet' | 'session' = 'fleet',
  ): Promise<void> {
    for (const id of ids) {
      await this.queue.append({ lane: { kind, group, session }, id, type: 'session_join', at: 0, sealed: '' });
    }
  }

  /** Lets time pass in small steps, with what it brings. */
  async pass(ms: number, stepMs = 500): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(stepMs);
      for (let i = 0; i < 20; i++) await Promise.resolve();
    }
  }

  private async carry(delivery: Delivery): Promise<Outcome> {
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    try {
      const outcome = await this.receive(delivery);
      if (outcome.result === 'ok') this.arrived.push(delivery.id);
      return outcome;
    } finally {
      this.underWay -= 1;
    }
  }
}

const failed: Outcome = { result: 'failed', why: 'down' };

describe('PostOffice', () => {
  it('has everything carried, in the order of each session', async () => {
    const world = new World();
    await world.append('s1', ['a1', 'a2', 'a3']);
    await world.append('s2', ['b1', 'b2']);
    world.office.start();
    await world.pass(5_000);
    expect(world.arrived.filter((id) => id.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(world.arrived.filter((id) => id.startsWith('b'))).toEqual(['b1', 'b2']);
    expect(await world.queue.waiting()).toEqual({ lanes: 0, dead: 0 });
  });

  it('asks seldom while nothing waits, and brings at once what comes', async () => {
    const world = new World();
    world.office.start();
    await world.pass(10 * MINUTE);
    // Two kinds, each about four times a minute.
    expect(world.asked).toBeLessThan(2 * 4 * 10 + 20);
    expect(world.asked).toBeGreaterThan(2 * 30);
    await world.append('s1', ['a', 'b', 'c']);
    await world.pass(100, 50);
    expect(world.arrived).toEqual(['a', 'b', 'c']);
  });

  it('takes much that comes at once with few questions', async () => {
    const world = new World();
    world.office.start();
    await world.pass(1_000);
    const before = world.asked;
    world.receive = async () => await new Promise<never>(() => undefined);
    for (let n = 0; n < 1_000; n++) {
      await world.append(`s${n}`, [`e${n}`]);
      if (n % 10 === 0) await world.pass(1, 1);
    }
    // A hundred milliseconds passed: a question each fifty, and one for what came before the first.
    expect(world.asked - before).toBeLessThan(10);
    expect(world.underWay).toBe(8);
  });

  it('finds what it heard no word of, in a quarter of a minute', async () => {
    const world = new World();
    world.deaf = true;
    world.office.start();
    await world.pass(2 * IDLE_MS + 700);
    await world.append('s1', ['a']);
    await world.pass(IDLE_MS * 1.1);
    expect(world.arrived).toEqual(['a']);
  });

  it('finds in time what another broker held when it died, without a word', async () => {
    const world = new World();
    world.receive = async () => await new Promise<never>(() => undefined);
    await world.append('s1', ['a', 'b']);
    world.office.start();
    await world.pass(1_000);
    world.deaf = true;
    const other = world.makeOffice();
    other.start();
    await world.pass(1_000);
    world.office.dispose();
    world.receive = async () => ({ result: 'ok' });
    // The claim of the dead one runs out 15 s after it was made.
    await world.pass(15_000);
    expect(world.arrived).toEqual(['a', 'b']);
    other.dispose();
  });

  it('listens again when it could not', async () => {
    const world = new World();
    let away = true;
    const { queue, clock } = world;
    const faults: unknown[] = [];
    const flaky = Object.assign(Object.create(queue) as MemoryWebhooks, {
      take: async (...args: Parameters<MemoryWebhooks['take']>) => {
        if (away) throw new Error('away');
        return await queue.take(...args);
      },
      settle: async (...args: Parameters<MemoryWebhooks['settle']>) => await queue.settle(...args),
      onDue: async (listener: (kind: HookKind) => void) => {
        if (away) throw new Error('away');
        return await queue.onDue(listener);
      },
    } satisfies Partial<WebhookQueue>);
    const office = new PostOffice({
      queue: flaky,
      courier: { carry: async ({ id }) => (world.arrived.push(id), { result: 'ok' }) },
      clock,
      tried: () => undefined,
      failed: (error) => void faults.push(error),
    });
    office.start();
    await world.append('s1', ['a']);
    await world.pass(5_000);
    expect(faults.length).toBeGreaterThan(5);
    away = false;
    await world.pass(1_000);
    expect(world.arrived).toEqual(['a']);
    await world.append('s1', ['b']);
    await world.pass(100, 50);
    expect(world.arrived).toEqual(['a', 'b']);
    office.dispose();
    await world.pass(1_000);
    expect(clock.pending).toBe(0);
  });

  it('brings every event, in order, to a receiver that was down for ten minutes', async () => {
    const world = new World();
    let down = true;
    world.receive = async () => (down ? failed : { result: 'ok' });
    world.office.start();
    const ids = Array.from({ length: 20 }, (_, n) => `e${n}`);
    await world.append('s1', ids);
    await world.pass(10 * MINUTE);
    expect(world.arrived).toEqual([]);
    down = false;
    await world.pass(12 * MINUTE);
    expect(world.arrived).toEqual(ids);
    // Doubling waits: some ten attempts in ten minutes, not one a poll.
    expect(world.tried.filter((result) => result === 'failed').length).toBeLessThan(14);
  });

  it('gives up after three hours, and continues with the next one', async () => {
    const world = new World();
    world.receive = async ({ id }) => (id === 'a' ? failed : { result: 'ok' });
    world.office.start();
    await world.append('s1', ['a', 'b']);
    await world.pass(GIVE_UP_MS - MINUTE, 5_000);
    expect(await world.queue.waiting()).toEqual({ lanes: 1, dead: 0 });
    await world.pass(15 * MINUTE, 5_000);
    expect(world.arrived).toEqual(['b']);
    expect(await world.queue.listDead({ limit: 9 })).toMatchObject([{ delivery: { id: 'a' }, why: 'down' }]);
  });

  it('buries at once what no other attempt can bring', async () => {
    const world = new World();
    world.receive = async ({ id }) => (id === 'a' ? { result: 'refused', why: 'gone' } : { result: 'ok' });
    world.office.start();
    await world.append('s1', ['a', 'b']);
    await world.pass(2_000);
    expect(world.arrived).toEqual(['b']);
    expect(world.tried).toEqual(['dead', 'ok']);
  });

  it('lets no slow receiver delay another, nor a host’s the operator’s', async () => {
    const world = new World();
    world.receive = async ({ lane }) =>
      lane.group.startsWith('slow') ? await new Promise<never>(() => undefined) : { result: 'ok' };
    for (let i = 0; i < 300; i++) await world.append(`s${i}`, [`slow-${i}`], 'slow');
    for (let i = 0; i < 300; i++) await world.append(`s${i}`, [`own-${i}`], `slow-${i}`, 'session');
    world.office.start();
    await world.pass(1_000);
    await world.append('quick', ['q1', 'q2', 'q3'], 'quick');
    await world.pass(4_000);
    expect(world.arrived).toEqual(['q1', 'q2', 'q3']);
    expect(world.most).toBeLessThanOrEqual(8 + 64 + 1);
  });

  it('loses nothing when a broker dies: another one delivers it, maybe a second time', async () => {
    const world = new World();
    let dying = true;
    world.receive = async () => (dying ? await new Promise<never>(() => undefined) : { result: 'ok' });
    await world.append('s1', ['a', 'b']);
    await world.append('s2', ['c']);
    world.office.start();
    await world.pass(1_000);
    world.office.dispose();
    dying = false;
    const other = world.makeOffice();
    other.start();
    await world.pass(20_000);
    expect(world.arrived.filter((id) => id !== 'c')).toEqual(['a', 'b']);
    expect(world.arrived).toContain('c');
    other.dispose();
    await until(() => world.clock.pending === 0 || world.underWay === 2, { what: 'all to be over' });
  });
});

describe('waitAfter', () => {
  it('doubles from half a second to ten minutes, a little unevenly', () => {
    const waits = Array.from({ length: 14 }, (_, n) => waitAfter(n + 1, 0.5) / 1_000);
    expect(waits).toEqual([0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]);
    expect([waitAfter(1, 0), waitAfter(1, 1)]).toEqual([450, 550]);
    expect(waitAfter(1_000, 0.5)).toBe(600_000);
  });
});
