import { expect, it } from 'vitest';
import { eventsContract } from '#testing';
import { MemoryEvents } from './memory-events.js';

eventsContract('MemoryEvents', async () => {
  const events = new MemoryEvents();
  return { connect: async () => events, dispose: async () => undefined };
});

it('forgets the oldest events, and never more than it must', async () => {
  const events = new MemoryEvents(100);
  for (let i = 0; i < 1_000; i++) await events.append({ at: i, type: `e${i}`, details: {} });
  const { events: kept } = await events.list({ limit: 1_000 });
  expect(kept.length).toBeGreaterThanOrEqual(100);
  expect(kept.length).toBeLessThanOrEqual(125);
  expect(kept[0]?.type).toBe('e999');
});
