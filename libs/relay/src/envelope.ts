import { edgeId, generation, participantId, type EdgeId, type Generation, type ParticipantId } from '#kernel';
import { badEnvelope, ByteCursor, ByteWriter } from './byte-cursor.js';

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
 * acks        count u16, then as often: participant text, sequence u32, refused u8 (0 or 1)
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

/** "Input of this participant has arrived up to `sequence`"; if `refused`, "and what came after it was not taken." */
export interface Ack {
  readonly participantId: ParticipantId;
  readonly sequence: number;
  readonly refused: boolean;
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
      return writeAcks(writer.u64(envelope.sequence), envelope.acks).bytes(envelope.payload).done();
    case 'snapshot':
      writer.u64(envelope.sequence).u32(envelope.id).u16(envelope.part).u16(envelope.parts);
      return writer.bytes(envelope.payload).done();
    case 'position':
      return writer
        .u64(envelope.sequence)
        .u8(envelope.resend ? 1 : 0)
        .done();
    case 'acks':
      return writeAcks(writer, envelope.acks).done();
    case 'request':
      return writer.done();
    case 'input':
      writer.text(envelope.edgeId).u16(envelope.items.length);
      for (const { participantId, base, sequence, bytes } of envelope.items) {
        writer.text(participantId).u32(base).u32(sequence).u32(bytes.length).bytes(bytes);
      }
      return writer.done();
  }
}

/** Reads a message; its bytes are views into `bytes`. `protocol` when it is none, or breaks a limit. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length > MAX_ENVELOPE_BYTES) throw badEnvelope('it is too large');
  const cursor = new ByteCursor(bytes);
  if (cursor.u8() !== VERSION) throw badEnvelope('its version is not known');
  const kind = cursor.u8();
  const envelope = decodeBody(cursor, kind, generation(cursor.u32()));
  cursor.end();
  return envelope;
}

function decodeBody(cursor: ByteCursor, kind: number, generation: Generation): Envelope {
  if (generation === 0 && kind !== Kind.request && kind !== Kind.input) throw badEnvelope('it has no generation');
  switch (kind) {
    case Kind.data: {
      const sequence = cursor.u64();
      if (sequence === 0) throw badEnvelope('its sequence is 0');
      return { kind: 'data', generation, sequence, acks: readAcks(cursor), payload: cursor.take(cursor.left) };
    }
    case Kind.snapshot: {
      const [sequence, id, part, parts] = [cursor.u64(), cursor.u32(), cursor.u16(), cursor.u16()];
      if (parts === 0 || parts > MAX_PARTS || part >= parts || cursor.left > PART_BYTES) {
        throw badEnvelope('its parts are wrong');
      }
      return { kind: 'snapshot', generation, sequence, id, part, parts, payload: cursor.take(cursor.left) };
    }
    case Kind.position:
      return { kind: 'position', generation, sequence: cursor.u64(), resend: readFlag(cursor) };
    case Kind.acks:
      return { kind: 'acks', generation, acks: readAcks(cursor) };
    case Kind.request:
      return { kind: 'request', generation };
    case Kind.input:
      return { kind: 'input', generation, edgeId: edgeId(cursor.text()), items: readItems(cursor) };
    default:
      throw badEnvelope('its kind is not known');
  }
}

function writeAcks(writer: ByteWriter, acks: readonly Ack[]): ByteWriter {
  writer.u16(acks.length);
  for (const { participantId, sequence, refused } of acks) {
    writer
      .text(participantId)
      .u32(sequence)
      .u8(refused ? 1 : 0);
  }
  return writer;
}

function readAcks(cursor: ByteCursor): Ack[] {
  return Array.from({ length: readCount(cursor) }, () => ({
    participantId: participantId(cursor.text()),
    sequence: cursor.u32(),
    refused: readFlag(cursor),
  }));
}

function readItems(cursor: ByteCursor): InputItem[] {
  return Array.from({ length: readCount(cursor) }, () => {
    const from = participantId(cursor.text());
    const [base, sequence] = [cursor.u32(), cursor.u32()];
    if (base === 0 || base > sequence) throw badEnvelope('an input comes before its base');
    return { participantId: from, base, sequence, bytes: cursor.take(cursor.u32()) };
  });
}

function readFlag(cursor: ByteCursor): boolean {
  const flag = cursor.u8();
  if (flag > 1) throw badEnvelope('a flag is neither 0 nor 1');
  return flag === 1;
}

function readCount(cursor: ByteCursor): number {
  const count = cursor.u16();
  if (count > MAX_LIST) throw badEnvelope('a list is too long');
  return count;
}
