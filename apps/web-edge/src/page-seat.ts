import { ShipmateError } from '#kernel';
import type { JoinerSink, Seat, SeatEnding, SeatLocked, SessionStatus, Unlocking } from '#session';
import {
  CLOSE_CODES,
  LOCK_VERSION,
  MAX_LISTED,
  MAX_SIDE,
  NAMES_VERSION,
  WEB_PROTOCOL_VERSION,
  type ClientMessage,
  type CloseName,
  type HelloMessage,
  type ServerMessage,
} from '#web-protocol';
import { closeReason } from './refusals.js';
import type { PageConnection } from './page-connection.js';

const CLOSE_FOR: Readonly<Record<SeatEnding, CloseName>> = {
  detached: 'detached',
  ended: 'ended',
  lost: 'host-lost',
  replaced: 'new-session',
  closed: 'closed',
  'time-over': 'time-over',
  idle: 'idle',
  kicked: 'kicked',
  locked: 'locked-out',
  'sign-in-required': 'sign-in-required',
  'not-allowed': 'not-allowed',
  'address-not-allowed': 'address-not-allowed',
  'outside-hours': 'outside-hours',
  'token-only': 'token-only',
  invitation: 'invitation-over',
  'over-limit': 'too-many',
  'not-unlocked': 'not-unlocked',
  fault: 'fault',
  shutdown: 'stopping',
  'bad-input': 'bad-message',
};

/** With so much input that the session has not taken, the page's socket is not read: what it sends waits in its browser. */
export const MAX_UNTAKEN_BYTES = 128 * 1024;
const MAX_U32 = 0xffffffff;
const MAX_U16 = 0xffff;

/**
 * A page's seat and the connection to its terminal. It outlives the page's connections: without one, it is not ready, like a
 * stopped terminal; with a new one, input continues where it was.
 */
export class PageSeat implements JoinerSink {
  #seat: Seat | undefined;
  #connection: PageConnection | undefined;
  #visible = true;
  #onReady: () => void = () => undefined;
  /** What takes the terminal over: a page that comes back may never have got it. */
  #first: Uint8Array | undefined;
  #status: SessionStatus | undefined;
  #lock: SeatLocked | undefined;
  /** The number of the last input that was taken. */
  #taken: number;
  /** Bytes of input that the session has not taken yet. */
  #untaken = 0;
  #over = false;
  /** Of the page's protocol. */
  #version: number;

  constructor(
    /** Names page, session and role. A secret. */
    readonly key: string,
    private readonly participant: string,
    hello: HelloMessage,
    readonly unlocking: Unlocking,
    /** Called when the terminal is locked and a new sign-in unlocks it: the one before must not do. */
    private readonly signOut: () => void,
    /** Called once, when the stay is over. */
    private readonly onOver: (seat: PageSeat) => void,
  ) {
    this.#taken = hello.sent;
    this.#version = hello.version;
  }

  get connection(): PageConnection | undefined {
    return this.#connection;
  }

  /** The stay has ended. */
  get over(): boolean {
    return this.#over;
  }

  get taken(): number {
    return this.#taken;
  }

  /** The session has a place for it; then a connection is attached. */
  seated(seat: Seat): void {
    this.#seat = seat;
  }

  /** The page is here, with a new connection; an older one ends. */
  attach(connection: PageConnection, resumed: HelloMessage | undefined): void {
    const old = this.#connection;
    this.#connection = connection;
    this.#version = resumed?.version ?? this.#version;
    old?.close('replaced');
    this.#visible = true;
    if (this.#untaken > MAX_UNTAKEN_BYTES) connection.pause();
    this.#seat?.setStalled(false);
    connection.send({
      type: 'welcome',
      version: WEB_PROTOCOL_VERSION,
      role: this.#seat?.info.role ?? 'reader',
      resumed: resumed !== undefined,
      taken: this.#taken,
    });
    if (resumed !== undefined) this.#seat?.resize(resumed, !resumed.claim);
    this.#sendSize();
    if (this.#status !== undefined) this.#sendStatus(this.#status);
    if (this.#lock !== undefined) this.#sendLock();
    if (this.#first !== undefined) connection.screen(this.#first);
    if (resumed === undefined) this.#onReady();
    else this.#seat?.repaint();
  }

  /** That connection has ended; other code waits for the page to come back. */
  detach(connection: PageConnection): boolean {
    if (this.#connection !== connection) return false;
    this.#connection = undefined;
    // Nobody is bound by the size of a terminal that is not there.
    this.#seat?.setStalled(true);
    return true;
  }

  /** Leaves the session. */
  leave(ending: SeatEnding): void {
    if (this.#seat === undefined) this.#end();
    else this.#seat.leave(ending);
  }

  /** A message from the page. Throws `protocol` if it is invalid; `taken` says whether an input was new. */
  take(message: Exclude<ClientMessage, HelloMessage>): void {
    switch (message.type) {
      case 'input':
        if (message.number <= this.#taken) return;
        if (message.number !== this.#taken + 1) throw new ShipmateError('protocol', 'bad message: an input is missing');
        this.#taken = message.number;
        this.#untaken += message.bytes.length;
        this.#seat?.input(message.bytes);
        if (this.#untaken > MAX_UNTAKEN_BYTES) this.#connection?.pause();
        break;
      case 'resize':
        this.#seat?.resize(message, !message.claim);
        break;
      case 'visible':
        this.#visible = message.visible;
        if (message.visible) this.#onReady();
        break;
      case 'password':
        this.#seat?.lock.give(message.text);
        break;
      case 'lock':
        this.#seat?.lockTerminal();
        break;
      case 'ack':
      case 'pong':
        break;
    }
  }

  /** The connection has room again. */
  becameReady(): void {
    if (this.#visible) this.#onReady();
  }

  get ready(): boolean {
    return this.#visible && this.#connection?.ready === true;
  }

  get held(): number {
    return this.#connection?.held ?? 0;
  }

  write(bytes: Uint8Array): void {
    this.#first ??= bytes;
    this.#connection?.screen(bytes);
  }

  tookInput(bytes: number): void {
    this.#untaken -= bytes;
    if (this.#untaken <= MAX_UNTAKEN_BYTES / 2) this.#connection?.resume();
  }

  resized(cols: number, rows: number): void {
    this.#send({ type: 'size', cols: Math.min(cols, MAX_SIDE), rows: Math.min(rows, MAX_SIDE) });
  }

  status(status: SessionStatus): void {
    this.#status = status;
    if (this.#connection !== undefined) this.#sendStatus(status);
  }

  locked(lock: SeatLocked | undefined): void {
    const was = this.#lock;
    this.#lock = lock;
    this.#sendLock();
    // A page that has forgotten its screen needs what takes the terminal over.
    if (lock === undefined && this.#first !== undefined) this.#connection?.screen(this.#first);
    if (was === undefined && lock?.by === 'sign-in') this.signOut();
  }

  #sendLock(): void {
    if (this.#version < LOCK_VERSION) return;
    const { by, triesLeft, said } = this.#lock ?? { by: 'no' as const, triesLeft: 0, said: '' };
    this.#send({ type: 'locked', by, tries: triesLeft, text: said });
  }

  onReady(listener: () => void): void {
    this.#onReady = listener;
  }

  end(ending: SeatEnding, last: Uint8Array, why?: string): void {
    const connection = this.#connection;
    if (connection !== undefined) {
      // The last screen of an ended session remains for reading; the page shows the rest next to it.
      if (ending === 'ended' || ending === 'lost' || ending === 'time-over' || ending === 'idle') {
        connection.send({ type: 'state', phase: 'ended', ms: 0, windowCols: 0, windowRows: 0 });
      } else connection.screen(last);
      const name = CLOSE_FOR[ending];
      connection.close(name, why === undefined ? undefined : closeReason(`${CLOSE_CODES[name].text}: ${why}`));
    }
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#connection = undefined;
    this.onOver(this);
  }

  #send(message: ServerMessage): void {
    this.#connection?.send(message);
  }

  #sendSize(): void {
    if (this.#seat !== undefined) this.resized(this.#seat.size.cols, this.#seat.size.rows);
  }

  #sendStatus({ phase, leftMs, cols, rows, people }: SessionStatus): void {
    this.#send({
      type: 'state',
      phase,
      ms: Math.min(MAX_U32, Math.max(0, Math.ceil(leftMs))),
      windowCols: Math.min(MAX_U16, cols),
      windowRows: Math.min(MAX_U16, rows),
    });
    const listed = people.listed.slice(0, MAX_LISTED);
    const self = listed.findIndex(({ id }) => id === this.participant);
    this.#send({
      type: 'people',
      count: Math.min(MAX_U16, people.count),
      listed: listed.map(({ role, transport }) => ({ role, transport })),
      self: self < 0 ? undefined : self,
    });
    const names = listed.map(({ name }) => name);
    if (this.#version >= NAMES_VERSION && names.some((name) => name !== undefined))
      this.#send({ type: 'names', names });
    const locks = listed.map(({ locked }) => locked === true);
    if (this.#version >= LOCK_VERSION && locks.includes(true)) this.#send({ type: 'locks', locked: locks });
  }
}
