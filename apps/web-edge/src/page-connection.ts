import type { RawData, WebSocket } from 'ws';
import { isShipmateError, Pace, type Clock, type Timer } from '#kernel';
import {
  CLOSE_CODES,
  decodeClientMessage,
  encodeServerMessage,
  type ClientMessage,
  type CloseName,
  type HelloMessage,
  type ServerMessage,
} from '#web-protocol';
import type { WebEdgeObserver } from './observers.js';
import type { WebEnding } from './refusals.js';

/** A page that has not sent a `hello` within this time, in ms, is closed. */
export const HELLO_MS = 10_000;

/** Below the 60 s after which proxies drop idle connections; after this many pings, a silent page is closed. */
export const PING_MS = 20_000;
const UNANSWERED_PINGS = 3;

/**
 * More than this on its way, and the next frame waits, on any line: what a slow page still has to draw is what a Ctrl-C in a flood waits
 * for. Over a round trip of 200 ms it is 320 KB a second, more than any terminal's frames. A slow line has less on its way (`Pace`).
 */
export const MAX_UNACKNOWLEDGED_BYTES = 64 * 1024;
/** In this process, because the network accepts no more. */
export const MAX_UNSENT_BYTES = 64 * 1024;
/** Answers to many small messages, for a page that reads none of them: it is cut off. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** What a page's connection is used for. */
export interface PageConnectionListener {
  /** The first message; the connection is open, and nothing else is taken until `welcome` is sent. */
  onHello(hello: HelloMessage): void;
  /**
   * Any later message but acks and pongs: before the welcome, a password only. What it throws ends the connection: a
   * `ShipmateError` as bad input.
   */
  onMessage(message: Exclude<ClientMessage, HelloMessage>): void;
  /** `ready` has become true again. */
  onReady(): void;
  /** Called once, when nothing can be sent or will come any more. */
  onClose(ending: WebEnding): void;
}

/** One WebSocket of a page: its messages, its pings, and how far behind it is. It does not know who uses the page. */
export class PageConnection {
  #state: 'new' | 'greeted' | 'welcomed' | 'closed' = 'new';
  #timer: Timer | undefined;
  #unanswered = 0;
  /** Of the bytes of screen messages; acknowledgements come with each, modulo 2^32. */
  readonly #pace: Pace;
  #acknowledged = 0;
  #drawn = 0;
  #blocked = false;
  #ending: WebEnding | undefined;
  #listener: PageConnectionListener | undefined;

  constructor(
    readonly id: number,
    readonly address: string,
    private readonly socket: WebSocket,
    private readonly clock: Clock,
    private readonly observer: WebEdgeObserver,
  ) {
    this.#pace = new Pace(clock, MAX_UNACKNOWLEDGED_BYTES, () => this.#drained());
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('error', (error) => (this.#ending ??= endingOf(error)));
    socket.on('close', (code) => this.#closed(code));
    this.#timer = clock.after(HELLO_MS, () => this.close('no-hello'));
  }

  /** To be called once, before anything can have come. */
  listen(listener: PageConnectionListener): void {
    this.#listener = listener;
  }

  get open(): boolean {
    return this.#state !== 'closed';
  }

  /** Whether the page has drawn enough of what it got to be sent more. */
  get ready(): boolean {
    return this.#state === 'welcomed' && !this.#blocked;
  }

  /** Bytes that wait in this process because the network accepts no more. */
  get held(): number {
    return this.socket.bufferedAmount;
  }

  send(message: ServerMessage): void {
    if (this.#state === 'closed') return;
    if (message.type === 'welcome') this.#welcomed();
    // A person takes their time.
    else if (message.type === 'ask' || message.type === 'wait') this.#pingLater();
    if (this.socket.bufferedAmount > MAX_WAITING_BYTES) {
      this.close('silent');
      return;
    }
    this.socket.send(encodeServerMessage(message));
  }

  /** Sends bytes for the terminal. Frames that many pages share are one array: it is encoded once. */
  screen(bytes: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#pace.wrote(bytes.length);
    this.#pace.asks();
    this.observer.bytes('out', bytes.length);
    this.socket.send(encodedScreen(bytes), () => this.#drained());
    this.#blocked = !this.#mayTakeMore;
  }

  /** Ends the connection in good order, with a reason where the table's is too general. */
  close(name: CloseName, reason: string = CLOSE_CODES[name].text): void {
    if (this.#state === 'closed') return;
    this.#ending ??= name;
    this.socket.close(CLOSE_CODES[name].code, reason);
    this.#closed(CLOSE_CODES[name].code);
  }

  /** Reads nothing more from the page until `resume`. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    if (this.socket.isPaused) this.socket.resume();
  }

  /** Cuts the connection now. */
  terminate(): void {
    this.socket.terminate();
  }

  #received(data: RawData, isBinary: boolean): void {
    if (this.#state === 'closed') return;
    if (!isBinary) {
      this.close('text');
      return;
    }
    try {
      // Whole messages come as one Buffer, by ws's default.
      this.#take(decodeClientMessage(data as Buffer));
    } catch (error) {
      if (isShipmateError(error, 'conflict')) this.close('version');
      else if (isShipmateError(error)) this.close('bad-message', error.message.slice(0, 100));
      else {
        this.observer.failed(error);
        this.close('fault');
      }
    }
  }

  #take(message: ClientMessage): void {
    this.#unanswered = 0;
    if (message.type === 'hello') {
      if (this.#state !== 'new') this.close('bad-message', 'bad message: a second hello');
      else {
        this.#state = 'greeted';
        this.#listener?.onHello(message);
      }
    } else if (this.#state !== 'welcomed' && message.type !== 'password' && message.type !== 'pong') {
      this.close('bad-message', 'bad message: sent before the welcome');
    } else if (message.type === 'ack') this.#acked(message.bytes);
    else if (message.type === 'pong') {
      const ms = (stampOf(this.clock) - message.stamp) >>> 0;
      if (ms < PING_MS * UNANSWERED_PINGS) this.observer.rtt(ms / 1000);
    } else this.#listener?.onMessage(message);
  }

  #acked(bytes: number): void {
    const fresh = (bytes - this.#acknowledged) >>> 0;
    if (this.#pace.inFlight < fresh) {
      this.close('bad-message', 'bad message: acknowledges what was not sent');
      return;
    }
    this.#acknowledged = bytes;
    this.#drawn += fresh;
    this.#pace.arrivedUpTo(this.#drawn);
    if (!this.#pace.clear) this.#pace.asks();
    this.#drained();
  }

  get #mayTakeMore(): boolean {
    return this.#pace.clear && this.socket.bufferedAmount <= MAX_UNSENT_BYTES;
  }

  #drained(): void {
    if (!this.#blocked || this.#state !== 'welcomed' || !this.#mayTakeMore) return;
    this.#blocked = false;
    this.#listener?.onReady();
  }

  #welcomed(): void {
    this.#state = 'welcomed';
    this.#pingLater();
  }

  #pingLater(): void {
    this.#timer?.cancel();
    this.#timer = this.clock.after(PING_MS, () => {
      if (this.#unanswered >= UNANSWERED_PINGS) {
        // Somebody who hears nothing hears no farewell either.
        this.close('silent');
        this.socket.terminate();
        return;
      }
      this.#unanswered += 1;
      this.send({ type: 'ping', stamp: stampOf(this.clock) });
      this.#pingLater();
    });
  }

  #closed(code: number): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#timer?.cancel();
    // 1006: no close frame came. Any other, 1005 for an empty one too, comes from the page itself.
    const ending = this.#ending ?? (code === 1006 ? 'broken' : 'left');
    this.observer.disconnected(this.id, this.address, ending);
    this.#listener?.onClose(ending);
  }
}

const stampOf = (clock: Clock): number => Math.trunc(clock.monotonic()) >>> 0;

/** ws's errors for invalid frames; all others come from the network. */
function endingOf(error: Error & { code?: string }): WebEnding {
  switch (error.code) {
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
    case 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH':
    case 'WS_ERR_TOO_MANY_BUFFERED_PARTS':
      return 'too-large';
    case 'WS_ERR_INVALID_UTF8':
      return 'bad-text';
    default:
      return error.code?.startsWith('WS_ERR_') === true ? 'bad-frame' : 'broken';
  }
}

const encodedScreens = new WeakMap<Uint8Array, Uint8Array>();

function encodedScreen(bytes: Uint8Array): Uint8Array {
  let encoded = encodedScreens.get(bytes);
  if (encoded === undefined) encodedScreens.set(bytes, (encoded = encodeServerMessage({ type: 'screen', bytes })));
  return encoded;
}
