import type { Client, ClientChannel } from 'ssh2';
import { connectSsh, type SyntheticTarget } from './synthetic-connection.js';
import { until, within } from './until.js';
import { XtermScreen } from './xterm-screen.js';

/** Where to join, and with which terminal. */
export interface SyntheticJoinerOptions extends SyntheticTarget {
  readonly token: string;
  readonly cols?: number;
  readonly rows?: number;
  readonly term?: string;
  /** No terminal is drawn, bytes are only counted: for hundreds of joiners at once. */
  readonly blind?: boolean;
}

/** A joiner on ssh2: many fit into one process, and it can stop reading. */
export class SyntheticJoiner {
  /** Bytes received on the channel. */
  bytes = 0;
  exitStatus: number | undefined;
  readonly #screen: XtermScreen | undefined;
  readonly #closed: Promise<void>;
  #onData: ((bytes: Uint8Array) => void) | undefined;

  private constructor(
    readonly client: Client,
    readonly channel: ClientChannel,
    cols: number,
    rows: number,
    blind: boolean,
  ) {
    this.#screen = blind ? undefined : new XtermScreen(cols, rows);
    channel.on('data', (bytes: Uint8Array) => {
      this.bytes += bytes.length;
      this.#screen?.write(bytes);
      this.#onData?.(bytes);
    });
    channel.stderr.on('data', (bytes: Uint8Array) => this.#screen?.write(bytes));
    channel.on('exit', (code: number | null) => (this.exitStatus = code ?? undefined));
    this.#closed = new Promise((resolve) => {
      channel.once('close', () => resolve());
      client.once('close', () => resolve());
    });
  }

  static async start(options: SyntheticJoinerOptions): Promise<SyntheticJoiner> {
    const { token, cols = 80, rows = 24, term = 'xterm-256color', blind = false } = options;
    const client = await connectSsh(token, options);
    // Made in the callback: the server's last word may come in the same packet as the answer to the request.
    return await within(
      new Promise<SyntheticJoiner>((resolve, reject) => {
        client.shell({ cols, rows, term, width: 0, height: 0 }, (error, channel) =>
          error === undefined ? resolve(new SyntheticJoiner(client, channel, cols, rows, blind)) : reject(error),
        );
      }),
      'a shell',
    );
  }

  get screen(): XtermScreen {
    if (this.#screen === undefined) throw new Error('a blind joiner has no screen');
    return this.#screen;
  }

  /** Calls `listener` with what comes, in place of an earlier listener. */
  onData(listener: (bytes: Uint8Array) => void): void {
    this.#onData = listener;
  }

  async type(text: string | Uint8Array): Promise<void> {
    this.channel.write(typeof text === 'string' ? text : Buffer.from(text));
  }

  async resize(cols: number, rows: number): Promise<void> {
    this.#screen?.resize(cols, rows);
    this.channel.setWindow(rows, cols, 0, 0);
  }

  /** Stops reading: the server's window for this channel runs full, as with a terminal that is suspended. */
  pause(): void {
    this.channel.pause();
  }

  resume(): void {
    this.channel.resume();
  }

  /** Waits until at least `bytes` have come. */
  async toReceive(bytes: number, deadlineMs?: number): Promise<void> {
    await until(() => this.bytes >= bytes, {
      what: `the joiner to receive ${bytes} bytes`,
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
    });
  }

  /** Waits for the end of the channel and gives its exit status. */
  async toClose(deadlineMs?: number): Promise<number | undefined> {
    await within(this.#closed, 'the server to close the channel', deadlineMs);
    return this.exitStatus;
  }

  async stop(): Promise<void> {
    this.client.destroy();
    this.channel.resume(); // A paused channel would keep its end to itself.
    await this.toClose();
    this.#screen?.dispose();
  }
}
