import { describe, expect, it } from 'vitest';
import { ShipmateError } from '#kernel';
import type { Commands } from '../connection/commands.js';
import { MAX_MESSAGE_BYTES, MAX_PUBLISHING_BYTES, Publisher } from './publisher.js';

interface Sent {
  readonly channel: string;
  readonly text: string;
  answer(receivers: number): void;
  fail(): void;
}

/** Commands that answer on demand. */
function slow(owner: (channel: string) => string = () => 'one') {
  const sent: Sent[] = [];
  const commands = {
    topology: { owner: (channel: string) => ({ id: owner(channel) }) },
    call: async (channel: string, ...[, , bytes]: readonly [string, string, Buffer]) =>
      new Promise<number>((answer, reject) => {
        const fail = (): void => reject(new ShipmateError('unavailable', 'away'));
        sent.push({ channel, text: bytes.toString(), answer, fail });
      }),
  };
  return { sent, publisher: new Publisher(commands as unknown as Commands) };
}

const settle = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const texts = (sent: readonly Sent[]): string => sent.map(({ text }) => text).join(' ');

describe('Publisher', () => {
  it('sends at once, and what comes meanwhile as one batch after the answer', async () => {
    const { sent, publisher } = slow();
    const results = ['1', '2', '3', '4'].map(async (text) => publisher.publish('c', Buffer.from(text)));
    expect(texts(sent)).toBe('1');
    await settle();
    expect(texts(sent)).toBe('1');
    sent[0]?.answer(7);
    await settle();
    expect(texts(sent)).toBe('1 2 3 4');
    for (const each of sent.slice(1)) each.answer(8);
    expect(await Promise.all(results)).toEqual([7, 8, 8, 8]);
    expect(publisher.waitingBytes).toBe(0);
  });

  it('continues after a failure, which only its own caller gets', async () => {
    const { sent, publisher } = slow();
    const [first, second] = [publisher.publish('c', Buffer.from('1')), publisher.publish('c', Buffer.from('2'))];
    first.catch(() => undefined);
    sent[0]?.fail();
    await settle();
    sent[1]?.answer(1);
    await expect(first).rejects.toMatchObject({ code: 'unavailable' });
    expect(await second).toBe(1);
    expect(publisher.waitingBytes).toBe(0);
  });

  it('does not let one master wait for another', async () => {
    const { sent, publisher } = slow((channel) => channel);
    void publisher.publish('slow', Buffer.from('1'));
    void publisher.publish('slow', Buffer.from('2'));
    void publisher.publish('quick', Buffer.from('3'));
    expect(texts(sent)).toBe('1 3');
    await settle();
    expect(texts(sent)).toBe('1 3');
  });

  it('takes many small messages in one batch, and large ones by themselves', async () => {
    const { sent, publisher } = slow();
    const all = async (count: number, bytes: number): Promise<void> => {
      for (let i = 0; i < count; i++) void publisher.publish('c', Buffer.alloc(bytes));
      await settle();
    };
    await all(101, 1);
    sent[0]?.answer(1);
    await settle();
    expect(sent).toHaveLength(1 + 64);
    for (const each of sent) each.answer(1);
    await settle();
    expect(sent).toHaveLength(101);
    for (const each of sent) each.answer(1);
    await settle();
    await all(4, 600_000);
    for (let i = 1; i <= 4; i++) {
      expect(sent).toHaveLength(101 + i);
      sent.at(-1)?.answer(1);
      await settle();
    }
  });

  it('refuses what is too large, and what is too much', async () => {
    const { sent, publisher } = slow();
    await expect(publisher.publish('c', new Uint8Array(MAX_MESSAGE_BYTES + 1))).rejects.toMatchObject({
      code: 'limit',
    });
    const fits = MAX_PUBLISHING_BYTES / MAX_MESSAGE_BYTES;
    for (let i = 0; i < fits; i++) void publisher.publish('c', new Uint8Array(MAX_MESSAGE_BYTES));
    await expect(publisher.publish('d', new Uint8Array(1))).rejects.toMatchObject({ code: 'unavailable' });
    sent[0]?.answer(1);
    await settle();
    void publisher.publish('d', new Uint8Array(1));
    expect(publisher.waitingBytes).toBe(MAX_PUBLISHING_BYTES - MAX_MESSAGE_BYTES + 1);
  });
});
