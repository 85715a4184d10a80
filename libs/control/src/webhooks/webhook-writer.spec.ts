import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, ShipmateError } from '#kernel';
import { until } from '#testing';
import type { Delivery } from './webhook-queue.js';
import { WebhookWriter } from './webhook-writer.js';

const delivery = (session: string, id: string): Delivery => ({
  lane: { kind: 'fleet', group: 'g', session },
  id,
  type: 'session_join',
  at: 0,
  sealed: '',
});

describe('WebhookWriter', () => {
  const clock = new FakeClock();
  let written: string[];
  let lost: number;
  let faults: unknown[];
  let away: boolean;
  let full: boolean;
  let writer: WebhookWriter;

  beforeEach(() => {
    [written, lost, faults, away, full] = [[], 0, [], false, false];
    const note = async (text: string): Promise<boolean> => {
      await Promise.resolve();
      if (away) throw new ShipmateError('unavailable', 'away');
      if (!full) written.push(text);
      return !full;
    };
    const queue = {
      append: async ({ id }: Delivery) => await note(id),
      setWill: async (session: string) => await note(`will of ${session}`),
      runWill: async (session: string, _: number, generation = 0) =>
        (await note(`end of ${session} in ${generation}`)) ? 1 : 0,
    };
    const count = (dropped: number): void => void (lost += dropped);
    writer = new WebhookWriter(queue, clock, count, (error) => faults.push(error));
  });

  it("writes each session's steps in their order, and waits for nobody", async () => {
    writer.append(delivery('s', 'a'));
    writer.setWill('s', [], 1);
    writer.append(delivery('t', 'x'));
    writer.append(delivery('s', 'b'));
    writer.runWill('s', 2);
    expect(written).toEqual([]);
    await until(() => written.length === 5, { what: 'all to be written' });
    expect(written.filter((text) => text !== 'x')).toEqual(['a', 'will of s', 'b', 'end of s in 2']);
  });

  it('keeps what came while the store was not available, and continues in order', async () => {
    away = true;
    for (const id of ['a', 'b', 'c']) writer.append(delivery('s', id));
    await until(() => faults.length === 1, { what: 'the fault to be told' });
    away = false;
    expect(written).toEqual([]);
    clock.advance(1_000);
    await until(() => written.length === 3, { what: 'all to be written' });
    expect(written).toEqual(['a', 'b', 'c']);
    expect(faults).toHaveLength(1);
  });

  it('keeps so many and no more, and counts the rest', async () => {
    away = true;
    for (let i = 0; i < 10_050; i++) writer.append(delivery(`s${i % 100}`, `${i}`));
    expect(lost).toBe(50);
    await until(() => faults.length > 0, { what: 'the fault to be told' });
    away = false;
    clock.advance(1_000);
    await until(() => written.length === 10_000, { what: 'all to be written' });
    full = true;
    writer.append(delivery('s', 'no room'));
    await until(() => lost === 51, { what: 'the loss to be told' });
  });
});
