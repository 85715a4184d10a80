import { randomBytes } from 'node:crypto';
import { WebSocket } from 'ws';
import {
  decodeServerMessage,
  encodeClientMessage,
  TypedInput,
  type ClientMessage,
  type HelloMessage,
  type PeopleMessage,
  type ServerMessage,
  type StateMessage,
  type WelcomeMessage,
} from '#web-protocol';
import { until, within } from './until.js';
import { XtermScreen } from './xterm-screen.js';

/** The address of a session's WebSocket. */
export interface WebTarget {
  /** The server's HTTP port. */
  readonly port: number;
  readonly token: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** By TLS, whoever's certificate it is. */
  readonly tls?: boolean;
}

/** Where a page joins, and its size. */
export interface WebJoinerOptions extends WebTarget {
  readonly cols?: number;
  readonly rows?: number;
  /** The terminal's own size counts; default false: it takes the window's. */
  readonly claim?: boolean;
  /** No terminal is drawn, bytes are only counted: for hundreds at once. */
  readonly blind?: boolean;
  /** Say no hello. */
  readonly silent?: boolean;
  /** Leave screens unacknowledged. */
  readonly lazy?: boolean;
  /** Over the fields of the hello. */
  readonly hello?: Partial<HelloMessage>;
}

/** How a connection ended. */
export interface WebClose {
  readonly code: number;
  readonly reason: string;
}

/**
 * A page without a browser: speaks the web protocol over one connection after the other, as the browser client does, or
 * sends what no page would.
 */
export class WebJoiner {
  readonly page: Uint8Array;
  readonly input = new TypedInput();
  /** Of all connections so far. */
  bytes = 0;
  welcome: WelcomeMessage | undefined;
  state: StateMessage | undefined;
  people: PeopleMessage | undefined;
  size: { cols: number; rows: number } | undefined;
  readonly notices: string[] = [];
  closed: WebClose | undefined;
  #socket: WebSocket;
  #closing: Promise<WebClose>;
  readonly #screen: XtermScreen | undefined;
  #lazy: boolean;
  #ackable = 0;
  #onScreen: ((bytes: Uint8Array) => void) | undefined;

  private constructor(private readonly options: WebJoinerOptions) {
    const { cols = 80, rows = 24, blind = false } = options;
    this.page = options.hello?.page ?? new Uint8Array(randomBytes(16));
    this.#screen = blind ? undefined : new XtermScreen(cols, rows);
    this.#lazy = options.lazy ?? false;
    [this.#socket, this.#closing] = this.#connect();
  }

  /** Connects and says hello; waits for the welcome or the end, unless `silent`. */
  static async start(options: WebJoinerOptions): Promise<WebJoiner> {
    const joiner = new WebJoiner(options);
    await joiner.#begin();
    return joiner;
  }

  get screen(): XtermScreen {
    if (this.#screen === undefined) throw new Error('a blind joiner has no screen');
    return this.#screen;
  }

  get open(): boolean {
    return this.closed === undefined;
  }

  /** Calls `listener` with what the terminal gets, in place of an earlier listener. */
  onScreen(listener: (bytes: Uint8Array) => void): void {
    this.#onScreen = listener;
  }

  /** Types, whether there is a connection or not. */
  async type(text: string | Uint8Array): Promise<void> {
    const taken = this.input.type(typeof text === 'string' ? new TextEncoder().encode(text) : text);
    if (!taken) throw new Error('too much waits to be sent');
    this.#flush();
  }

  send(message: ClientMessage): void {
    this.sendRaw(encodeClientMessage(message));
  }

  /** Sends a frame as it is: a Uint8Array as binary, a string as text. */
  sendRaw(data: Uint8Array | string): void {
    this.#socket.send(data, () => undefined);
  }

  async resize(cols: number, rows: number, claim = true): Promise<void> {
    this.send({ type: 'resize', cols, rows, claim });
  }

  /** Stops acknowledging screens, as a page that is busy; or acknowledges all of them again. */
  busy(lazy: boolean): void {
    this.#lazy = lazy;
    if (!lazy) this.send({ type: 'ack', bytes: this.#ackable });
  }

  /** Stops reading from the network. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The network fails silently. */
  cut(): void {
    this.#socket.terminate();
  }

  /** Says farewell, as a page that is closed. */
  leave(): void {
    this.#socket.close(1001);
  }

  /** Connects again with the same page, after the last connection ended. */
  async reconnect(target: Partial<WebTarget> = {}): Promise<void> {
    await this.toClose();
    Object.assign(this.options, target);
    this.closed = undefined;
    this.welcome = undefined;
    [this.#socket, this.#closing] = this.#connect();
    await this.#begin();
  }

  /** Waits for the end of the connection. */
  async toClose(deadlineMs?: number): Promise<WebClose> {
    return await within(this.#closing, 'the connection to be closed', deadlineMs);
  }

  /** Waits until the server has taken all that was typed. */
  async toHaveTyped(): Promise<void> {
    await until(() => this.input.waitingBytes === 0, { what: 'the server to take what was typed' });
  }

  /** Waits until `condition` holds of this page. */
  async toHave(condition: (joiner: this) => unknown, what: string): Promise<void> {
    await until(() => Boolean(condition(this)), { what });
  }

  /** Leaves in good order, so that nobody waits for the page to come back. */
  async stop(): Promise<void> {
    this.#socket.resume();
    this.leave();
    await this.#closing;
    this.#screen?.dispose();
  }

  #connect(): [WebSocket, Promise<WebClose>] {
    const { port, token, headers = {}, tls = false } = this.options;
    const path = token.split('/').map(encodeURIComponent).join('/');
    const options = { headers, perMessageDeflate: true, rejectUnauthorized: false };
    const socket = new WebSocket(`${tls ? 'wss' : 'ws'}://127.0.0.1:${port}/ws/session/${path}`, options);
    this.#ackable = 0;
    const closing = new Promise<WebClose>((resolve) => {
      socket.once('close', (code, reason) => resolve((this.closed ??= { code, reason: reason.toString() })));
    });
    socket.on('message', (data: Buffer) => this.#take(decodeServerMessage(data)));
    socket.on('error', () => undefined); // A close follows.
    return [socket, closing];
  }

  async #begin(): Promise<void> {
    const { cols = 80, rows = 24, claim = false, silent = false, hello = {} } = this.options;
    await within(
      new Promise((resolve) => {
        this.#socket.once('open', resolve);
        this.#socket.once('close', resolve);
      }),
      'a WebSocket to open',
    );
    if (silent || !this.open) return;
    const { page } = this;
    const { sent } = this.input;
    this.send({
      type: 'hello',
      version: 1,
      page,
      sent,
      cols,
      rows,
      claim,
      trueColour: true,
      term: 'xterm-256color',
      ...hello,
    });
    await until(() => this.welcome !== undefined || !this.open, { what: 'a welcome or the end' });
  }

  #take(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.welcome = message;
        this.input.welcomed(message.taken);
        this.#flush();
        break;
      case 'screen':
        this.bytes += message.bytes.length;
        this.#ackable = (this.#ackable + message.bytes.length) >>> 0;
        this.#screen?.write(message.bytes);
        this.#onScreen?.(message.bytes);
        if (!this.#lazy) this.send({ type: 'ack', bytes: this.#ackable });
        break;
      case 'size':
        this.size = { cols: message.cols, rows: message.rows };
        this.#screen?.resize(message.cols, message.rows);
        break;
      case 'state':
        this.state = message;
        break;
      case 'people':
        this.people = message;
        break;
      case 'notice':
        this.notices.push(message.text);
        break;
      case 'taken':
        this.input.taken(message.number);
        break;
      case 'ping':
        this.send({ type: 'pong', stamp: message.stamp });
        break;
    }
  }

  #flush(): void {
    if (this.welcome === undefined || !this.open || this.#socket.readyState !== WebSocket.OPEN) return;
    for (const message of this.input.take()) this.send(message);
  }
}
