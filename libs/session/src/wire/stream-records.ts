import { boundedText, MAX_PERSON_NAME_BYTES } from '#access';
import { ByteReader, ByteWriter, damaged, edgeId, participantId, ROLES, TRANSPORTS, type ParticipantId } from '#kernel';
import { MAX_LISTED_PEOPLE, MAX_PEOPLE_EDGES, type SharedPeople } from '../model/people.js';
import { PAUSES, type Pause } from '../pause.js';
import type { AdmissionAnswer, Decision, NotAdmittedReason, SeatEnding } from '../ports.js';

/** How a session ends for good, as its home publishes it. */
export type SessionEnding = Extract<
  SeatEnding,
  'ended' | 'lost' | 'closed' | 'time-over' | 'idle' | 'fault' | 'over-limit' | 'replaced'
>;

/**
 * What a home publishes to its replicas: complete records, one after the other, in the relay's stream.
 *
 * ```
 * 1 host     length varint, then messages of the host, as it sent them
 * 2 failed   participant text, cause text; before a refusal: its reason, a blank, and a sentence
 * 3 waiting  how long the session still waits for its lost host, ms varint
 * 4 ended    ending u8: 0 ended, 1 lost, 2 closed, 3 time over, 4 idle, 5 fault, 6 over a limit, 7 replaced; a build that
 *            does not know a number asks the directory
 * 5 probed   nonce text, alive u8; with the nonce `host`, unasked: whether the host answers; `pause`, a blank and a
 *            word: what keeps people from typing; `seat-lock`, a blank and a number: after how many ms without a key
 *            terminals lock, 0 for never
 * 6 people   edges varint, each: edge text (empty: the home), count varint; listed varint, each: its place among
 *            these edges varint, role u8, transport u8
 * 7 admission  participant text, word u8: what those hear who ask to join
 * 8 reader   participant text: they may look only from now on, also once they have joined
 * 9 decided  nonce text, decision u8: 0 admitted, 1 refused, 2 full, 3 unknown, 4 agreed, 5 again, 6 own
 *
 * The names of the people in the record before are a `failed` of the participant `names`, whom nobody is: the previous release
 * passes that over. Its cause is a JSON list of texts, empty for whoever has no name. In the same way, a `failed` of the participant
 * `locked` lists the places of those, among the people listed last, whose terminals are locked.
 * ```
 * A text is its length in bytes as a varint, and UTF-8.
 */
export type StreamRecord =
  | { readonly kind: 'host'; readonly bytes: Uint8Array }
  /** A command of this participant failed at the host. */
  | { readonly kind: 'failed'; readonly participantId: ParticipantId; readonly cause: string }
  | { readonly kind: 'waiting'; readonly leftMs: number }
  | { readonly kind: 'ended'; readonly ending: SessionEnding }
  /** The answer to the question whether the host is really there. */
  | { readonly kind: 'probed'; readonly nonce: string; readonly alive: boolean }
  /** Who is in the session, on all edges. */
  | { readonly kind: 'people'; readonly people: SharedPeople }
  /** The names of those who were listed last, in their order; empty for whoever has none. */
  | { readonly kind: 'names'; readonly names: readonly string[] }
  /** The places of those who were listed last and whose terminals are locked. */
  | { readonly kind: 'locked'; readonly places: readonly number[] }
  | { readonly kind: 'admission'; readonly participantId: ParticipantId; readonly answer: WireAnswer }
  | { readonly kind: 'reader'; readonly participantId: ParticipantId }
  /** The result of a host's decision on somebody who waits. */
  | { readonly kind: 'decided'; readonly nonce: string; readonly decision: Decision };

/** An answer in its wire form: a role precedes it as `reader`; a reason without its own word is sent as `failed`. */
export type WireAnswer =
  | Exclude<AdmissionAnswer['kind'], 'refused'>
  | Extract<NotAdmittedReason, 'full' | 'refused' | 'unanswered' | 'crowded'>;

/**
 * The nonce of a message to all replicas about whether the host answers. The previous release knows this kind of record, and
 * ignores this one. It is repeated while the host does not answer, for replicas that come later.
 */
export const HOST_ANSWERS = 'host';

const PAUSED = 'pause ';

/** Tells replicas what keeps people from typing; the previous release ignores it. */
export const pauseRecord = (pause: Pause): StreamRecord => ({
  kind: 'probed',
  nonce: `${PAUSED}${pause}`,
  alive: true,
});

/** What a `probed` record says about that, if it does. */
export const pauseIn = (nonce: string): Pause | undefined => PAUSES.find((pause) => nonce === `${PAUSED}${pause}`);

const SEAT_LOCK = 'seat-lock ';

/** Tells replicas after how long without a key terminals lock, in ms; the previous release ignores it. */
export const seatLockRecord = (ms: number | undefined): StreamRecord => ({
  kind: 'probed',
  nonce: `${SEAT_LOCK}${ms ?? 0}`,
  alive: true,
});

/** What a `probed` record says about that, if it does: 0 for never. */
export const seatLockIn = (nonce: string): number | undefined =>
  nonce.startsWith(SEAT_LOCK) && /^\d{1,12}$/.test(nonce.slice(SEAT_LOCK.length))
    ? Number(nonce.slice(SEAT_LOCK.length))
    : undefined;

/** How the host is, in a snapshot. */
export type HostState =
  | { readonly kind: 'live' }
  | { readonly kind: 'waiting'; readonly leftMs: number }
  | { readonly kind: 'ended'; readonly ending: SessionEnding };

/** The whole of what a replica has: how the host is, who is here, and the model as `writeModel` packs it. */
export interface SharedState {
  readonly host: HostState;
  readonly people: SharedPeople;
  readonly model: Uint8Array;
}

const Kind = {
  host: 1,
  failed: 2,
  waiting: 3,
  ended: 4,
  probed: 5,
  people: 6,
  admission: 7,
  reader: 8,
  decided: 9,
} as const;
const ENDINGS: readonly SessionEnding[] = [
  'ended',
  'lost',
  'closed',
  'time-over',
  'idle',
  'fault',
  'over-limit',
  'replaced',
];
const WORDS: readonly WireAnswer[] = [
  'admitted',
  'full',
  'refused',
  'unanswered',
  'crowded',
  'moved',
  'closed',
  'waiting',
];
/** The last three come only from sessions whose rules an earlier release does not understand. */
const DECISIONS: readonly Decision[] = ['admitted', 'refused', 'full', 'unknown', 'agreed', 'again', 'own'];
const STATE_VERSION = 2;
/** The participants of records with names, and with locked terminals. */
const NAMES = participantId('names');
const LOCKED = participantId('locked');
const HOSTS: readonly HostState['kind'][] = ['live', 'waiting', 'ended'];
const MAX_ID_BYTES = 255;
const MAX_CAUSE_BYTES = 64 * 1024;

export function encodeRecord(record: StreamRecord): Uint8Array {
  const writer = new ByteWriter(record.kind === 'host' ? record.bytes.length + 6 : 64);
  writer.u8(record.kind === 'names' || record.kind === 'locked' ? Kind.failed : Kind[record.kind]);
  switch (record.kind) {
    case 'host':
      writer.varint(record.bytes.length).raw(record.bytes);
      break;
    case 'failed':
      writer.text(record.participantId).text(record.cause);
      break;
    case 'waiting':
      writer.varint(Math.ceil(record.leftMs));
      break;
    case 'ended':
      writer.oneOf(ENDINGS, record.ending);
      break;
    case 'probed':
      writer.text(record.nonce).flag(record.alive);
      break;
    case 'names':
      writer.text(NAMES).text(JSON.stringify(record.names));
      break;
    case 'locked':
      writer.text(LOCKED).text(JSON.stringify(record.places));
      break;
    case 'people':
      writePeople(writer, record.people);
      break;
    case 'admission':
      writer.text(record.participantId).oneOf(WORDS, record.answer);
      break;
    case 'reader':
      writer.text(record.participantId);
      break;
    case 'decided':
      writer.text(record.nonce).oneOf(DECISIONS, record.decision);
      break;
  }
  return writer.finish();
}

/** A home's answer to somebody at another edge who asks to join, in the words that the previous release knows. */
export function admissionRecords(id: ParticipantId, answer: AdmissionAnswer): StreamRecord[] {
  if (answer.kind === 'admitted') {
    const admitted = { kind: 'admission', participantId: id, answer: 'admitted' } as const;
    return answer.as === 'writer' ? [admitted] : [{ kind: 'reader', participantId: id }, admitted];
  }
  if (answer.kind !== 'refused') return [{ kind: 'admission', participantId: id, answer: answer.kind }];
  const known = WORDS.find((one) => one === answer.reason);
  const why = { kind: 'failed', participantId: id, cause: `${answer.reason} ${answer.text}` } as const;
  return [...(known === undefined ? [why] : []), { kind: 'admission', participantId: id, answer: known ?? 'refused' }];
}

/** Reads the records of one batch; throws `protocol` if they are invalid. A `host` record's bytes are a view. */
export function* decodeRecords(bytes: Uint8Array): Generator<StreamRecord> {
  const reader = new ByteReader(bytes);
  while (reader.left > 0) yield decodeRecord(reader);
}

function decodeRecord(reader: ByteReader): StreamRecord {
  switch (reader.u8()) {
    case Kind.host:
      return { kind: 'host', bytes: reader.raw(reader.varint()) };
    case Kind.failed: {
      const id = participantId(reader.text(MAX_ID_BYTES, 'a participant'));
      const cause = reader.text(MAX_CAUSE_BYTES, 'a cause');
      if (id === LOCKED) return { kind: 'locked', places: readPlaces(cause) };
      return id === NAMES ? { kind: 'names', names: readNames(cause) } : { kind: 'failed', participantId: id, cause };
    }
    case Kind.waiting:
      return { kind: 'waiting', leftMs: reader.varint() };
    case Kind.ended:
      return { kind: 'ended', ending: readEnding(reader) };
    case Kind.probed:
      return { kind: 'probed', nonce: reader.text(MAX_ID_BYTES, 'a nonce'), alive: reader.flag() };
    case Kind.people:
      return { kind: 'people', people: readPeople(reader) };
    case Kind.admission: {
      const id = participantId(reader.text(MAX_ID_BYTES, 'a participant'));
      return { kind: 'admission', participantId: id, answer: reader.oneOf(WORDS, 'answer') };
    }
    case Kind.reader:
      return { kind: 'reader', participantId: participantId(reader.text(MAX_ID_BYTES, 'a participant')) };
    case Kind.decided:
      return {
        kind: 'decided',
        nonce: reader.text(MAX_ID_BYTES, 'a nonce'),
        decision: reader.oneOf(DECISIONS, 'decision'),
      };
    default:
      throw damaged('an unknown record');
  }
}

/** Names that another edge made up are cut as a list of people is. */
const readNames = (text: string): readonly string[] =>
  readList(text).map((name) => boundedText(typeof name === 'string' ? name : '', MAX_PERSON_NAME_BYTES));

const readPlaces = (text: string): readonly number[] =>
  readList(text).map((place) => (typeof place === 'number' ? place : -1));

function readList(text: string): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged('no list', error);
  }
  if (!Array.isArray(value) || value.length > MAX_LISTED_PEOPLE) throw damaged('no list');
  return value;
}

const readEnding = (reader: ByteReader): SessionEnding => reader.oneOf(ENDINGS, 'ending');

/** A snapshot's bytes: its version, how the host is, who is here, the model. */
export function encodeState({ host, people, model }: SharedState): Uint8Array {
  const writer = new ByteWriter(model.length + 8);
  writer.u8(STATE_VERSION);
  writer.oneOf(HOSTS, host.kind);
  if (host.kind === 'waiting') writer.varint(Math.ceil(host.leftMs));
  if (host.kind === 'ended') writer.oneOf(ENDINGS, host.ending);
  writePeople(writer, people);
  writer.raw(model);
  return writer.finish();
}

/** Reads what `encodeState` wrote; throws `protocol` if it is invalid, or has another version. */
export function decodeState(bytes: Uint8Array): SharedState {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== STATE_VERSION) throw damaged('a snapshot of another version');
  const host = readHost(reader);
  return { host, people: readPeople(reader), model: reader.rest() };
}

function readHost(reader: ByteReader): HostState {
  const kind = reader.oneOf(HOSTS, 'state of a host');
  if (kind === 'waiting') return { kind, leftMs: reader.varint() };
  return kind === 'ended' ? { kind, ending: readEnding(reader) } : { kind };
}

function writePeople(writer: ByteWriter, { edges, listed }: SharedPeople): void {
  writer.varint(edges.length);
  for (const { edge, count } of edges) {
    writer.text(edge ?? '').varint(count);
  }
  const places = new Map(edges.map(({ edge }, place) => [edge, place]));
  const shown = listed.filter(({ edge }) => places.has(edge));
  writer.varint(shown.length);
  for (const { edge, role, transport } of shown) {
    writer.varint(places.get(edge) ?? 0);
    writer.oneOf(ROLES, role).oneOf(TRANSPORTS, transport);
  }
}

function readPeople(reader: ByteReader): SharedPeople {
  const edges: SharedPeople['edges'][number][] = [];
  for (let n = reader.upTo(MAX_PEOPLE_EDGES, 'edges'); n > 0; n--) {
    const name = reader.text(MAX_ID_BYTES, 'an edge');
    edges.push({ edge: name === '' ? undefined : edgeId(name), count: reader.varint() });
  }
  const listed: SharedPeople['listed'][number][] = [];
  for (let n = reader.upTo(MAX_LISTED_PEOPLE, 'people'); n > 0; n--) {
    const at = edges[reader.varint()];
    const [role, transport] = [reader.oneOf(ROLES, 'role'), reader.oneOf(TRANSPORTS, 'transport')];
    if (at === undefined) throw damaged('an unknown edge');
    listed.push({ edge: at.edge, role, transport });
  }
  return { edges, listed };
}
