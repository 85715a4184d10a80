import {
  ByteReader,
  ByteWriter,
  edgeId,
  generation,
  participantId,
  type EdgeId,
  type Generation,
  type ParticipantId,
} from '#kernel';

/**
 * The messages of a relay. All numbers are big-endian; a text is one byte of length and UTF-8.
 *
 * ```
 * byte 0      version, 1
 * byte 1      kind
 * bytes 2..5  generation: the home's, or, from a replica, the one that it takes for the home's; 0 when it knows none
 *
 * 1 data      sequence u64, acks, then the bytes up to the end
 * 2 snapshot  sequence u64, id u32, part u16, parts u16, then this part's bytes up to the end
 * 3 position  sequence u64, resend u8 (0 or 1)
 * 4 acks      acks
 * 5 request   nothing
 * 6 input     edge text, count u16, then as often: participant text, base u32, sequence u32, length u32, bytes
 *
 * acks        count u16, then as often: participant text, sequence u32, refused u8 (0 or 1); with `arrived:` before its
 *             participant, it says up to where the host has it (0: nothing yet): nobody has that name, and the release before
 *             passes over it
 * ```
 */
export type Envelope =
  | DataEnvelope
  | SnapshotEnvelope
  | PositionEnvelope
  | AcksEnvelope
  | { readonly kind: 'request'; readonly generation: Generation }
  | InputEnvelope;

/** Batch number `sequence` of a generation's stream, counted from 1. */
export interface DataEnvelope {
  readonly kind: 'data';
  readonly generation: Generation;
  readonly sequence: number;
  readonly acks: readonly Ack[];
  readonly payload: Uint8Array;
}

/** One part of the state as it is after batch `sequence`. Parts of one snapshot have one `id`. */
export interface SnapshotEnvelope {
  readonly kind: 'snapshot';
  readonly generation: Generation;
  readonly sequence: number;
  readonly id: number;
  readonly part: number;
  readonly parts: number;
  readonly payload: Uint8Array;
}

/** "The home is of this generation and has sent batches up to `sequence`." With `resend`: it may have missed input. */
export interface PositionEnvelope {
  readonly kind: 'position';
  readonly generation: Generation;
  readonly sequence: number;
  readonly resend: boolean;
}

export interface AcksEnvelope {
  readonly kind: 'acks';
  readonly generation: Generation;
  readonly acks: readonly Ack[];
}

export interface InputEnvelope {
  readonly kind: 'input';
  readonly generation: Generation;
  readonly edgeId: EdgeId;
  readonly items: readonly InputItem[];
}

/**
 * "The home has taken input of this participant up to `sequence`"; if `refused`, "and what came after it was not taken"; if
 * `arrived`, "and the host has it, where it was for the host"; with sequence 0, "and the host may not have it."
 */
export interface Ack {
  readonly participantId: ParticipantId;
  readonly sequence: number;
  readonly refused: boolean;
  readonly arrived?: boolean;
}

/** Input number `sequence` of a participant, counted from 1. Nothing before `base` will come (again). */
export interface InputItem {
  readonly participantId: ParticipantId;
  readonly base: number;
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

const VERSION = 1;
const Kind = { data: 1, snapshot: 2, position: 3, acks: 4, request: 5, input: 6 } as const;

/** Acks and inputs in one message, at most; a sender has more in the next one. */
export const MAX_LIST = 256;
/** Goes before the participant of an ack that says that the host has it. */
const ARRIVED = 'arrived:';
/** Bytes of one part of a snapshot. */
export const PART_BYTES = 128 * 1024;
/** Parts of one snapshot: 32 MiB. */
export const MAX_PARTS = 256;
/** Larger messages are not looked at: twice what is ever sent. */
export const MAX_ENVELOPE_BYTES = 1024 * 1024;

/** Writes a message. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const size = 'payload' in envelope ? envelope.payload.length + 64 : 64;
  const writer = new ByteWriter(size).u8(VERSION).u8(Kind[envelope.kind]).u32(envelope.generation);
  switch (envelope.kind) {
    case 'data':
      return writeAcks(writer.u64(envelope.sequence), envelope.acks).raw(envelope.payload).view();
    case 'snapshot':
      writer.u64(envelope.sequence).u32(envelope.id).u16(envelope.part).u16(envelope.parts);
      return writer.raw(envelope.payload).view();
    case 'position':
      return writer.u64(envelope.sequence).flag(envelope.resend).view();
    case 'acks':
      return writeAcks(writer, envelope.acks).view();
    case 'request':
      return writer.view();
    case 'input':
      writer.shortText(envelope.edgeId).u16(envelope.items.length);
      for (const { participantId, base, sequence, bytes } of envelope.items) {
        writer.shortText(participantId).u32(base).u32(sequence).u32(bytes.length).raw(bytes);
      }
      return writer.view();
  }
}

/** Reads a message; its bytes are views into `bytes`. Throws `protocol` if it is invalid or exceeds a limit. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const reader = new ByteReader(bytes, 0, bytes.length, 'a relay message is malformed');
  if (bytes.length > MAX_ENVELOPE_BYTES) throw reader.damaged('it is too large');
  if (reader.u8() !== VERSION) throw reader.damaged('its version is not known');
  const kind = reader.u8();
  const envelope = decodeBody(reader, kind, generation(reader.u32()));
  reader.finish();
  return envelope;
}

function decodeBody(reader: ByteReader, kind: number, generation: Generation): Envelope {
  if (generation === 0 && kind !== Kind.request && kind !== Kind.input) throw reader.damaged('it has no generation');
  switch (kind) {
    case Kind.data: {
      const sequence = reader.u64();
      if (sequence === 0) throw reader.damaged('its sequence is 0');
      return { kind: 'data', generation, sequence, acks: readAcks(reader), payload: reader.rest() };
    }
    case Kind.snapshot: {
      const [sequence, id, part, parts] = [reader.u64(), reader.u32(), reader.u16(), reader.u16()];
      if (parts === 0 || parts > MAX_PARTS || part >= parts || reader.left > PART_BYTES) {
        throw reader.damaged('its parts are wrong');
      }
      return { kind: 'snapshot', generation, sequence, id, part, parts, payload: reader.rest() };
    }
    case Kind.position:
      return { kind: 'position', generation, sequence: reader.u64(), resend: reader.flag() };
    case Kind.acks:
      return { kind: 'acks', generation, acks: readAcks(reader) };
    case Kind.request:
      return { kind: 'request', generation };
    case Kind.input:
      return { kind: 'input', generation, edgeId: edgeId(reader.shortText()), items: readItems(reader) };
    default:
      throw reader.damaged('its kind is not known');
  }
}

function writeAcks(writer: ByteWriter, acks: readonly Ack[]): ByteWriter {
  writer.u16(acks.length);
  for (const { participantId, sequence, refused, arrived = false } of acks) {
    writer
      .shortText(arrived ? `${ARRIVED}${participantId}` : participantId)
      .u32(sequence)
      .flag(refused);
  }
  return writer;
}

function readAcks(reader: ByteReader): Ack[] {
  return Array.from({ length: readCount(reader) }, () => {
    const name = reader.shortText();
    const rest = { sequence: reader.u32(), refused: reader.flag() };
    if (!name.startsWith(ARRIVED)) return { participantId: participantId(name), ...rest };
    return { participantId: participantId(name.slice(ARRIVED.length)), ...rest, arrived: true };
  });
}

function readItems(reader: ByteReader): InputItem[] {
  return Array.from({ length: readCount(reader) }, () => {
    const from = participantId(reader.shortText());
    const [base, sequence] = [reader.u32(), reader.u32()];
    if (base === 0 || base > sequence) throw reader.damaged('an input comes before its base');
    return { participantId: from, base, sequence, bytes: reader.raw(reader.u32()) };
  });
}

function readCount(reader: ByteReader): number {
  const count = reader.u16();
  if (count > MAX_LIST) throw reader.damaged('a list is too long');
  return count;
}
