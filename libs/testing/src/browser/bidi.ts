import { once } from 'node:events';
import { WebSocket } from 'ws';
import { within } from '../until.js';

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Answer {
  readonly type: 'success' | 'error' | 'event';
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: string;
  readonly message?: string;
}

/** Longest that a browser may take for a command on a loaded machine, in milliseconds. */
const COMMAND_MS = 60_000;

/** Commands of WebDriver BiDi and their answers. Events are not listened to. */
export class BidiConnection {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, Pending>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#answer(JSON.parse(data.toString('utf8')) as Answer));
    socket.on('close', () => this.#end(new Error('the browser is gone')));
    socket.on('error', (error) => this.#end(error));
  }

  static async open(url: string): Promise<BidiConnection> {
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
    const connection = new BidiConnection(socket);
    await within(once(socket, 'open'), 'the browser to take a BiDi connection');
    return connection;
  }

  async command<T = unknown>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#last;
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#socket.send(JSON.stringify({ id, method, params }));
    return (await within(answer, `${method} to be done`, COMMAND_MS)) as T;
  }

  close(): void {
    this.#socket.close();
  }

  #answer({ type, id, result, error, message }: Answer): void {
    const pending = this.#pending.get(id ?? 0);
    this.#pending.delete(id ?? 0);
    if (type === 'error') pending?.reject(new Error(`${error}: ${message}`));
    else pending?.resolve(result);
  }

  #end(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
