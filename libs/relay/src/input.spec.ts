import { describe, expect, it } from 'vitest';
import { edgeId, FakeClock, generation, participantId, sessionId } from '#kernel';
import {
  decodeEnvelope,
  QUEUE_MS,
  InputReceiver,
  InputSender,
  MAX_QUEUED_BYTES,
  MAX_INPUT_BYTES,
  type Ack,
  type InputItem,
  type LostInput,
} from '#relay';
import { pass, settle } from './faulty-bus.fixture.js';

const ANN = participantId('ann');
const BOB = participantId('bob');
const encode = (value: string): Uint8Array => new TextEncoder().encode(value);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const ack = (who: typeof ANN, sequence: number, refused = false): Ack => ({ participantId: who, sequence, refused });

function stage(receivers: number | Error = 1) {
  const clock = new FakeClock();
  const sent: string[] = [];
  const lost: LostInput[] = [];
  const state = { receivers, away: 0, room: 0, messages: 0 };
  const sender = new InputSender({
    clock,
    sessionId: sessionId('s'),
    edgeId: edgeId('e'),
    generation: generation(1),
    bus: {
      publish: async (_, bytes) => {
        const envelope = decodeEnvelope(bytes);
        state.messages++;
        if (envelope.kind === 'input') {
          sent.push(
            ...envelope.items.map(({ base, sequence, bytes }) => `${base}/${sequence} ${decode(bytes).slice(0, 9)}`),
          );
        }
        if (state.receivers instanceof Error) throw state.receivers;
        return state.receivers;
      },
      subscribe: async () => ({ dispose: () => {} }),
    },
    onLost: (input) => void lost.push(input),
    onHomeAway: () => void state.away++,
    onRoom: () => void state.room++,
  });
  const type = (...words: readonly string[]): boolean[] => words.map((word) => sender.send(ANN, encode(word)));
  return { clock, sender, sent, lost, state, type };
}

describe('InputSender', () => {
  it('gives what nobody got to whoever becomes the home here, and reports what somebody may have got', async () => {
    const { type, sender, state, lost, sent, clock } = stage(0);
    type('a', 'b');
    sender.send(BOB, encode('x'));
    await settle();
    expect(sender.release().map(({ participantId: who, bytes }) => `${who} ${decode(bytes)}`)).toEqual([
      'ann a',
      'ann b',
      'bob x',
    ]);
    expect(lost).toEqual([]);
    const before = sent.length;
    await pass(clock, 2 * QUEUE_MS);
    expect([type('c'), sent.length, state.receivers]).toEqual([[false], before, 0]);
    const other = stage(1);
    other.type('a', 'b');
    await settle();
    expect(other.sender.release()).toEqual([]);
    expect(other.lost).toEqual([{ participantId: ANN, count: 2, bytes: 2, reason: 'moved' }]);
  });

  it('believes a home that refuses what is just being sent to it again', async () => {
    const { type, sender, state, lost, sent } = stage(1);
    type('a');
    await settle();
    // The home has left: nobody gets it this time, and the word that it was not taken comes before that is known.
    state.receivers = 0;
    sender.resend();
    sender.acked([ack(ANN, 0, true)], generation(1));
    await settle();
    state.receivers = 1;
    sender.homeAt(generation(2));
    await settle();
    expect(lost).toEqual([]);
    expect(sent).toEqual(['1/1 a', '1/1 a', '1/1 a']);
  });

  it('reports at the next home what the former one took and its host did not show to have', async () => {
    const { type, sender, lost } = stage();
    // A home of the release before says nothing of its host: it is believed.
    type('a');
    await settle();
    sender.acked([ack(ANN, 1)], generation(1));
    sender.homeAt(generation(2));
    expect(lost).toEqual([]);
    sender.acked([{ ...ack(ANN, 1), arrived: true }], generation(2));
    type('b', 'c');
    await settle();
    sender.acked([ack(ANN, 3)], generation(2));
    sender.homeAt(generation(3));
    expect(lost.splice(0)).toEqual([{ participantId: ANN, count: 2, bytes: 0, reason: 'moved' }]);
    // Once is enough.
    sender.homeAt(generation(4));
    expect(sender.release()).toEqual([]);
    expect(lost).toEqual([]);
  });

  it('reports what the first acknowledgement of a home was about, when its host had nothing yet', async () => {
    const { type, sender, lost } = stage();
    type('a', 'b');
    await settle();
    const receiver = new InputReceiver(
      () => true,
      () => undefined,
      () => false,
    );
    const items = [1, 2].map((sequence) => ({ participantId: ANN, base: 1, sequence, bytes: encode('k') }));
    receiver.receive({ kind: 'input', generation: generation(1), edgeId: edgeId('e'), items });
    sender.acked(receiver.takeAcks(), generation(1));
    sender.homeAt(generation(2));
    expect(lost).toEqual([{ participantId: ANN, count: 2, bytes: 0, reason: 'moved' }]);
  });

  it('reports nothing that the host has, or that the home has reported to its typist', async () => {
    const { type, sender, lost } = stage();
    type('a', 'b');
    await settle();
    sender.acked([ack(ANN, 1), { ...ack(ANN, 1), arrived: true }], generation(1));
    sender.acked([ack(ANN, 2), { ...ack(ANN, 2), arrived: true }], generation(1));
    sender.homeAt(generation(2));
    sender.acked([{ ...ack(ANN, 2), arrived: true }], generation(2));
    type('c');
    await settle();
    sender.acked([ack(ANN, 3)], generation(2));
    sender.told(ANN);
    expect(sender.release()).toEqual([]);
    expect(lost).toEqual([]);
  });

  it('sends at once, together with what is typed in the same go, and joins what is typed meanwhile', async () => {
    const { type, sent, state } = stage();
    type('a', 'b');
    await Promise.resolve();
    type('c');
    type('d');
    await settle();
    expect(sent).toEqual(['1/1 a', '1/2 b', '1/3 c', '1/4 d']);
    expect(state.messages).toBe(2);
  });

  it('sends again what is not acknowledged, from the first missing piece on', async () => {
    const { type, sender, sent, clock } = stage();
    type('a', 'b');
    await settle();
    sender.acked([ack(ANN, 1)], generation(1));
    sent.length = 0;
    await pass(clock, 600);
    expect(sent).toEqual(['2/2 b']);
    sender.acked([ack(ANN, 2)], generation(1));
    await pass(clock, 60_000, 500);
    expect(sent).toHaveLength(1);
    expect([sender.queuedBytes, clock.pending]).toEqual([0, 0]);
  });

  it('holds while nobody is home, says so, and sends when somebody is', async () => {
    const { type, sent, state, clock, lost } = stage(0);
    type('a');
    await pass(clock, 1_000);
    expect(state.away).toBeGreaterThan(2);
    state.receivers = 1;
    sent.length = 0;
    await pass(clock, 1_100);
    expect(sent[0]).toBe('1/1 a');
    expect(lost).toEqual([]);
  });

  it('gives up what nobody took in time, and continues with a new base', async () => {
    const { type, lost, state, clock, sent } = stage(0);
    type('a', 'bc');
    await pass(clock, QUEUE_MS - 1_000, 100);
    expect(lost).toEqual([]);
    type('late');
    await pass(clock, 2_000, 100);
    expect(lost).toEqual([{ participantId: ANN, count: 3, bytes: 7, reason: 'expired' }]);
    state.receivers = 1;
    sent.length = 0;
    type('next');
    await pass(clock, 1_100);
    expect(sent[0]).toBe('4/4 next');
  });

  it('sends to a new home what no home has got, and gives up what the old one may have', async () => {
    const { type, sender, lost, state, sent } = stage(0);
    type('held');
    await settle();
    state.receivers = 1;
    sender.homeAt(generation(2));
    await settle();
    expect(sent.slice(1)).toEqual(['1/1 held']);
    expect(lost).toEqual([]);
    sender.homeAt(generation(3));
    expect(lost).toEqual([{ participantId: ANN, count: 1, bytes: 4, reason: 'moved' }]);
  });

  it('takes a failure for a doubt, and a refusal for none', async () => {
    const { type, sender, lost, state } = stage(new Error('time is up'));
    type('a');
    await settle();
    sender.homeAt(generation(2));
    expect(lost).toHaveLength(1);
    state.receivers = 1;
    sender.homeAt(generation(3));
    type('b');
    await settle();
    sender.acked([ack(ANN, 1, true)], generation(3));
    state.receivers = 0;
    sender.homeAt(generation(4));
    expect(lost).toHaveLength(1);
    expect(sender.queuedBytes).toBe(1);
  });

  it('ignores the acknowledgements of another generation and of strangers', async () => {
    const { type, sender } = stage();
    type('a');
    await settle();
    sender.acked([ack(ANN, 1)], generation(2));
    sender.acked([ack(BOB, 9)], generation(1));
    expect(sender.queuedBytes).toBe(1);
  });

  it('refuses what is too much, and tells when there is room', async () => {
    const { sender, state } = stage();
    const piece = new Uint8Array(MAX_INPUT_BYTES);
    const taken = Array.from({ length: 40 }, () => sender.send(ANN, piece)).filter(Boolean).length;
    expect(taken).toBe(MAX_QUEUED_BYTES / MAX_INPUT_BYTES);
    expect(sender.send(BOB, encode('x'))).toBe(true);
    await settle();
    sender.acked([ack(ANN, 2)], generation(1));
    expect(state.room).toBe(1);
    expect(sender.send(ANN, piece)).toBe(true);
    expect(() => sender.send(ANN, new Uint8Array(MAX_INPUT_BYTES + 1))).toThrow(/too large/);
  });

  it('keeps only so much under way, and lets a key pass a paste', async () => {
    const { sender, sent } = stage();
    const piece = new Uint8Array(MAX_INPUT_BYTES).fill(120);
    for (let i = 0; i < 20; i++) sender.send(ANN, piece);
    sender.send(BOB, encode('key'));
    await settle();
    expect(sent.filter((each) => each.endsWith('xxx'))).toHaveLength(3);
    expect(sent.slice(0, 3).map((each) => each.split(' ')[1])).toContain('key');
    sender.acked([ack(ANN, 1)], generation(1));
    await settle();
    expect(sent.filter((each) => each.endsWith('xxx'))).toHaveLength(4);
  });

  it('sends what a participant typed last, and then forgets the participant', async () => {
    const { type, sender, sent } = stage();
    type('bye');
    sender.remove(ANN);
    await settle();
    sender.acked([ack(ANN, 1)], generation(1));
    type('again');
    await settle();
    expect(sent).toEqual(['1/1 bye', '2/2 again']);
  });

  it('uses no number twice for a participant who comes back while their last input is on its way', async () => {
    const { type, sender, sent } = stage();
    type('bye');
    sender.remove(ANN);
    type('back');
    await settle();
    sender.acked([ack(ANN, 2)], generation(1));
    type('again');
    await settle();
    sender.acked([ack(ANN, 3)], generation(1));
    sender.remove(ANN);
    type('once more');
    await settle();
    expect(sent).toEqual(['1/1 bye', '1/2 back', '3/3 again', '4/4 once more']);
  });

  it('does nothing once disposed', async () => {
    const { type, sender, sent, clock } = stage(0);
    type('a');
    await settle();
    sender.dispose();
    expect(type('b')).toEqual([false]);
    await pass(clock, 60_000, 1_000);
    expect(sent).toEqual(['1/1 a']);
    expect(clock.pending).toBe(0);
  });
});

describe('InputReceiver', () => {
  const home = () => {
    const state = { takes: true, due: 0 };
    const typed: string[] = [];
    const receiver = new InputReceiver(
      ({ participantId, bytes }) => {
        if (state.takes) typed.push(`${participantId} ${decode(bytes)}`);
        return state.takes;
      },
      () => void state.due++,
    );
    const receive = (...items: readonly [typeof ANN, number, number][]): void => {
      const list = items.map(([participantId, base, sequence]): InputItem => ({
        participantId,
        base,
        sequence,
        bytes: encode(String(sequence)),
      }));
      receiver.receive({ kind: 'input', generation: generation(1), edgeId: edgeId('e'), items: list });
    };
    return { state, typed, receiver, receive };
  };

  it('passes each piece on once and in order, and acknowledges the last', () => {
    const { receive, receiver, typed, state } = home();
    receive([ANN, 1, 1], [BOB, 1, 1], [ANN, 1, 2], [ANN, 1, 2]);
    expect(typed).toEqual(['ann 1', 'bob 1', 'ann 2']);
    expect(state.due).toBe(1);
    expect(receiver.takeAcks()).toEqual([ack(ANN, 2), ack(BOB, 1)]);
    expect(receiver.takeAcks()).toEqual([]);
  });

  it('acknowledges again what it has seen: the first word may have been lost', () => {
    const { receive, receiver, typed } = home();
    receive([ANN, 1, 1]);
    receiver.takeAcks();
    receive([ANN, 1, 1]);
    expect(receiver.takeAcks()).toEqual([ack(ANN, 1)]);
    expect(typed).toEqual(['ann 1']);
  });

  it('waits for a missing piece, unless its sender has given it up', () => {
    const { receive, typed } = home();
    receive([ANN, 1, 2], [ANN, 1, 3]);
    expect(typed).toEqual([]);
    receive([ANN, 3, 3], [ANN, 3, 4]);
    expect(typed).toEqual(['ann 3', 'ann 4']);
  });

  it('says what it did not take', () => {
    const { receive, receiver, typed, state } = home();
    receive([ANN, 1, 1]);
    receiver.takeAcks();
    state.takes = false;
    receive([ANN, 1, 2], [ANN, 1, 3]);
    expect(receiver.takeAcks()).toEqual([ack(ANN, 1, true)]);
    state.takes = true;
    receive([ANN, 1, 2], [ANN, 1, 3]);
    expect(typed).toEqual(['ann 1', 'ann 2', 'ann 3']);
  });

  it('remembers a bounded number of participants, and acknowledges a bounded number at once', () => {
    const { receive, receiver, typed } = home();
    const many = Array.from({ length: 5_000 }, (_, i) => participantId(`p${i}`));
    for (const who of many) receive([who, 1, 1]);
    expect(receiver.takeAcks()).toHaveLength(256);
    receive([participantId('p4999'), 1, 1], [participantId('p0'), 1, 1]);
    expect(typed).toHaveLength(5_001);
  });

  it('says what the host has, with the rest and afterwards, never more than a list takes', () => {
    const typed: string[] = [];
    const underWay = new Set([ANN]);
    const receiver = new InputReceiver(
      ({ participantId: who }) => typed.push(who) > 0,
      () => undefined,
      (who) => !underWay.has(who),
    );
    const receive = (...from: readonly (typeof ANN)[]): void => {
      const items = from.map((who) => ({ participantId: who, base: 1, sequence: 1, bytes: encode('k') }));
      receiver.receive({ kind: 'input', generation: generation(1), edgeId: edgeId('e'), items });
    };
    receive(ANN, BOB);
    const arrived = (who: typeof ANN, sequence = 1): Ack => ({ ...ack(who, sequence), arrived: true });
    // Also that the host has nothing yet: a sender that hears nothing takes this for a home that never says it.
    expect(receiver.takeAcks()).toEqual([ack(ANN, 1), arrived(ANN, 0), ack(BOB, 1), arrived(BOB)]);
    underWay.clear();
    receiver.arrived(ANN);
    // This one had no effect.
    receiver.arrived(participantId('eve'));
    expect(receiver.takeAcks()).toEqual([ack(ANN, 1), arrived(ANN)]);
    expect(receiver.takeAcks()).toEqual([]);
    receive(...Array.from({ length: 300 }, (_, i) => participantId(`p${i}`)));
    expect(receiver.takeAcks()).toHaveLength(256);
  });

  it('forgets who left', () => {
    const { receive, receiver, typed } = home();
    receive([ANN, 1, 1]);
    receiver.forget(ANN);
    expect(receiver.takeAcks()).toEqual([]);
    receive([ANN, 1, 1]);
    expect(typed).toHaveLength(2);
  });
});
