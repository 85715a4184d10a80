import { decodeMultiStream, encode } from '@msgpack/msgpack';
import type { Client, ClientChannel } from 'ssh2';
import { noteSecret } from './noted-secrets.js';
import { connectSsh, type SyntheticTarget } from './synthetic-connection.js';
import { DEFAULT_DEADLINE_MS, until, within } from './until.js';

/** A message as it is on the wire: `[type, ...arguments]` (tmate protocol 6). */
export type WireMessage = readonly [type: number, ...args: unknown[]];

/** What a host sends about itself before its session begins. */
export interface Introduction {
  readonly cols?: number;
  readonly rows?: number;
  /** Commands, such as `['set-option', '-g', 'prefix', 'C-a']`. */
  readonly commands?: readonly (readonly string[])[];
  /** What the server gave as `tmate_reconnection_data` earlier. */
  readonly reconnect?: string;
  /** Leave READY and the layout for the test to send. */
  readonly unready?: boolean;
}

const HEADER = 0;
const SYNC_LAYOUT = 1;
const PTY_DATA = 2;
const STATUS = 5;
const FIN = 8;
const READY = 9;
const RECONNECT = 10;
const EXEC_CMD = 12;
const UNAME = 13;

/** A host without a terminal: says over SSH whatever a test wants said, also what no tmate would. */
export class SyntheticHost {
  /** All that the server has sent, oldest first; the last 10,000. */
  readonly received: WireMessage[] = [];
  /** How the subsystem's channel ended; undefined while it is open. */
  closed: { readonly status: number | undefined } | undefined;
  readonly #closed: Promise<void>;
  #onMessage: ((message: WireMessage) => void) | undefined;

  private constructor(
    readonly client: Client,
    readonly channel: ClientChannel,
  ) {
    let status: number | undefined;
    channel.on('exit', (code: number | null) => (status = code ?? undefined));
    this.#closed = new Promise((resolve) => {
      const end = (): void => {
        this.closed ??= { status };
        resolve();
      };
      channel.once('close', end);
      client.once('close', end);
    });
    channel.stderr.resume();
    void this.#read();
  }

  /** Logs in as `tmate` and opens the subsystem; says nothing yet. */
  static async connect(target: SyntheticTarget): Promise<SyntheticHost> {
    const client = await connectSsh('tmate', target);
    const channel = await within(
      new Promise<ClientChannel>((resolve, reject) => {
        client.subsys('tmate', (error, channel) => (error === undefined ? resolve(channel) : reject(error)));
      }),
      'the subsystem tmate',
    );
    return new SyntheticHost(client, channel);
  }

  /** Connects, introduces itself as tmate 2.4.0 with one window of one pane, and waits until the server says READY. */
  static async start(target: SyntheticTarget, introduction: Introduction = {}): Promise<SyntheticHost> {
    const host = await SyntheticHost.connect(target);
    host.introduce(introduction);
    if (introduction.unready !== true) await host.toReceive((message) => message[0] === 5, 'READY');
    return host;
  }

  /** Calls `listener` with each message that comes, in place of an earlier listener. */
  onMessage(listener: (message: WireMessage) => void): void {
    this.#onMessage = listener;
  }

  introduce({ cols = 80, rows = 23, commands = [], reconnect, unready = false }: Introduction = {}): void {
    this.send([HEADER, 6, '2.4.0']);
    if (reconnect !== undefined) this.send([RECONNECT, reconnect]);
    for (const command of commands) this.send([EXEC_CMD, ...command]);
    this.send([UNAME, 'Linux', 'synthetic', '6.1', '#1', 'x86_64']);
    if (unready) return;
    this.send([READY]);
    this.layout(cols, rows);
  }

  /** One window of one pane, number 0. */
  layout(cols: number, rows: number): void {
    this.send([SYNC_LAYOUT, cols, rows, [[0, 'bash', [[0, cols, rows, 0, 0]], 0]], 0]);
  }

  /** What a program wrote to pane `pane`, in messages of at most 16 KiB as the stock client's. */
  output(bytes: string | Uint8Array, pane = 0): void {
    const all = Buffer.from(bytes);
    for (let at = 0; at < all.length; at += 16_384) this.send([PTY_DATA, pane, all.subarray(at, at + 16_384)]);
  }

  status(left: string, right: string): void {
    this.send([STATUS, left, right]);
  }

  fin(): void {
    this.send([FIN]);
  }

  /** Encodes and sends one message; whether ssh2 would take more at once. */
  send(message: WireMessage): boolean {
    return this.sendRaw(encode(message));
  }

  /** Sends bytes as they are: half messages, garbage. */
  sendRaw(bytes: Uint8Array): boolean {
    return this.channel.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  /** Waits until ssh2 has handed all of it to the connection. */
  async drained(deadlineMs?: number): Promise<void> {
    await until(() => this.channel.writableLength === 0, {
      what: 'the host to have sent all',
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
    });
  }

  /** Waits for a message that the server sends, or has sent. */
  async toReceive(
    wanted: (message: WireMessage) => boolean,
    what: string,
    deadlineMs = DEFAULT_DEADLINE_MS,
  ): Promise<WireMessage> {
    const found = await until(() => this.received.find(wanted) ?? (this.closed === undefined ? undefined : 'closed'), {
      what: `the server to send ${what}`,
      deadlineMs,
    });
    if (found === 'closed') {
      throw new Error(`the server closed the channel before it sent ${what}; it said ${JSON.stringify(this.notices)}`);
    }
    return found;
  }

  /** What the server set by SET_ENV, by name. */
  get env(): ReadonlyMap<string, string> {
    return new Map(this.#of(4).map(([, name, value]) => [String(name), String(value)]));
  }

  /** The texts of NOTIFY. */
  get notices(): readonly string[] {
    return this.#of(0).map(([, text]) => String(text));
  }

  /** Key codes of PANE_KEY with their pane. */
  get keys(): readonly { readonly pane: number; readonly key: number }[] {
    return this.#of(6).map(([, pane, key]) => ({ pane: Number(pane), key: Number(key) }));
  }

  /** Sizes of RESIZE; [-1, -1] means no size. */
  get sizes(): readonly (readonly [cols: number, rows: number])[] {
    return this.#of(2).map(([, cols, rows]) => [Number(cols), Number(rows)] as const);
  }

  /** Commands of EXEC_CMD with the client that asked. */
  get commands(): readonly { readonly client: number; readonly argv: readonly string[] }[] {
    return this.#of(7).map(([, client, ...argv]) => ({ client: Number(client), argv: argv.map(String) }));
  }

  /** The token of `tmate_ssh` or `tmate_ssh_ro`. */
  async token(kind: 'write' | 'read' = 'write'): Promise<string> {
    const name = kind === 'write' ? 'tmate_ssh' : 'tmate_ssh_ro';
    const line = await until(() => this.env.get(name), { what: `the server to set ${name}` });
    const token = /(\S+)@\S+$/.exec(line)?.[1];
    if (token === undefined) throw new Error(`no token in ${JSON.stringify(line)}`);
    if (!token.includes('/')) noteSecret(`the ${kind} token of a synthetic host`, token);
    noteSecret('the secret of a host', this.env.get('tmate_host_page')?.split('#')[1] ?? '');
    noteSecret('reconnection data', this.env.get('tmate_reconnection_data') ?? '');
    return token;
  }

  /** Waits until the server has closed the channel or the connection. */
  async toClose(deadlineMs?: number): Promise<{ readonly status: number | undefined }> {
    await within(this.#closed, 'the server to close the channel', deadlineMs);
    return this.closed ?? { status: undefined };
  }

  /** Breaks the connection silently, as a lost network does. */
  drop(): void {
    this.client.destroy();
  }

  async stop(): Promise<void> {
    this.client.destroy();
    await this.toClose();
  }

  #of(type: number): WireMessage[] {
    return this.received.filter((message) => message[0] === type);
  }

  async #read(): Promise<void> {
    try {
      // The loop would destroy the stream in the end, and ssh2 then writes to a connection that may be gone.
      const bytes = this.channel.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
      for await (const message of decodeMultiStream(bytes)) {
        this.received.push(message as WireMessage);
        if (this.received.length > 10_000) this.received.shift();
        this.#onMessage?.(message as WireMessage);
      }
    } catch (error) {
      // A connection that broke in the middle of a message; anything else is a fault of the server: let tests see it.
      if (this.closed === undefined) this.received.push([-1, String(error)]);
    }
  }
}
