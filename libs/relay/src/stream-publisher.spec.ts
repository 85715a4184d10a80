import { describe, expect, it } from 'vitest';
import { FakeClock, generation, Ledger, sessionId } from '#kernel';
import { channels, decodeEnvelope, MAX_PENDING_BYTES, StreamPublisher, type Ack, type Envelope } from '#relay';
import { STREAM_BURST_BYTES, STREAM_BYTES_PER_S } from './stream-allowance.js';
import { pass, settle } from './faulty-bus.fixture.js';

const ID = sessionId('s');
const { out, snapshot, in: incoming } = channels(ID);
const encode = (value: string): Uint8Array => new TextEncoder().encode(value);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A bus whose every publication is answered by hand. */
function stage(options: { acks?: Ack[]; generation?: number; most?: number } = {}) {
  const clock = new FakeClock();
  const ledger = new Ledger(options.most);
  const sent: { channel: string; envelope: Envelope; answer: (receivers: number | Error) => void }[] = [];
  const interest: boolean[] = [];
  const state = { text: 'state', snapshots: 0 };
  const publisher = new StreamPublisher({
    clock,
    sessionId: ID,
    generation: generation(options.generation ?? 1),
    bus: {
      publish: async (channel, bytes) =>
        new Promise((resolve, reject) => {
          const answer = (result: number | Error): void =>
            typeof result === 'number' ? resolve(result) : reject(result);
          sent.push({ channel, envelope: decodeEnvelope(bytes), answer });
        }),
      subscribe: async () => ({ dispose: () => {} }),
    },
    snapshot: () => {
      state.snapshots++;
      return encode(state.text);
    },
    held: ledger.hold('snapshots'),
    takeAcks: () => options.acks?.splice(0) ?? [],
    onInterest: (interested) => void interest.push(interested),
  });
  /** Returns the message under way and waits for the next. */
  const answer = async (receivers: number | Error = 1): Promise<void> => {
    sent.at(-1)?.answer(receivers);
    await settle();
  };
  const last = () => sent.at(-1);
  return { clock, ledger, sent, interest, state, publisher, answer, last };
}

/** A stage with one replica in step, at the snapshot's position 0. */
async function watched(options: Parameters<typeof stage>[0] = {}) {
  const all = stage(options);
  all.publisher.requestSnapshot();
  await all.answer();
  return all;
}

const textOf = (envelope: Envelope | undefined): string =>
  envelope !== undefined && 'payload' in envelope ? decode(envelope.payload) : `(${envelope?.kind})`;

describe('what waits in a StreamPublisher', () => {
  it('is counted until it is sent', async () => {
    const { publisher, ledger, answer } = await watched();
    publisher.publish(encode('under way'));
    publisher.publish(encode('waits'));
    expect(ledger.held('snapshots')).toBe(5);
    publisher.requestSnapshot();
    await answer();
    expect(ledger.held('snapshots')).toBeGreaterThan(0);
    for (let n = 0; n < 4; n++) await answer();
    expect(ledger.held('snapshots')).toBe(0);
    publisher.publish(encode('under way'));
    publisher.publish(encode('waits'));
    publisher.dispose();
    expect(ledger.held('snapshots')).toBe(0);
  });

  it('is a hole in the stream where there is no room for it, and a snapshot once there is', async () => {
    const { publisher, ledger, state, answer, last, clock } = await watched({ most: 100 });
    publisher.publish(encode('under way'));
    publisher.publish(encode('x'.repeat(101)));
    state.text = 'y'.repeat(90);
    const others = ledger.hold('screens');
    others.set(50);
    await answer();
    clock.advance(50);
    const { snapshots } = state;
    // There is still no room, and no snapshot is tried over and over.
    expect([textOf(last()?.envelope), snapshots]).toEqual(['under way', 2]);
    others.release();
    clock.advance(999);
    await answer();
    expect(state.snapshots).toBe(snapshots);
    clock.advance(1);
    expect(textOf(last()?.envelope)).toBe(state.text);
    await answer();
    expect(ledger.total).toBe(0);
  });

  it('is a snapshot that a replica asked for, later, where there is no room for it', async () => {
    const { publisher, ledger, state, sent, clock } = stage({ most: 10 });
    const others = ledger.hold('screens');
    others.set(8);
    publisher.requestSnapshot();
    expect([sent.length, state.snapshots]).toEqual([0, 1]);
    others.release();
    clock.advance(1_000);
    expect(textOf(sent[0]?.envelope)).toBe('state');
  });
});

describe('StreamPublisher', () => {
  it('sends and makes nothing while nobody listens', async () => {
    const { publisher, sent, state, clock } = stage();
    publisher.publish(encode('x'));
    await pass(clock, 60_000, 1_000);
    expect(sent).toEqual([]);
    expect(state.snapshots).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('answers a request with the state, on the channel of those who wait', async () => {
    const { publisher, sent, interest } = stage();
    publisher.requestSnapshot();
    expect(interest).toEqual([true]);
    expect(sent[0]).toMatchObject({
      channel: snapshot,
      envelope: { kind: 'snapshot', sequence: 0, part: 0, parts: 1 },
    });
    expect(textOf(sent[0]?.envelope)).toBe('state');
  });

  it('sends at once when quiet, and joins what comes while a message is being sent', async () => {
    const { publisher, sent, answer } = await watched();
    publisher.publish(encode('a'));
    publisher.publish(encode('b'));
    publisher.publish(encode('c'));
    await answer();
    expect(sent.slice(1).map(({ envelope }) => textOf(envelope))).toEqual(['a', 'bc']);
    expect(sent.slice(1).map(({ envelope }) => (envelope.kind === 'data' ? envelope.sequence : 0))).toEqual([1, 2]);
  });

  it('puts a snapshot behind the batch that is in it', async () => {
    const { publisher, sent, answer, clock } = await watched();
    await pass(clock, 60);
    publisher.publish(encode('a'));
    publisher.publish(encode('b'));
    publisher.requestSnapshot();
    await answer();
    await answer();
    expect(sent.slice(1).map(({ channel, envelope }) => [channel, textOf(envelope)])).toEqual([
      [out, 'a'],
      [out, 'b'],
      [snapshot, 'state'],
    ]);
    expect(sent[3]?.envelope).toMatchObject({ sequence: 2 });
  });

  it('answers many requests within a moment with one snapshot more', async () => {
    const { publisher, state, answer, clock } = await watched();
    for (let i = 0; i < 10; i++) publisher.requestSnapshot();
    await pass(clock, 200);
    await answer();
    await pass(clock, 200);
    expect(state.snapshots).toBe(2);
  });

  it('lets batches through between the parts of a large snapshot', async () => {
    const { publisher, sent, answer, state, clock } = stage();
    state.text = 'x'.repeat(700_000);
    publisher.requestSnapshot();
    for (let i = 0; i < 12; i++) {
      publisher.publish(encode(`${i}`));
      await answer();
      await pass(clock, 1);
    }
    const kinds = sent.map(({ envelope }) => envelope.kind);
    expect(kinds.slice(0, 6)).toEqual(['snapshot', 'data', 'snapshot', 'data', 'snapshot', 'data']);
    expect(kinds.filter((kind) => kind === 'snapshot')).toHaveLength(6);
  });

  it('skips when it is behind, keeps no backlog, and repaints when the line is free', async () => {
    const { publisher, sent, answer, state, clock } = await watched();
    await pass(clock, 60);
    publisher.publish(encode('first'));
    for (let i = 0; i < 1_000; i++) publisher.publish(new Uint8Array(MAX_PENDING_BYTES / 4));
    state.text = 'after the flood';
    expect(sent).toHaveLength(2);
    await answer();
    expect(sent).toHaveLength(3);
    // Number 2 is the hole: whoever misses the snapshot sees it.
    expect(sent[2]).toMatchObject({ channel: out, envelope: { kind: 'snapshot', sequence: 2 } });
    expect(textOf(sent[2]?.envelope)).toBe('after the flood');
    publisher.publish(encode('on'));
    await answer();
    expect(sent[3]).toMatchObject({ envelope: { kind: 'data', sequence: 3 } });
  });

  it('brings a snapshot to its end in a flood that never stops', async () => {
    const { publisher, sent, answer, state, clock } = await watched();
    await pass(clock, 60);
    state.text = 'x'.repeat(400_000);
    let parts = 0;
    for (let i = 0; i < 60; i++) {
      for (let j = 0; j < 5; j++) publisher.publish(new Uint8Array(MAX_PENDING_BYTES / 2));
      await answer();
      await pass(clock, 20);
      const { envelope } = sent.at(-1) ?? {};
      if (envelope?.kind === 'snapshot' && envelope.part === envelope.parts - 1) parts++;
    }
    expect(parts).toBeGreaterThan(5);
  });

  it('sends no more of a flood than its allowance, however fast the line is, and ends with the newest state', async () => {
    const { publisher, clock, sent, state, answer, last } = await watched();
    const flow = async (): Promise<void> => {
      for (let seen = -1; seen !== sent.length;) {
        seen = sent.length;
        await answer();
      }
    };
    const before = sent.length;
    state.text = 's'.repeat(500_000);
    const chunk = new Uint8Array(64 * 1024);
    const seconds = 5;
    for (let ms = 0; ms < seconds * 1000; ms += 5) {
      publisher.publish(chunk);
      await flow();
      clock.advance(5);
    }
    const size = ({ envelope }: (typeof sent)[number]): number => ('payload' in envelope ? envelope.payload.length : 0);
    const bytes = sent.slice(before).reduce((sum, message) => sum + size(message), 0);
    expect(bytes).toBeGreaterThan(seconds * STREAM_BYTES_PER_S * 0.7);
    expect(bytes).toBeLessThan(STREAM_BURST_BYTES + seconds * STREAM_BYTES_PER_S + 1_000_000);
    state.text = 'the end';
    publisher.publish(chunk);
    for (let ms = 0; ms < 1000; ms += 5) {
      clock.advance(5);
      await flow();
    }
    const newest = sent.findLast(({ envelope }) => envelope.kind === 'snapshot');
    expect(textOf(newest?.envelope)).toBe('the end');
    publisher.publish(encode('x'));
    expect(textOf(last()?.envelope)).toBe('x');
  });

  it('stops when a message reached nobody, with a hole for whoever did hear', async () => {
    const { publisher, sent, answer, interest } = await watched();
    publisher.publish(encode('a'));
    publisher.publish(encode('dropped'));
    await answer(0);
    expect(interest).toEqual([true, false]);
    publisher.publish(encode('unheard'));
    expect(sent).toHaveLength(2);
    expect(publisher.sequence).toBe(2);
  });

  it('continues when somebody asked while the message that reached nobody was being sent', async () => {
    const { publisher, answer, interest, clock, last } = await watched();
    await pass(clock, 60);
    publisher.publish(encode('a'));
    publisher.requestSnapshot();
    await answer(0);
    expect(interest).toEqual([true]);
    expect(last()).toMatchObject({ channel: snapshot });
  });

  it('tells its position when a snapshot reached nobody', async () => {
    const { publisher, answer, last } = stage();
    publisher.requestSnapshot();
    await answer(0);
    expect(last()).toMatchObject({ channel: out, envelope: { kind: 'position', sequence: 0 } });
  });

  it('after a failure waits longer each time, says where it is, then repaints', async () => {
    const { publisher, sent, answer, clock } = await watched();
    await pass(clock, 60);
    publisher.publish(encode('a'));
    for (const waitMs of [250, 500, 1_000]) {
      await answer(new Error('away'));
      const before = sent.length;
      await pass(clock, waitMs - 10);
      expect(sent).toHaveLength(before);
      await pass(clock, 20);
      expect(sent).toHaveLength(before + 1);
      expect(sent.at(-1)).toMatchObject({ channel: incoming, envelope: { kind: 'position', resend: true } });
    }
    await answer();
    expect(sent.at(-1)).toMatchObject({ channel: out, envelope: { kind: 'position', resend: true } });
    await answer();
    expect(sent.at(-1)).toMatchObject({ channel: out, envelope: { kind: 'snapshot' } });
  });

  it('as a new home asks first whether anybody listens', async () => {
    const { publisher, sent, answer, state } = stage({ generation: 2 });
    publisher.takeOver();
    await answer();
    await answer(0);
    expect(sent.map(({ channel }) => channel)).toEqual([incoming, out]);
    expect(state.snapshots).toBe(0);
    expect(publisher.interested).toBe(false);
  });

  it('sends acknowledgements with a batch, or separately after a moment', async () => {
    const ack = { participantId: 'a', sequence: 1, refused: false } as Ack;
    const acks = [ack];
    const { publisher, sent, answer, clock } = await watched({ acks });
    publisher.acksDue();
    publisher.publish(encode('echo'));
    await answer();
    expect(sent.at(-1)?.envelope).toMatchObject({ kind: 'data', acks: [ack] });
    acks.push(ack);
    publisher.acksDue();
    await pass(clock, 40);
    expect(sent).toHaveLength(2);
    await pass(clock, 20);
    expect(sent.at(-1)?.envelope).toMatchObject({ kind: 'acks', acks: [ack] });
  });

  it('tells its position a few times after the last batch, and then is silent', async () => {
    const { publisher, sent, answer, clock } = await watched();
    publisher.publish(encode('a'));
    await answer();
    const before = sent.length;
    for (let i = 0; i < 60; i++) {
      await pass(clock, 1_000, 100);
      await answer();
    }
    expect(sent.slice(before).map(({ envelope }) => envelope.kind)).toEqual(['position', 'position', 'position']);
    expect(clock.pending).toBe(0);
  });

  it('is silent once disposed', async () => {
    const { publisher, sent, answer, clock } = await watched();
    publisher.publish(encode('a'));
    publisher.publish(encode('b'));
    publisher.dispose();
    publisher.publish(encode('c'));
    await answer();
    await pass(clock, 60_000, 1_000);
    expect(sent).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });
});
