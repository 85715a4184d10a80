import { ByteReader, ByteWriter, damaged, ROLES, TRANSPORTS, type Role } from '#kernel';
import { decodeProofs, encodeProofs, type CarriedProofs } from '#access';
import { encodeServerMessage, ServerMessageDecoder, type ServerMessage } from '#tmate-protocol';
import type { ParticipantInfo } from '../ports.js';
import type { Size } from '../model/sizes.js';

/**
 * What a replica sends its home on behalf of one participant; one piece of the relay's input each.
 *
 * ```
 * 1 join    role u8, transport u8, again u8, address text, columns varint, lines varint
 * 2 send    role u8, then messages for the host (tmate protocol 6), whole, to the end
 * 3 mirror  role u8, count varint, then as many texts: a command's words
 * 4 size    role u8, columns varint, lines varint
 * 5 leave   nothing
 * 6 probe   nonce text
 * 7 ask     role u8, transport u8, address text, key's fingerprint text, empty for none; then, of a certificate, its text
 * 8 decide  nonce text, admit u8, code text
 * 9 key     role u8, key's fingerprint text: of somebody who joins next; an earlier release ignores it
 * 10 trace  traceparent text (W3C Trace Context)
 * 11 proofs  what somebody proved who asks or joins next, to the end (`encodeProofs`); an earlier release passes it over
 * 12 replaced  nonce text: the host has begun another session in place of this one; an earlier release passes it over
 * 13 lock   nothing: locks or unlocks the session; an earlier release passes it over
 * 14 seat-lock  locked u8: whether the terminal is locked; an earlier release passes it over
 * ```
 * Later kinds than these may come while a fleet is being upgraded: they are dropped, and what comes after them counts.
 * A size of 0 by 0 is that of a terminal that limits nobody. The role is in each, so that what was held for a home that is
 * gone means the same to the next one, which does not know the participant yet.
 */
export type ReplicaInput =
  | {
      readonly kind: 'join';
      readonly role: Role;
      readonly transport: ParticipantInfo['transport'];
      /** An earlier home knew the participant: nobody needs to be notified. */
      readonly again: boolean;
      readonly address: string;
      readonly size: Size;
    }
  /** By which key they were let in, before `join`. */
  | { readonly kind: 'key'; readonly role: Role; readonly key: string }
  | { readonly kind: 'send'; readonly role: Role; readonly messages: readonly ServerMessage[] }
  | { readonly kind: 'mirror'; readonly role: Role; readonly argv: readonly string[] }
  | { readonly kind: 'size'; readonly role: Role; readonly size: Size }
  | { readonly kind: 'leave' }
  /** They want the session locked, or unlocked. */
  | { readonly kind: 'lock' }
  /** Their terminal is locked, or not any more. */
  | { readonly kind: 'seat-lock'; readonly locked: boolean }
  /** Asks whether the home's host is really there. */
  | { readonly kind: 'probe'; readonly nonce: string }
  /** The host has begun another session, with this one's name, in place of this one. */
  | { readonly kind: 'replaced'; readonly nonce: string }
  /** Somebody asks to be let in, before they join. */
  | {
      readonly kind: 'ask';
      readonly role: Role;
      readonly transport: ParticipantInfo['transport'];
      readonly address: string;
      readonly key: string;
      readonly certificate: string;
    }
  /** What they proved, before `ask` and before `join`. */
  | { readonly kind: 'proofs'; readonly proofs: CarriedProofs }
  /** A host's decision on somebody who asked, with the secret code that it was shown. */
  | { readonly kind: 'decide'; readonly nonce: string; readonly admit: boolean; readonly code: string }
  /** The replica's edge traces this joiner's way in. */
  | { readonly kind: 'trace'; readonly traceparent: string };

const Kind = {
  join: 1,
  send: 2,
  mirror: 3,
  size: 4,
  leave: 5,
  probe: 6,
  ask: 7,
  decide: 8,
  key: 9,
  trace: 10,
  proofs: 11,
  replaced: 12,
  lock: 13,
  'seat-lock': 14,
} as const;
const MAX_ADDRESS_BYTES = 255;
const MAX_NONCE_BYTES = 64;
const MAX_KEY_BYTES = 128;
const MAX_CERTIFICATE_BYTES = 256;
const MAX_CODE_BYTES = 64;
const MAX_TRACE_BYTES = 128;
const MAX_SIDE = 10_000;
/** As for a command of a host. */
const MAX_WORDS = 1024;
const MAX_WORD_BYTES = 65_536;
/** Messages of one piece, in bytes: below the relay's 64 KiB. */
const PIECE_BYTES = 60 * 1024;

/** Encodes input of a replica's joiners for the home; output of terminals has its own encoding. */
export function encodeInput(input: Exclude<ReplicaInput, { kind: 'send' }>): Uint8Array {
  const writer = new ByteWriter(64);
  writer.u8(Kind[input.kind]);
  if ('role' in input) writer.oneOf(ROLES, input.role);
  switch (input.kind) {
    case 'join':
      writeSize(writer.oneOf(TRANSPORTS, input.transport).flag(input.again).text(input.address), input.size);
      break;
    case 'mirror':
      writer.varint(input.argv.length);
      for (const word of input.argv) writer.text(word);
      break;
    case 'size':
      writeSize(writer, input.size);
      break;
    case 'seat-lock':
      writer.flag(input.locked);
      break;
    case 'probe':
    case 'replaced':
      writer.text(input.nonce);
      break;
    case 'ask':
      writer.oneOf(TRANSPORTS, input.transport).text(input.address).text(input.key);
      // Left out if empty: an edge of an earlier version continues reading here.
      if (input.certificate !== '') writer.text(input.certificate);
      break;
    case 'key':
      writer.text(input.key);
      break;
    case 'decide':
      writer.text(input.nonce).flag(input.admit).text(input.code);
      break;
    case 'trace':
      writer.text(input.traceparent);
      break;
    case 'proofs':
      writer.raw(encodeProofs(input.proofs));
      break;
    case 'leave':
    case 'lock':
      break;
  }
  return writer.finish();
}

/** As many pieces as the messages need, in order. A single message may be larger than the relay accepts: 64 KiB. */
export function encodeSends(role: Role, messages: readonly ServerMessage[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let writer: ByteWriter | undefined;
  for (const message of messages) {
    const bytes = encodeServerMessage(message);
    if (writer !== undefined && writer.length + bytes.length > PIECE_BYTES) {
      pieces.push(writer.finish());
      writer = undefined;
    }
    if (writer === undefined) {
      writer = new ByteWriter(64).u8(Kind.send).oneOf(ROLES, role);
    }
    writer.raw(bytes);
  }
  if (writer !== undefined) pieces.push(writer.finish());
  return pieces;
}

/** Reads one piece; throws `protocol` (or `limit`) if it is invalid. */
export function decodeInput(bytes: Uint8Array): ReplicaInput {
  const reader = new ByteReader(bytes);
  const input = readInput(reader);
  if (reader.left > 0) throw damaged('more than one piece of input');
  return input;
}

function readInput(reader: ByteReader): ReplicaInput {
  switch (reader.u8()) {
    case Kind.join: {
      const [role, transport] = [reader.oneOf(ROLES, 'role'), reader.oneOf(TRANSPORTS, 'transport')];
      const again = reader.flag();
      const address = reader.text(MAX_ADDRESS_BYTES, 'an address');
      return { kind: 'join', role, transport, again, address, size: readSize(reader) };
    }
    case Kind.send:
      return { kind: 'send', role: reader.oneOf(ROLES, 'role'), messages: readMessages(reader.raw(reader.left)) };
    case Kind.mirror: {
      const role = reader.oneOf(ROLES, 'role');
      const argv: string[] = [];
      for (let n = reader.upTo(MAX_WORDS, 'words'); n > 0; n--) argv.push(reader.text(MAX_WORD_BYTES, 'a word'));
      return { kind: 'mirror', role, argv };
    }
    case Kind.size:
      return { kind: 'size', role: reader.oneOf(ROLES, 'role'), size: readSize(reader) };
    case Kind.leave:
      return { kind: 'leave' };
    case Kind.lock:
      return { kind: 'lock' };
    case Kind['seat-lock']:
      return { kind: 'seat-lock', locked: reader.flag() };
    case Kind.probe:
      return { kind: 'probe', nonce: reader.text(MAX_NONCE_BYTES, 'a nonce') };
    case Kind.replaced:
      return { kind: 'replaced', nonce: reader.text(MAX_NONCE_BYTES, 'a nonce') };
    case Kind.ask: {
      const [role, transport] = [reader.oneOf(ROLES, 'role'), reader.oneOf(TRANSPORTS, 'transport')];
      const address = reader.text(MAX_ADDRESS_BYTES, 'an address');
      const key = reader.text(MAX_KEY_BYTES, 'a key');
      const certificate = reader.left > 0 ? reader.text(MAX_CERTIFICATE_BYTES, 'a certificate') : '';
      return { kind: 'ask', role, transport, address, key, certificate };
    }
    case Kind.key:
      return { kind: 'key', role: reader.oneOf(ROLES, 'role'), key: reader.text(MAX_KEY_BYTES, 'a key') };
    case Kind.decide: {
      const nonce = reader.text(MAX_NONCE_BYTES, 'a nonce');
      const admit = reader.flag();
      return { kind: 'decide', nonce, admit, code: reader.text(MAX_CODE_BYTES, 'a code') };
    }
    case Kind.trace:
      return { kind: 'trace', traceparent: reader.text(MAX_TRACE_BYTES, 'a trace') };
    case Kind.proofs:
      return { kind: 'proofs', proofs: decodeProofs(reader.raw(reader.left)) };
    default:
      throw damaged('an unknown piece of input');
  }
}

function readMessages(bytes: Uint8Array): ServerMessage[] {
  const messages: ServerMessage[] = [];
  const decoder = new ServerMessageDecoder({ onMessage: (message) => messages.push(message) });
  decoder.push(bytes);
  if (decoder.pendingBytes > 0) throw damaged('half a message');
  return messages;
}

function writeSize(writer: ByteWriter, { cols, rows }: Size): void {
  writer.varint(cols).varint(rows);
}

function readSize(reader: ByteReader): Size {
  return { cols: reader.upTo(MAX_SIDE, 'a width'), rows: reader.upTo(MAX_SIDE, 'a height') };
}
