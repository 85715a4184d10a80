import { ByteWriter, ROLES, TRANSPORTS, type Role } from '#kernel';
import { MAX_LISTED, MAX_NAME_BYTES, MAX_NOTICE_BYTES, MAX_SCREEN_BYTES, MAX_SIDE } from './message-limits.js';
import { MessageReader } from './message-reader.js';

/**
 * What the server says. Numbers are big-endian; a text is two bytes of length and UTF-8.
 *
 * ```
 * byte 0        kind
 *
 * 1 welcome     version u8, role u8 (0 writer, 1 reader), resumed u8, taken u32
 * 2 screen      the bytes
 * 3 size        cols u16, rows u16
 * 4 state       phase u8 (0 live, 1 reconnecting, 2 ended), ms u32, window cols u16, window rows u16
 * 5 people      count u16, self u8, listed u8, then as often: role u8, transport u8 (0 ssh, 1 web)
 * 6 notice      text
 * 7 taken       number u32
 * 8 ping        stamp u32
 * 9 ask         tries u8; since version 2
 * 10 wait       nothing; since version 2
 * 11 names      listed u8, then as often: text; since version 3
 * 12 locked     by u8 (0 not locked, 1 password, 2 sign-in, 3 rejoin), tries u8, text; since version 4
 * 13 locks      listed u8, then as often: whether their terminal is locked u8; since version 4
 * ```
 */
export type ServerMessage =
  | WelcomeMessage
  | ScreenMessage
  | SizeMessage
  | StateMessage
  | PeopleMessage
  | NoticeMessage
  | TakenMessage
  | PingMessage
  | AskMessage
  | WaitMessage
  | NamesMessage
  | LockedMessage
  | LocksMessage;

/** Answers a hello: the page has its seat. The server's first message, except for a state `ended`. */
export interface WelcomeMessage {
  readonly type: 'welcome';
  readonly version: number;
  readonly role: Role;
  /** The seat is the one that this page had before: input continues where it was. */
  readonly resumed: boolean;
  /**
   * The number of the last input that was taken. Where nothing is known of an earlier connection, it is `sent` of the
   * hello: what was on its way then counts as taken, for it must not be typed twice. The page forgets all inputs up to
   * this number and sends those after it.
   */
  readonly taken: number;
}

/** What the terminal gets. Whole: never a part of a character or of an escape sequence. */
export interface ScreenMessage {
  readonly type: 'screen';
  readonly bytes: Uint8Array;
}

/** The terminal is of this size from now on: the screen messages that follow are drawn for it. */
export interface SizeMessage {
  readonly type: 'size';
  readonly cols: number;
  readonly rows: number;
}

/** How the session is. */
export interface StateMessage {
  readonly type: 'state';
  readonly phase: Phase;
  /** While `reconnecting`: how long the host is still waited for; `ended`: how long ago; else 0. In ms, at most 2^32-1. */
  readonly ms: number;
  /** The session's window in cells, without the status line; 0 as long as it is not known. */
  readonly windowCols: number;
  readonly windowRows: number;
}

/** `live`: the host is connected. `reconnecting`: it was lost and is waited for. `ended`: for good. */
export type Phase = 'live' | 'reconnecting' | 'ended';

/** Who is here, including the page itself. */
export interface PeopleMessage {
  readonly type: 'people';
  /** All of them. */
  readonly count: number;
  /** In the order they came; the first `MAX_LISTED` of them. */
  readonly listed: readonly Person[];
  /** Which of the listed is the page itself; undefined: it is not among them. */
  readonly self: number | undefined;
}

/** A joiner, as other joiners' pages show them. */
export interface Person {
  readonly role: Role;
  readonly transport: 'ssh' | 'web';
}

/** A sentence for the person at the page. */
export interface NoticeMessage {
  readonly type: 'notice';
  readonly text: string;
}

/** Inputs were taken, up to this number. */
export interface TakenMessage {
  readonly type: 'taken';
  readonly number: number;
}

/** Wants a pong with the same stamp. */
export interface PingMessage {
  readonly type: 'ping';
  readonly stamp: number;
}

/** Before the welcome: the session has a password, which the page is to give. */
export interface AskMessage {
  readonly type: 'ask';
  /** How many tries are left, this one included. */
  readonly tries: number;
}

/** Before the welcome: the host was asked to let the page in. */
export interface WaitMessage {
  readonly type: 'wait';
}

/** The names of those whom the last `people` has listed, in that order; undefined for whoever has none. */
export interface NamesMessage {
  readonly type: 'names';
  readonly names: readonly (string | undefined)[];
}

/** What unlocks a terminal; `no`: it is not locked. */
const UNLOCKS = ['no', 'password', 'sign-in', 'rejoin'] as const;

/**
 * The page's terminal is locked, or the last try to unlock it was wrong: the page forgets what is on it. `no`: it is locked no more, and the
 * whole screen follows.
 */
export interface LockedMessage {
  readonly type: 'locked';
  readonly by: (typeof UNLOCKS)[number];
  /** How many tries are left. */
  readonly tries: number;
  /** What became of the last one; empty before it. */
  readonly text: string;
}

/** Whether the terminals are locked of those whom the last `people` has listed, in that order. */
export interface LocksMessage {
  readonly type: 'locks';
  readonly locked: readonly boolean[];
}

const Kind = {
  welcome: 1,
  screen: 2,
  size: 3,
  state: 4,
  people: 5,
  notice: 6,
  taken: 7,
  ping: 8,
  ask: 9,
  wait: 10,
  names: 11,
  locked: 12,
  locks: 13,
} as const;

const PHASES = ['live', 'reconnecting', 'ended'] as const;
const NOT_LISTED = 0xff;

/** Writes a message. */
export function encodeServerMessage(message: ServerMessage): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(message.type === 'screen' ? 1 + message.bytes.length : 16).u8(Kind[message.type]);
  switch (message.type) {
    case 'welcome':
      writer.u8(message.version).oneOf(ROLES, message.role).flag(message.resumed);
      return writer.u32(message.taken).view();
    case 'screen':
      return writer.raw(message.bytes).view();
    case 'size':
      return writer.u16(message.cols).u16(message.rows).view();
    case 'state':
      writer.oneOf(PHASES, message.phase).u32(message.ms);
      return writer.u16(message.windowCols).u16(message.windowRows).view();
    case 'people':
      writer
        .u16(message.count)
        .u8(message.self ?? NOT_LISTED)
        .u8(message.listed.length);
      for (const { role, transport } of message.listed) {
        writer.oneOf(ROLES, role).oneOf(TRANSPORTS, transport);
      }
      return writer.view();
    case 'notice':
      return writeText(writer, message.text).view();
    case 'taken':
      return writer.u32(message.number).view();
    case 'ping':
      return writer.u32(message.stamp).view();
    case 'ask':
      return writer.u8(message.tries).view();
    case 'wait':
      return writer.view();
    case 'names':
      writer.u8(message.names.length);
      for (const name of message.names) writeText(writer, name ?? '');
      return writer.view();
    case 'locked':
      return writeText(writer.oneOf(UNLOCKS, message.by).u8(message.tries), message.text).view();
    case 'locks':
      writer.u8(message.locked.length);
      for (const locked of message.locked) writer.flag(locked);
      return writer.view();
  }
}

/** Reads a message; its bytes are views into `bytes`. Throws a `ShipmateError`, `protocol` or `limit`. */
export function decodeServerMessage(bytes: Uint8Array): ServerMessage {
  const reader = new MessageReader(bytes);
  const message = read(reader, reader.u8('kind'));
  reader.end();
  return message;
}

function read(reader: MessageReader, kind: number): ServerMessage {
  switch (kind) {
    case Kind.welcome:
      return {
        type: 'welcome',
        version: reader.u8('version'),
        role: reader.oneOf(ROLES, 'role'),
        resumed: reader.flag(),
        taken: reader.u32('taken'),
      };
    case Kind.screen:
      return { type: 'screen', bytes: reader.rest('screen', 0, MAX_SCREEN_BYTES) };
    case Kind.size:
      return { type: 'size', cols: reader.u16('cols', 1, MAX_SIDE), rows: reader.u16('rows', 1, MAX_SIDE) };
    case Kind.state:
      return {
        type: 'state',
        phase: reader.oneOf(PHASES, 'phase'),
        ms: reader.u32('ms'),
        windowCols: reader.u16('window cols'),
        windowRows: reader.u16('window rows'),
      };
    case Kind.people:
      return readPeople(reader);
    case Kind.notice:
      return { type: 'notice', text: reader.text('text', reader.u16('length of text', 0, MAX_NOTICE_BYTES)) };
    case Kind.taken:
      return { type: 'taken', number: reader.u32('number') };
    case Kind.ping:
      return { type: 'ping', stamp: reader.u32('stamp') };
    case Kind.ask:
      return { type: 'ask', tries: reader.u8('tries') };
    case Kind.wait:
      return { type: 'wait' };
    case Kind.names: {
      const length = reader.u8('listed', MAX_LISTED);
      const names = Array.from({ length }, () => reader.text('name', reader.u16('length of name', 0, MAX_NAME_BYTES)));
      return { type: 'names', names: names.map((name) => (name === '' ? undefined : name)) };
    }
    case Kind.locked: {
      const by = reader.oneOf(UNLOCKS, 'by');
      const tries = reader.u8('tries');
      return {
        type: 'locked',
        by,
        tries,
        text: reader.text('text', reader.u16('length of text', 0, MAX_NOTICE_BYTES)),
      };
    }
    case Kind.locks: {
      const length = reader.u8('listed', MAX_LISTED);
      return { type: 'locks', locked: Array.from({ length }, () => reader.flag()) };
    }
    default:
      throw reader.bad('of an unknown kind');
  }
}

function readPeople(reader: MessageReader): PeopleMessage {
  const count = reader.u16('count');
  const self = reader.u8('self');
  const length = reader.u8('listed', MAX_LISTED);
  const listed = Array.from({ length }, () => ({
    role: reader.oneOf(ROLES, 'role'),
    transport: reader.oneOf(TRANSPORTS, 'transport'),
  }));
  if (length > count) throw reader.bad('more are listed than there are');
  if (self !== NOT_LISTED && self >= length) throw reader.bad('self is not listed');
  return { type: 'people', count, listed, self: self === NOT_LISTED ? undefined : self };
}

/** UTF-8 with its length before it. */
export function writeText(writer: ByteWriter, text: string, length: 'u8' | 'u16' = 'u16'): ByteWriter {
  const bytes = new TextEncoder().encode(text);
  return writer[length](bytes.length).raw(bytes);
}
