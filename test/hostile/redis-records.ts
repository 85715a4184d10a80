import { encode } from '@msgpack/msgpack';
import { edgeId, generation, participantId, type EdgeId, type ParticipantId } from '#kernel';
import { channels, encodeEnvelope, type Envelope } from '#relay';
import type { Dice } from '#testing';
import { attack, bytesOf, textOf } from './attack.js';
import { damaged, noise, oddNumber, oddText, several } from './odd.js';
import { u32, u8 } from './ssh-bytes.js';
import { pause, Wire } from './wire.js';

/** One command. `{prey}` and `{innocent}` stand for the ids of those sessions, which are others each time. */
type Step = { readonly do: 'command'; readonly words: readonly string[] } | { readonly do: 'wait' };

const FIELDS = [
  'generation',
  'edge',
  'homeSince',
  'connected',
  'confirmed',
  'disconnectedAt',
  'closedAt',
  'closeReason',
  'expires',
  'writer',
  'reader',
  'about',
  'policy',
  'labels',
  'of-a-later-release',
];
const STRANGER = '11111111-1111-4111-8111-111111111111';
const JSONS = [
  '{}',
  '[]',
  'null',
  '{',
  '"x"',
  '{"region":1}',
  '{"addresses":null,"region":"x","createdAt":"y"}',
  '[['.repeat(5000),
];

const value = (dice: Dice): string =>
  dice.weighted<() => string>([
    [4, () => dice.pick(JSONS)],
    [3, () => `${oddNumber(dice)}`],
    [2, () => `-${oddNumber(dice)}.5`],
    [3, () => oddText(dice, 300_000)],
    [1, () => dice.pick(['', 'NaN', '1e999', `w:${STRANGER}`, `r:${STRANGER}`, 'w:', 'x'])],
  ])();

/** An id of a session that may be harmed, or of none. */
const session = (dice: Dice): string => dice.pick(['{prey}', '{prey}', STRANGER, oddText(dice, 100)]);

/** Keys that hold what concerns nobody's session but the prey's, and what a wrong type of each would be. */
const ownKey = (dice: Dice): string =>
  dice.pick<() => string>([
    () => `shipmate:session:${session(dice)}`,
    () => `shipmate:token:${noise(dice, 8)}`,
    () => `shipmate:name:${dice.pick(['ada/site', 'x', oddText(dice, 50)])}`,
    () => `shipmate:limit:wrong-tokens-per-address:${dice.pick(['192.0.2.7', oddText(dice, 50)])}`,
    () => `shipmate:{held}:of:${dice.pick(['gone', oddText(dice, 50)])}`,
    () => `shipmate:{webhooks}:lane:hook:x:${session(dice)}`,
    () => 'shipmate:reaper:report',
  ])();

/** What stands in tables that all share: entries of no edge and no session that there is. */
const sharedEntry = (dice: Dice): readonly string[] =>
  dice.pick<() => readonly string[]>([
    () => ['ZADD', 'shipmate:{edges}:leases', `${Date.UTC(2100, 0) - oddNumber(dice)}`, `ghost-${dice.roll(50)}`],
    () => ['HSET', 'shipmate:{edges}:records', `ghost-${dice.roll(50)}`, value(dice)],
    () => ['ZADD', 'shipmate:sessions', '0', session(dice)],
    () => ['ZADD', 'shipmate:names', '0', oddText(dice, 200)],
    () => ['XADD', 'shipmate:events', 'MAXLEN', '~', '1000', '*', dice.pick(['e', 'x']), value(dice)],
    () => ['XADD', 'shipmate:refusals', 'MAXLEN', '~', '1000', '*', 'e', value(dice)],
    () => ['HSET', 'shipmate:{accounts}:users', oddText(dice, 50), value(dice)],
    () => ['HSET', 'shipmate:{accounts}:hashes', noise(dice, 16), value(dice)],
    () => ['HSET', 'shipmate:{webhooks}:state', oddText(dice, 50), value(dice)],
    () => ['XADD', 'shipmate:{webhooks}:dead', 'MAXLEN', '~', '1000', '*', 'd', value(dice)],
    () => ['ZADD', 'shipmate:{held}:leases', `${oddNumber(dice)}`, `ghost-${dice.roll(50)}`],
  ])();

/** Of another type than what it should be. */
const overwritten = (dice: Dice): readonly string[] => {
  const key = ownKey(dice);
  return dice.pick<() => readonly string[]>([
    () => ['SET', key, value(dice)],
    () => ['HSET', key, dice.pick(FIELDS), value(dice)],
    () => ['HDEL', key, dice.pick(FIELDS)],
    () => ['DEL', key],
    () => ['LPUSH', key, value(dice)],
  ])();
};

const person = (dice: Dice): ParticipantId =>
  participantId(dice.oneIn(2) ? STRANGER : oddText(dice, 60).slice(0, 60) || 'x');
const edge = (dice: Dice): EdgeId => edgeId(dice.oneIn(2) ? 'ghost' : oddText(dice, 60).slice(0, 60) || 'x');

/** A message of the relay, right by its form; what it carries need not be. */
function envelope(dice: Dice): Envelope {
  const of = generation(dice.oneIn(2) ? 1 : oddNumber(dice));
  const sequence = 1 + (dice.oneIn(2) ? dice.roll(50) : oddNumber(dice));
  const payload = bytesOf(
    dice.pick([noise(dice, dice.roll(300)), oddText(dice, 100_000), textOf(encode([2, 0, 'x']))]),
  );
  const acks = dice.oneIn(2)
    ? []
    : several(dice, 5, () => ({ participantId: person(dice), sequence: dice.roll(99), refused: dice.oneIn(2) }));
  return dice.pick<() => Envelope>([
    () => ({ kind: 'data', generation: of, sequence, acks, payload }),
    () => ({
      kind: 'snapshot',
      generation: of,
      sequence,
      id: dice.roll(9),
      part: dice.roll(3),
      parts: 1 + dice.roll(4),
      payload,
    }),
    () => ({ kind: 'position', generation: of, sequence, resend: dice.oneIn(2) }),
    () => ({ kind: 'acks', generation: of, acks }),
    () => ({ kind: 'request', generation: of }),
    () => ({
      kind: 'input',
      generation: of,
      edgeId: edge(dice),
      items: several(dice, 5, () => ({ participantId: person(dice), base: 1, sequence, bytes: payload })),
    }),
  ])();
}

/** What is no envelope of this version: to the innocent session's channels it may go, for all must pass it over. */
const noEnvelope = (dice: Dice): string =>
  dice.weighted<() => string>([
    [3, () => u8(dice.pick([0, 2, 255])) + noise(dice, dice.roll(300))],
    [3, () => u8(1) + u8(1 + dice.roll(6)) + u32(1)],
    [2, () => u8(1) + u8(7 + dice.roll(200)) + noise(dice, dice.roll(500))],
    [1, () => ''],
    [1, () => u8(2) + 'x'.repeat(dice.roll(2_000_000))],
  ])();

const CHANNELS = ['out', 'in', 'snapshot'] as const;
const channelOf = (dice: Dice, id: string): string => channels(id as never)[dice.pick(CHANNELS)];

function message(dice: Dice): readonly string[] {
  return dice.weighted<() => readonly string[]>([
    [4, () => ['SPUBLISH', channelOf(dice, '{innocent}'), noEnvelope(dice)]],
    [4, () => ['SPUBLISH', channelOf(dice, '{prey}'), textOf(encodeEnvelope(envelope(dice)))]],
    [2, () => ['SPUBLISH', channelOf(dice, '{prey}'), damaged(dice, textOf(encodeEnvelope(envelope(dice))))]],
    [2, () => ['SPUBLISH', `shipmate:control:{${dice.pick(['{edge}', 'webhooks', 'ghost'])}}`, control(dice)]],
    [1, () => ['SPUBLISH', `shipmate:pulse:{${dice.pick(['{edge}', 'ghost'])}}`, noise(dice, dice.roll(9))]],
  ])();
}

const CONTROLS = ['people', 'close', 'kick', 'make-reader', 'message', 'names', 'waiting', 'decide', 'x'];
function control(dice: Dice): string {
  const request = {
    id: oddText(dice, 30),
    from: 'ghost',
    request: {
      kind: dice.pick(CONTROLS),
      session: session(dice),
      participant: STRANGER,
      text: oddText(dice, 3000),
      admit: true,
    },
  };
  return dice.oneIn(3) ? value(dice) : JSON.stringify(request);
}

/** A command as Redis reads it (RESP), with its words as bytes. */
const encoded = (words: readonly string[]): Buffer =>
  bytesOf(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);

/** Broken, foreign and huge records and messages in the Redis of a fleet. */
export const redisRecords = attack<object, Step>({
  name: 'redis-records',
  weight: 5,
  fleet: true,
  make: (dice) => {
    const step = (): Step =>
      dice.weighted<() => Step>([
        [4, () => ({ do: 'command', words: overwritten(dice) })],
        [3, () => ({ do: 'command', words: sharedEntry(dice) })],
        [6, () => ({ do: 'command', words: message(dice) })],
        [1, () => ({ do: 'wait' })],
      ])();
    return { setup: {}, steps: several(dice, 20, step) };
  },
  async play(_setup, steps, scene) {
    const { redis, prey, innocent } = scene.target;
    if (redis === undefined) return;
    // Redis listens at 127.0.0.1 and asks nobody who they are.
    const wire = await Wire.open(scene, redis);
    const edges = await edgeIds(wire);
    for (const step of steps) {
      if (wire === undefined) return;
      if (step.do === 'wait') await pause();
      else {
        const edge = edges[step.words.length % Math.max(1, edges.length)] ?? 'ghost';
        const real = (word: string): string =>
          word.replaceAll('{prey}', prey.id).replaceAll('{innocent}', innocent.id).replaceAll('{edge}', edge);
        wire.send(encoded(step.words.map(real)));
      }
    }
    await wire?.rest();
  },
});

/** The edges that there are, by their leases: ids of processes. */
async function edgeIds(wire: Wire | undefined): Promise<string[]> {
  wire?.send(encoded(['ZRANGE', 'shipmate:{edges}:leases', '0', '-1']));
  await wire?.answer();
  return (wire?.said ?? '').split('\r\n').filter((line) => /^[\w-]{8,}$/.test(line) && !line.startsWith('ghost'));
}
