import { describe, expect, it } from 'vitest';
import { FakeClock, generation, sessionId } from '#kernel';
import {
  channels,
  encodeEnvelope,
  MAX_BUFFERED_BYTES,
  SIGN_OF_LIFE_MS,
  StreamReader,
  type BusListener,
  type Envelope,
} from '#relay';
import { pass, settle } from './faulty-bus.fixture.js';

const ID = sessionId('s');
const { out, snapshot } = channels(ID);
const encode = (value: string): Uint8Array => new TextEncoder().encode(value);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A reader of generation 1 with hands on its bus. */
async function stage(receivers = 1) {
  const clock = new FakeClock();
  const listeners = new Map<string, BusListener>();
  const log: string[] = [];
  const counts = { requests: 0, receivers };
  const reader = new StreamReader({
    clock,
    sessionId: ID,
    generation: generation(1),
    bus: {
      publish: async () => {
        counts.requests++;
        return counts.receivers;
      },
      subscribe: async (channel, listener) => {
        listeners.set(channel, listener);
        return { dispose: () => void (listeners.get(channel) === listener && listeners.delete(channel)) };
      },
    },
    handlers: {
      snapshot: (bytes, { sequence }) => void log.push(`snapshot ${sequence} ${decode(bytes)}`),
      data: (bytes) => void log.push(decode(bytes)),
      waiting: (waiting) => void log.push(waiting ? '(waiting' : 'in step)'),
      home: (gen) => void log.push(`home ${gen}`),
      resend: () => void log.push('resend'),
      homeAway: () => void log.push('nobody home'),
    },
  });
  await reader.start();
  await settle();
  const hear = (envelope: Envelope, channel: string = out): void =>
    listeners.get(channel)?.message(encodeEnvelope(envelope));
  const data = (sequence: number, text = String(sequence), gen = 1): void =>
    hear({ kind: 'data', generation: generation(gen), sequence, acks: [], payload: encode(text) });
  const whole = (sequence: number, text: string, gen = 1, channel: string = snapshot): void =>
    hear(
      {
        kind: 'snapshot',
        generation: generation(gen),
        sequence,
        id: sequence,
        part: 0,
        parts: 1,
        payload: encode(text),
      },
      channel,
    );
  return { clock, reader, log, counts, listeners, hear, data, whole };
}

/** Like `stage`, after the first snapshot, with an empty log. */
async function inStep() {
  const all = await stage();
  all.whole(5, 'S');
  await settle();
  all.log.length = 0;
  all.counts.requests = 0;
  return all;
}

describe('StreamReader', () => {
  it('asks for a snapshot, then takes what follows it', async () => {
    const { log, counts, whole, data, listeners } = await stage();
    expect(counts.requests).toBe(1);
    data(4);
    whole(4, 'S');
    data(5);
    await settle();
    expect(log).toEqual(['(waiting', 'snapshot 4 S', 'in step)', '5']);
    expect([...listeners.keys()]).toEqual([out]);
  });

  it('waits from the moment its subscription is lost, and for a snapshot once it is repaired', async () => {
    const { log, clock, counts, listeners, whole } = await inStep();
    listeners.get(out)?.lost?.();
    expect(log).toEqual(['(waiting']);
    expect(counts.requests).toBe(0);
    listeners.get(out)?.interrupted?.();
    // Those of one edge ask one after another, within a second.
    await pass(clock, 1000);
    whole(9, 'T');
    expect(log).toEqual(['(waiting', 'resend', 'snapshot 9 T', 'in step)']);
  });

  it('applies what came before the snapshot and follows it, in order and once', async () => {
    const { log, whole, data } = await stage();
    for (const sequence of [3, 5, 4, 4, 6]) data(sequence);
    whole(3, 'S');
    expect(log).toEqual(['(waiting', 'snapshot 3 S', '4', '5', '6', 'in step)']);
  });

  it('drops what it has seen', async () => {
    const { log, data, whole } = await inStep();
    data(6);
    data(6);
    data(5);
    whole(5, 'old', 1, out);
    whole(6, 'same', 1, out);
    expect(log).toEqual(['6']);
  });

  it('turns a hole into a wait, a request and a snapshot', async () => {
    const { log, counts, data, whole } = await inStep();
    data(7);
    data(8);
    await settle();
    expect(counts.requests).toBe(1);
    whole(7, 'S7');
    expect(log).toEqual(['(waiting', 'snapshot 7 S7', '8', 'in step)']);
  });

  it('waits on when the snapshot is older than what it missed', async () => {
    const { log, data, whole, reader, counts } = await inStep();
    data(9);
    whole(6, 'S6');
    await settle();
    expect(log).toEqual(['(waiting', 'snapshot 6 S6']);
    expect([reader.waiting, counts.requests]).toEqual([true, 2]);
    whole(8, 'S8');
    expect(log.slice(2)).toEqual(['snapshot 8 S8', '9', 'in step)']);
  });

  it('is out of date when its home gives no sign of life in time', async () => {
    const { log, reader, clock, counts, hear, whole } = await inStep();
    reader.expectSign();
    await pass(clock, SIGN_OF_LIFE_MS - 100);
    hear({ kind: 'position', generation: generation(1), sequence: 5, resend: false });
    await pass(clock, 2 * SIGN_OF_LIFE_MS);
    expect(log).toEqual([]);
    reader.expectSign();
    await pass(clock, SIGN_OF_LIFE_MS - 100);
    reader.expectSign();
    await pass(clock, 200);
    expect([log, counts.requests]).toEqual([['(waiting'], 1]);
    whole(5, 'S');
    expect(log).toEqual(['(waiting', 'snapshot 5 S', 'in step)']);
  });

  it('learns by a position that it missed the last batch', async () => {
    const { log, hear } = await inStep();
    hear({ kind: 'position', generation: generation(1), sequence: 5, resend: false });
    expect(log).toEqual([]);
    hear({ kind: 'position', generation: generation(1), sequence: 6, resend: true });
    expect(log).toEqual(['resend', '(waiting']);
  });

  it('takes a snapshot that nobody asked for when it is newer', async () => {
    const { log, whole, counts } = await inStep();
    whole(9, 'S9', 1, out);
    await settle();
    expect(log).toEqual(['(waiting', 'snapshot 9 S9', 'in step)']);
    expect(counts.requests).toBe(0);
  });

  it('puts parts together, and asks again when one is missing', async () => {
    const { log, hear, clock, counts } = await stage();
    const part = (index: number, id: number): void =>
      hear(
        {
          kind: 'snapshot',
          generation: generation(1),
          sequence: 3,
          id,
          part: index,
          parts: 3,
          payload: encode(`${index}`),
        },
        snapshot,
      );
    part(0, 1);
    part(2, 1);
    expect(log).toEqual(['(waiting']);
    const before = counts.requests;
    await pass(clock, 2_000, 100);
    expect(counts.requests).toBeGreaterThan(before);
    for (const index of [0, 1, 1, 2]) part(index, 2);
    expect(log).toEqual(['(waiting', 'snapshot 3 012', 'in step)']);
  });

  it('follows a newer home and drops the older, whoever speaks first', async () => {
    const { log, data, whole, reader, hear } = await inStep();
    hear({ kind: 'position', generation: generation(2), sequence: 0, resend: true });
    data(6, 'old');
    whole(7, 'old', 1, out);
    data(1, 'new', 2);
    whole(0, 'S', 2, out);
    data(7, 'old');
    expect(log).toEqual(['home 2', '(waiting', 'resend', 'snapshot 0 S', 'new', 'in step)']);
    expect(reader.position).toEqual({ generation: 2, sequence: 1 });
  });

  it('asks a new home that says nothing after a while', async () => {
    const { hear, clock, counts } = await inStep();
    hear({ kind: 'position', generation: generation(2), sequence: 0, resend: false });
    await pass(clock, 400);
    expect(counts.requests).toBe(0);
    await pass(clock, 200);
    expect(counts.requests).toBe(1);
  });

  it('heals a subscription that was interrupted', async () => {
    const { log, clock, listeners, whole, counts } = await inStep();
    listeners.get(out)?.interrupted?.();
    await pass(clock, 400);
    expect(counts.requests).toBe(1);
    whole(5, 'same place');
    expect(log).toEqual(['(waiting', 'resend', 'snapshot 5 same place', 'in step)']);
  });

  it('asks with growing waits while nobody is home, and says so', async () => {
    const { log, clock, counts } = await stage(0);
    await pass(clock, 20_000, 100);
    expect(counts.requests).toBeGreaterThan(4);
    expect(counts.requests).toBeLessThan(10);
    expect(log.filter((entry) => entry === 'nobody home')).toHaveLength(counts.requests);
  });

  it('keeps a bounded number of bytes for a snapshot that does not come, and heals', async () => {
    const { log, data, whole, reader } = await inStep();
    const big = 'x'.repeat(MAX_BUFFERED_BYTES / 4);
    for (let sequence = 7; sequence < 40; sequence++) data(sequence, big);
    whole(6, 'S6');
    expect(log).toEqual(['(waiting', 'snapshot 6 S6']);
    expect(reader.waiting).toBe(true);
    whole(39, 'S39');
    expect(log.at(-1)).toBe('in step)');
  });

  it('hears nothing once disposed, and leaves its channels', async () => {
    const { reader, data, log, listeners, clock } = await stage();
    const before = [...log];
    reader.dispose();
    data(1);
    await settle();
    expect(listeners.size).toBe(0);
    expect(log).toEqual(before);
    expect(clock.pending).toBe(0);
  });
});
