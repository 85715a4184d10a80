import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { webhooksContract } from '#testing';
import { MemoryWebhooks } from './memory-webhooks.js';
import { MAX_IN_LANE, MAX_LANES, type Delivery } from './webhook-queue.js';

webhooksContract('MemoryWebhooks', async () => {
  const clock = new FakeClock();
  const queue = new MemoryWebhooks(clock);
  return { connect: async () => queue, advance: async (ms) => clock.advance(ms), dispose: async () => undefined };
});

describe('MemoryWebhooks', () => {
  const delivery = (session: string): Delivery => ({
    lane: { kind: 'fleet', group: 'g', session },
    id: 'id',
    type: 'session_join',
    at: 0,
    sealed: '',
  });

  it('has an end to a lane, and to the number of lanes', async () => {
    const queue = new MemoryWebhooks(new FakeClock());
    for (let i = 0; i < MAX_IN_LANE; i++) expect(await queue.append(delivery('s'))).toBe(true);
    expect(await queue.append(delivery('s'))).toBe(false);
    for (let i = 1; i < MAX_LANES; i++) await queue.append(delivery(`s${i}`));
    expect(await queue.append(delivery('one more'))).toBe(false);
  });
});
