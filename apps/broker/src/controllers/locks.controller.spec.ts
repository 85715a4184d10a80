import { describe, expect, it } from 'vitest';
import { FleetLocks, type EventWriter } from '#control';
import { FakeClock } from '#kernel';
import { MemoryBus } from '#relay';
import type { Caller } from '../callers.js';
import { NewLock } from '../schemas.js';
import { LocksController } from './locks.controller.js';

/** The other parts of a request. */
const NO = { params: {}, query: {}, body: undefined };
const BY: Caller = { scope: 'admin', user: undefined, name: 'admin' };

async function world() {
  const clock = new FakeClock();
  let text: string | undefined;
  const store = {
    read: async () => await Promise.resolve(text),
    change: async (make: (before: string | undefined) => string) => await Promise.resolve((text = make(text))),
  };
  const observer = { changed: () => undefined, failed: () => undefined };
  const locks = await FleetLocks.open({ store, bus: new MemoryBus(), clock, observer });
  const noted: unknown[][] = [];
  const audit = { note: (...given: unknown[]) => void noted.push(given) } as unknown as EventWriter;
  return { clock, locks, noted, controller: new LocksController({ locks, clock, audit }) };
}

describe('the API of locks', () => {
  it('locks, lists and unlocks people, and records it', async () => {
    const { clock, noted, controller } = await world();
    const since = new Date(clock.now()).toISOString();
    const until = new Date(clock.now() + 60_000).toISOString();
    const made = await controller.lock({ ...NO, body: { who: 'user:ada', reason: 'left', for: '1m' } }, BY);
    expect(made).toEqual({ who: 'user:ada', reason: 'left', since, until });
    await controller.lock({ ...NO, body: { who: '192.0.2.0/24', reason: 'scans' } }, BY);
    expect(controller.list().items).toEqual([made, { who: '192.0.2.0/24', reason: 'scans', since }]);
    await controller.unlock({ ...NO, query: { who: '192.0.2.0/24' } }, BY);
    await expect(controller.unlock({ ...NO, query: { who: '192.0.2.0/24' } }, BY)).rejects.toMatchObject({
      status: 404,
    });
    clock.advance(60_000);
    expect(controller.list().items).toEqual([]);
    expect(noted).toEqual([
      ['person-locked', { by: 'admin' }, { who: 'user:ada', reason: 'left', until }],
      ['person-locked', { by: 'admin' }, { who: '192.0.2.0/24', reason: 'scans' }],
      ['person-unlocked', { by: 'admin' }, { who: '192.0.2.0/24' }],
    ]);
  });

  it('says what is wrong with a request', async () => {
    const { controller, locks } = await world();
    await expect(controller.lock({ ...NO, body: { who: 'ann', reason: 'left' } }, BY)).rejects.toMatchObject({
      status: 400,
    });
    expect(locks.list.all).toEqual([]);
    expect(NewLock.safeParse({ who: 'user:ada', reason: '' }).success).toBe(false);
    expect(NewLock.safeParse({ who: 'user:ada', reason: 'é'.repeat(101) }).success).toBe(false);
    expect(NewLock.safeParse({ who: 'user:ada', reason: 'é'.repeat(100), for: '31d' }).success).toBe(false);
    expect(NewLock.safeParse({ who: 'user:ada', reason: 'é'.repeat(100), for: '30d' }).success).toBe(true);
  });
});
