import type { Clock, Timer } from '#kernel';
import {
  closeCode,
  decodeServerMessage,
  encodeClientMessage,
  mayRetry,
  SILENCE_MS,
  TypedInput,
  WEB_PROTOCOL_VERSION,
  type ClientMessage,
  type CloseName,
  type LockedMessage,
  type ServerMessage,
  type WelcomeMessage,
} from '#web-protocol';
import type { Canvas } from './canvas.js';
import type { Link, OpenLink } from './link.js';
import { retryDelay } from './retry-delay.js';
import { FIRST_STATUS, type Status } from './status.js';

/** The size that a page would have, and whether it claims it: see the protocol's `resize`. */
export interface WantedSize {
  readonly cols: number;
  readonly rows: number;
  readonly claim: boolean;
}

export interface ConnectionDeps {
  readonly openLink: OpenLink;
  readonly canvas: Canvas;
  readonly clock: Clock;
  /** 0 to 1, for the spread of waits. */
  readonly random: () => number;
  /** The page's id: `PAGE_ID_BYTES` random bytes. A secret. */
  readonly pageId: Uint8Array;
  readonly size: WantedSize;
  readonly onStatus: (status: Status) => void;
  readonly onNotice: (text: string) => void;
}

/** How long a connection may take to its welcome, in milliseconds. */
const WELCOME_MS = 15_000;

/**
 * For how long, in milliseconds, a page that had a seat does not believe that the session has ended: after a restart, a server
 * knows the session again only when the host has come back, which tries every 2 s.
 */
const DISBELIEF_MS = 90_000;

/** Links left alone that may hang at the same time; the oldest is closed. */
const MOST_LEFT_ALONE = 3;

const U32 = 2 ** 32;

/**
 * A page's connection to its session, over any number of links: opens them, reports the state, draws what comes, and keeps what
 * is typed until the server has accepted it. A link that seems dead is not closed until a newer one has its welcome: a close
 * frame that arrived after all would give up the seat that the next link should get back, with the record of typed keys.
 */
export class Connection {
  readonly #deps: ConnectionDeps;
  readonly #typed = new TypedInput();
  #status: Status = FIRST_STATUS;
  #size: WantedSize;
  #visible = true;
  #link: Link | undefined;
  #leftAlone: Link[] = [];
  #welcomed = false;
  #fresh = true;
  #attempt = 0;
  #lostAtMs: number | undefined;
  #heardAtMs = 0;
  #drawnBytes = 0;
  #timer: Timer | undefined;
  #silence: Timer | undefined;
  #disposed = false;
  /** The session's password, as the person gave it: a link that follows need not ask again. */
  #password: string | undefined;
  /** Whether this link was given it. */
  #passwordSent = false;
  /** The terminal was emptied because it is locked. */
  #wiped = false;

  constructor(deps: ConnectionDeps) {
    this.#deps = deps;
    this.#size = deps.size;
  }

  get status(): Status {
    return this.#status;
  }

  /** Connects; later calls reconnect at once, in any state: "join again". */
  connect(): void {
    this.#attempt = 0;
    this.#lostAtMs = undefined;
    this.#open();
  }

  /**
   * Takes what was typed, to be sent now or when there is a connection. False when it cannot be kept because too much waits
   * already, or nobody will ever take it: then nothing of it was taken.
   */
  type(bytes: Uint8Array): boolean {
    // What is typed at a locked terminal is for nobody.
    if (this.#status.lock !== undefined) return true;
    if (this.#status.link === 'over' || !this.#typed.type(bytes)) return false;
    this.#sendTyped();
    this.#set({ unsentBytes: this.#typed.waitingBytes });
    return true;
  }

  /** The person gives the session's password. */
  givePassword(text: string): void {
    if (this.#status.link === 'joined' && this.#status.lock !== undefined) this.#send({ type: 'password', text });
    if (this.#status.link !== 'asked') return;
    this.#password = text;
    this.#sendPassword();
  }

  /** Locks this terminal; false while there is no connection. */
  lock(): boolean {
    if (this.#status.link !== 'joined') return false;
    this.#send({ type: 'lock' });
    return true;
  }

  /** The page has another size, or asks for another one. */
  resize(size: WantedSize): void {
    const { cols, rows, claim } = this.#size;
    if (cols === size.cols && rows === size.rows && claim === size.claim) return;
    this.#size = size;
    if (this.#welcomed) this.#send({ type: 'resize', ...size });
  }

  /** Whether the page is seen. One that comes into view tries at once, if it was waiting. */
  setVisible(visible: boolean): void {
    if (this.#visible === visible) return;
    this.#visible = visible;
    if (this.#welcomed) this.#send({ type: 'visible', visible });
    if (visible) this.wake();
  }

  /** The network went. The link is not touched: it may live, if the way to the server does. */
  goneOffline(): void {
    this.#set({ offline: true });
  }

  /** The network is back: what was there before is most likely dead, whether it knows or not. */
  backOnline(): void {
    this.#set({ offline: false });
    if (this.#status.link === 'over') return;
    if (this.#status.link === 'waiting') this.tryNow();
    else if (this.#deps.clock.monotonic() - this.#heardAtMs > 1000) this.#open();
  }

  /** Timers stand still in a page that sleeps: looks at what they would have seen. */
  wake(): void {
    if (this.#status.link === 'waiting') this.tryNow();
    else if (this.#link !== undefined && this.#deps.clock.monotonic() - this.#heardAtMs > SILENCE_MS) this.#open();
  }

  /** Tries now what would be tried later. */
  tryNow(): void {
    if (this.#status.link === 'waiting') this.#open();
  }

  /** Leaves for good. */
  dispose(): void {
    this.#disposed = true;
    this.#stopTimers();
    for (const link of [...this.#leftAlone, this.#link]) link?.close();
    this.#link = undefined;
    this.#leftAlone = [];
  }

  #open(): void {
    if (this.#disposed) return;
    this.#stopTimers();
    this.#leaveAlone();
    this.#heardAtMs = this.#deps.clock.monotonic();
    this.#passwordSent = false;
    this.#set({ link: 'connecting', retryAtMs: undefined });
    // Whatever an abandoned link still reports is ignored.
    let link: Link | undefined = undefined;
    const mine = (): boolean => link !== undefined && this.#link === link;
    link = this.#deps.openLink({
      opened: () => mine() && this.#hello(),
      message: (bytes) => mine() && this.#message(bytes),
      closed: (code, reason) => mine() && this.#closed(code, reason),
    });
    this.#link = link;
    this.#timer = this.#deps.clock.after(WELCOME_MS, () => this.#lost());
  }

  #leaveAlone(): void {
    if (this.#link !== undefined) this.#leftAlone.push(this.#link);
    if (this.#leftAlone.length > MOST_LEFT_ALONE) this.#leftAlone.shift()?.close();
    this.#link = undefined;
    this.#welcomed = false;
  }

  #hello(): void {
    const hello = { page: this.#deps.pageId, sent: this.#typed.sent, trueColour: true, term: 'xterm-256color' };
    this.#send({ type: 'hello', version: WEB_PROTOCOL_VERSION, ...hello, ...this.#size });
  }

  #message(bytes: Uint8Array): void {
    this.#heardAtMs = this.#deps.clock.monotonic();
    let message: ServerMessage;
    try {
      message = decodeServerMessage(bytes);
    } catch {
      // Not our server, or not whole: a fresh connection and a fresh screen are the cure, with growing waits.
      this.#lost();
      return;
    }
    this.#apply(message);
  }

  #apply(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#welcome(message);
        break;
      case 'screen':
        this.#draw(message.bytes);
        break;
      case 'size':
        this.#deps.canvas.resize(message.cols, message.rows);
        break;
      case 'state': {
        const { phase, ms, windowCols: cols, windowRows: rows } = message;
        const now = this.#deps.clock.now();
        const atMs = phase === 'reconnecting' ? now + ms : phase === 'ended' ? now - ms : 0;
        this.#set({ session: { phase, atMs, cols, rows } });
        break;
      }
      case 'people':
        this.#set({ people: { count: message.count, listed: message.listed, self: message.self } });
        break;
      case 'names': {
        const { people } = this.status;
        if (people === undefined) break;
        const listed = people.listed.map((person, at) => ({ ...person, name: message.names[at] }));
        this.#set({ people: { ...people, listed } });
        break;
      }
      case 'locks': {
        const { people } = this.status;
        if (people === undefined) break;
        const listed = people.listed.map((person, at) => ({ ...person, locked: message.locked[at] === true }));
        this.#set({ people: { ...people, listed } });
        break;
      }
      case 'locked':
        this.#locked(message);
        break;
      case 'notice':
        this.#deps.onNotice(message.text);
        break;
      case 'taken':
        this.#typed.taken(message.number);
        this.#set({ unsentBytes: this.#typed.waitingBytes });
        break;
      case 'ask':
        this.#asked(message.tries);
        break;
      case 'wait':
        this.#timer?.cancel();
        this.#watchSilence();
        this.#set({ link: 'awaiting-host' });
        break;
      case 'ping':
        this.#send({ type: 'pong', stamp: message.stamp });
        break;
    }
  }

  #locked({ by, tries, text: said }: LockedMessage): void {
    if (by === 'no') {
      this.#fresh = true;
      this.#set({ lock: undefined });
      return;
    }
    if (!this.#wiped || this.#status.lock === undefined) {
      this.#wiped = true;
      this.#deps.canvas.wipe();
      // What this page remembers proves nothing of whoever is there.
      this.#password = undefined;
    }
    this.#set({ lock: { by, tries, said } });
  }

  #asked(tries: number): void {
    this.#timer?.cancel();
    this.#watchSilence();
    const wasWrong = this.#passwordSent;
    if (wasWrong) this.#password = undefined;
    if (this.#password === undefined) this.#set({ link: 'asked', password: { tries, wasWrong } });
    else this.#sendPassword();
  }

  #sendPassword(): void {
    this.#passwordSent = true;
    this.#set({ link: 'connecting' });
    this.#send({ type: 'password', text: this.#password ?? '' });
  }

  #welcome({ role, taken, resumed }: WelcomeMessage): void {
    this.#timer?.cancel();
    for (const link of this.#leftAlone.splice(0)) link.close();
    this.#welcomed = true;
    this.#fresh = true;
    this.#drawnBytes = 0;
    this.#attempt = 0;
    this.#lostAtMs = undefined;
    this.#typed.welcomed(taken);
    if (!this.#visible) this.#send({ type: 'visible', visible: false });
    this.#sendTyped();
    this.#watchSilence();
    const unsentBytes = this.#typed.waitingBytes;
    this.#wiped = false;
    const isProved = !resumed && this.#passwordSent;
    const lock = isProved ? undefined : this.#status.lock;
    // The server knows that a seat is locked; a new one, in place of one that was lost, would show the session to whoever is there.
    if (lock !== undefined && !resumed) this.#send({ type: 'lock' });
    this.#set({ link: 'joined', hadSeat: true, offline: false, role, closing: undefined, unsentBytes, lock });
  }

  #draw(bytes: Uint8Array): void {
    const link = this.#link;
    const fresh = this.#fresh;
    this.#fresh = false;
    this.#deps.canvas.write(bytes, fresh, () => {
      if (link !== this.#link || !this.#welcomed) return;
      this.#drawnBytes = (this.#drawnBytes + bytes.length) % U32;
      this.#send({ type: 'ack', bytes: this.#drawnBytes });
    });
  }

  #watchSilence(): void {
    this.#silence?.cancel();
    const silentMs = this.#deps.clock.monotonic() - this.#heardAtMs;
    if (silentMs >= SILENCE_MS) this.#open();
    else this.#silence = this.#deps.clock.after(SILENCE_MS - silentMs, () => this.#watchSilence());
  }

  #sendTyped(): void {
    if (!this.#welcomed) return;
    for (const input of this.#typed.take()) this.#send(input);
  }

  #send(message: ClientMessage): void {
    this.#link?.send(encodeClientMessage(message));
  }

  #closed(code: number, reason: string): void {
    const known = closeCode(code);
    const closing = { code, name: known?.name, text: reason === '' ? (known?.text ?? '') : reason };
    this.#link = undefined;
    this.#lostAtMs ??= this.#deps.clock.monotonic();
    const name: CloseName | undefined = known?.name as CloseName | undefined;
    if (mayRetry(code) || (name === 'not-found' && this.#disbelieves())) this.#lost({ closing });
    else this.#end({ closing });
  }

  /** Whether a session that reportedly does not exist was there a moment ago. */
  #disbelieves(): boolean {
    const { hadSeat, session } = this.#status;
    if (!hadSeat || session?.phase === 'ended') return false;
    return this.#deps.clock.monotonic() - (this.#lostAtMs ?? 0) < DISBELIEF_MS;
  }

  #lost(change: Partial<Status> = {}): void {
    this.#stopTimers();
    this.#leaveAlone();
    this.#lostAtMs ??= this.#deps.clock.monotonic();
    const delayMs = retryDelay(++this.#attempt, this.#deps.random());
    this.#timer = this.#deps.clock.after(delayMs, () => this.#open());
    this.#set({ ...change, link: 'waiting', retryAtMs: this.#deps.clock.now() + delayMs, people: undefined });
  }

  #end(change: Partial<Status>): void {
    this.#stopTimers();
    this.#welcomed = false;
    for (const link of this.#leftAlone.splice(0)) link.close();
    this.#set({ ...change, link: 'over', retryAtMs: undefined, people: undefined, lock: undefined });
  }

  #stopTimers(): void {
    this.#timer?.cancel();
    this.#silence?.cancel();
  }

  #set(change: Partial<Status>): void {
    this.#status = { ...this.#status, ...change };
    this.#deps.onStatus(this.#status);
  }
}
