import { createHmac, timingSafeEqual } from 'node:crypto';
import { generation, sessionId, ShipmateError, type Generation, type SessionId } from '#kernel';
import type { TokenPair } from './tokens.js';

/** What a host needs to get its session back: it keeps this, signed, as `tmate_reconnection_data`. */
export interface ReconnectionData {
  readonly sessionId: SessionId;
  readonly tokens: TokenPair;
  readonly generation: Generation;
  /** When it was signed, in ms since the epoch. */
  readonly issuedAt: number;
  /** When the session began, in ms since the epoch: its time limit counts from there. */
  readonly createdAt: number;
}

const VERSION = 2;
const HEAD_BYTES = 21;
/** Keeps a signature of this kind apart from anything else that the fleet's secret signs. */
const PURPOSE = 'shipmate reconnection data 1';
const MAC_BYTES = 32;
/** Longest text that is read; a real one has about 200 characters. */
const MAX_LENGTH = 1_024;
/** 128 bits: a shorter secret could be found by trying. */
const MIN_SECRET_BYTES = 16;

/**
 * Signs and reads reconnection data. The text is base64url of
 *
 * ```
 * byte 0        version, 2
 * bytes 1..4    generation, unsigned, big-endian
 * bytes 5..12   issue time, ms since the epoch, unsigned, big-endian
 * bytes 13..20  the session's beginning, likewise
 * then thrice   one byte of length and UTF-8: session id, writer's token, reader's token
 * last 32       HMAC-SHA-256 over all before it, with a key derived from the fleet's secret
 * ```
 *
 * It is not encrypted: the host that keeps it knows its own tokens.
 */
export class ReconnectionSigner {
  readonly #keys: readonly Uint8Array[];

  /** `accepted` are further secrets, the fleet's next one or the one before: read, but not used to sign. */
  constructor(secret: string, accepted: readonly string[] = []) {
    this.#keys = [secret, ...accepted].map(deriveKey);
  }

  /** The text for a host. */
  sign({ sessionId, tokens, generation, issuedAt, createdAt }: ReconnectionData): string {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt8(VERSION, 0);
    head.writeUInt32BE(generation, 1);
    head.writeBigUInt64BE(BigInt(issuedAt), 5);
    head.writeBigUInt64BE(BigInt(createdAt), 13);
    const texts = [sessionId, tokens.writer, tokens.reader].flatMap((text) => {
      const bytes = Buffer.from(text, 'utf8');
      return [Buffer.of(bytes.length), bytes];
    });
    const body = Buffer.concat([head, ...texts]);
    return Buffer.concat([body, mac(this.#keys[0] ?? new Uint8Array(), body)]).toString('base64url');
  }

  /** Reads what a host presents; throws `forbidden` unless this fleet signed exactly this text. */
  verify(text: string): ReconnectionData {
    if (text.length > MAX_LENGTH || !/^[A-Za-z0-9_-]+$/.test(text)) throw forged();
    const bytes = Buffer.from(text, 'base64url');
    const body = bytes.subarray(0, Math.max(0, bytes.length - MAC_BYTES));
    const given = bytes.subarray(body.length);
    // Every key is tried, so that the time does not tell which one fits. Compared as text once more: the last character
    // of base64url has bits that decoding drops.
    const genuine = this.#keys.map((key) => given.length === MAC_BYTES && timingSafeEqual(mac(key, body), given));
    if (!genuine.includes(true) || bytes.toString('base64url') !== text) throw forged();
    return readBody(body);
  }
}

function deriveKey(secret: string): Uint8Array {
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) {
    throw new ShipmateError('config', `the fleet's secret must have at least ${MIN_SECRET_BYTES} bytes`);
  }
  return createHmac('sha256', secret).update(PURPOSE).digest();
}

const mac = (key: Uint8Array, body: Uint8Array): Buffer => createHmac('sha256', key).update(body).digest();

const forged = (): ShipmateError => new ShipmateError('forbidden', 'The reconnection data is not valid');

/** Reads a body whose signature was right; another version of this program may still have written it otherwise. */
function readBody(body: Buffer): ReconnectionData {
  if (body.length < HEAD_BYTES || body.readUInt8(0) !== VERSION) throw forged();
  let at = HEAD_BYTES;
  const text = (): string => {
    const length = body[at];
    if (length === undefined || at + 1 + length > body.length) throw forged();
    at += 1 + length;
    return body.toString('utf8', at - length, at);
  };
  const [id, writer, reader] = [text(), text(), text()];
  if (at !== body.length || id === '') throw forged();
  return {
    sessionId: sessionId(id),
    tokens: { writer, reader },
    generation: generation(body.readUInt32BE(1)),
    issuedAt: Number(body.readBigUInt64BE(5)),
    createdAt: Number(body.readBigUInt64BE(13)),
  };
}
