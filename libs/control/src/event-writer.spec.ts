import { expect, it } from 'vitest';
import { FakeClock, ShipmateError } from '#kernel';
import { EventWriter } from './event-writer.js';
import type { AuditEvent } from './events.js';
import { MemoryEvents } from './memory-events.js';

const turns = async (count = 100): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
};

class Store extends MemoryEvents {
  away = false;

  override async append(event: AuditEvent): Promise<void> {
    if (this.away) throw new ShipmateError('unavailable', 'away');
    await super.append(event);
  }
}

it('keeps the order, and what comes while the store is away', async () => {
  const [clock, store] = [new FakeClock(), new Store()];
  let faults = 0;
  const writer = new EventWriter(store, clock, () => (faults += 1));
  writer.note('one', { session: 's' }, { a: 'b' });
  store.away = true;
  writer.note('two', {});
  await turns();
  writer.note('three', {});
  await turns();
  store.away = false;
  clock.advance(2_000);
  await turns();
  const { events } = await store.list({ limit: 10 });
  expect(events.map(({ type }) => type).reverse()).toEqual(['one', 'two', 'three']);
  expect(events.at(-1)).toMatchObject({ session: 's', details: { a: 'b' } });
  expect(faults).toBeGreaterThan(0);
});

it('keeps a bounded number, and says how many are lost', async () => {
  const [clock, store] = [new FakeClock(), new Store(100_000)];
  store.away = true;
  const writer = new EventWriter(store, clock, () => undefined);
  for (let i = 0; i < 12_000; i++) writer.note('e', {});
  await turns();
  store.away = false;
  clock.advance(2_000);
  await turns(40_000);
  const [lost, ...others] = (await store.list({ limit: 20_000 })).events;
  expect(lost).toMatchObject({ type: 'events-lost', details: { count: '2000' } });
  expect(others).toHaveLength(10_000);
});

it('lets a listener hear of every event at once, also of those that are dropped', async () => {
  const store = new Store();
  store.away = true;
  const heard: string[] = [];
  const writer = new EventWriter(store, new FakeClock(), () => undefined, { heard: ({ type }) => heard.push(type) });
  for (let i = 0; i < 10_010; i++) writer.note(`e${i}`, {});
  expect(heard).toHaveLength(10_010);
});
