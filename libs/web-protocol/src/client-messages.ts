import { ByteWriter, ShipmateError } from '#kernel';
import {
  MAX_INPUT_BYTES,
  MAX_PASSWORD_BYTES,
  MAX_SIDE,
  MAX_TERM_CHARS,
  OLDEST_WEB_PROTOCOL_VERSION,
  PAGE_ID_BYTES,
  WEB_PROTOCOL_VERSION,
} from './message-limits.js';
import { MessageReader } from './message-reader.js';
import { writeText } from './server-messages.js';

/**
 * What a page says. Numbers are big-endian; a text is one byte of length and UTF-8.
 *
 * ```
 * byte 0     kind
 *
 * 1 hello    version u8, page 16 bytes, sent u32, cols u16, rows u16, claim u8, true colour u8, TERM text
 * 2 input    number u32, then the bytes
 * 3 resize   cols u16, rows u16, claim u8
 * 4 ack      bytes u32
 * 5 pong     stamp u32
 * 6 visible  visible u8
 * 7 password length u16, text; since version 2
 * 8 lock     nothing; since version 4
 * ```
 */
export type ClientMessage =
  | HelloMessage
  | InputMessage
  | ResizeMessage
  | AckMessage
  | PongMessage
  | VisibleMessage
  | PasswordMessage
  | LockMessage;

/** The first message, and never again. */
export interface HelloMessage {
  readonly type: 'hello';
  readonly version: number;
  /** 16 random bytes that a page makes when it is loaded and keeps until it is left: by them it is known again. A secret. */
  readonly page: Uint8Array;
  /** The number of the last input that the page ever sent, on any connection; 0 for none. See `WelcomeMessage.taken`. */
  readonly sent: number;
  /** The terminal's size, if the page has chosen one; it counts if `claim` is set. */
  readonly cols: number;
  readonly rows: number;
  /** See `ResizeMessage.claim`. */
  readonly claim: boolean;
  readonly trueColour: boolean;
  /** TERM, such as `xterm-256color`. The terminal is UTF-8. */
  readonly term: string;
}

/** What was typed: bytes as a terminal sends them to a program. */
export interface InputMessage {
  readonly type: 'input';
  /** One more than the input before it, from 1, over all connections of a page. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** The page's terminal wants another size, or another way to get one. */
export interface ResizeMessage {
  readonly type: 'resize';
  readonly cols: number;
  readonly rows: number;
  /**
   * True: the terminal is of this size, and a writer's counts for the session's window, as an ssh joiner's does. False:
   * it takes the size that the session's window has.
   */
  readonly claim: boolean;
}

/** The terminal has drawn what came: `bytes` of all screen messages of this connection, modulo 2^32. */
export interface AckMessage {
  readonly type: 'ack';
  readonly bytes: number;
}

/** Answers a ping, with its stamp. */
export interface PongMessage {
  readonly type: 'pong';
  readonly stamp: number;
}

/** Whether anybody can see the page. Nothing is drawn for one that nobody sees, and all of it once it is seen again. */
export interface VisibleMessage {
  readonly type: 'visible';
  readonly visible: boolean;
}

/** Locks the page's terminal. */
export interface LockMessage {
  readonly type: 'lock';
}

/** Answers an ask, or a lock that a password opens. A secret. */
export interface PasswordMessage {
  readonly type: 'password';
  readonly text: string;
}

const Kind = { hello: 1, input: 2, resize: 3, ack: 4, pong: 5, visible: 6, password: 7, lock: 8 } as const;

const TERM = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;

/** Writes a message. */
export function encodeClientMessage(message: ClientMessage): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(message.type === 'input' ? 5 + message.bytes.length : 64).u8(Kind[message.type]);
  switch (message.type) {
    case 'hello':
      if (message.page.length !== PAGE_ID_BYTES) throw new RangeError(`a page's id has ${PAGE_ID_BYTES} bytes`);
      writer.u8(message.version).raw(message.page).u32(message.sent).u16(message.cols).u16(message.rows);
      return writeText(writer.flag(message.claim).flag(message.trueColour), message.term, 'u8').view();
    case 'input':
      return writer.u32(message.number).raw(message.bytes).view();
    case 'resize':
      return writer.u16(message.cols).u16(message.rows).flag(message.claim).view();
    case 'ack':
      return writer.u32(message.bytes).view();
    case 'pong':
      return writer.u32(message.stamp).view();
    case 'visible':
      return writer.flag(message.visible).view();
    case 'password':
      return writeText(writer, message.text).view();
    case 'lock':
      return writer.view();
  }
}

/**
 * Reads a message; its bytes are views into `bytes`. Throws a `ShipmateError`: `protocol` if it is invalid, `limit` if an input
 * is too long, `conflict` for a hello with another version, of which nothing else is read.
 */
export function decodeClientMessage(bytes: Uint8Array): ClientMessage {
  const reader = new MessageReader(bytes);
  const message = read(reader, reader.u8('kind'));
  reader.end();
  return message;
}

function read(reader: MessageReader, kind: number): ClientMessage {
  switch (kind) {
    case Kind.hello:
      return readHello(reader);
    case Kind.input:
      return { type: 'input', number: reader.u32('number', 1), bytes: reader.rest('input', 1, MAX_INPUT_BYTES) };
    case Kind.resize:
      return { type: 'resize', ...readSize(reader), claim: reader.flag() };
    case Kind.ack:
      return { type: 'ack', bytes: reader.u32('bytes') };
    case Kind.pong:
      return { type: 'pong', stamp: reader.u32('stamp') };
    case Kind.visible:
      return { type: 'visible', visible: reader.flag() };
    case Kind.password:
      return {
        type: 'password',
        text: reader.text('password', reader.u16('length of password', 0, MAX_PASSWORD_BYTES)),
      };
    case Kind.lock:
      return { type: 'lock' };
    default:
      throw reader.bad('of an unknown kind');
  }
}

function readHello(reader: MessageReader): HelloMessage {
  const version = reader.u8('version');
  if (version < OLDEST_WEB_PROTOCOL_VERSION || version > WEB_PROTOCOL_VERSION) {
    throw new ShipmateError('conflict', `version ${version} of the protocol is not supported here`);
  }
  const page = reader.bytes(PAGE_ID_BYTES);
  const sent = reader.u32('sent');
  const size = readSize(reader);
  const claim = reader.flag();
  const trueColour = reader.flag();
  const term = reader.text('TERM', reader.u8('length of TERM', MAX_TERM_CHARS));
  if (!TERM.test(term)) throw reader.bad('TERM is not the name of a terminal');
  return { type: 'hello', version, page, sent, ...size, claim, trueColour, term };
}

function readSize(reader: MessageReader): { cols: number; rows: number } {
  return { cols: reader.u16('cols', 1, MAX_SIDE), rows: reader.u16('rows', 1, MAX_SIDE) };
}
