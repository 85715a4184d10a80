import { connect, type Socket } from 'node:net';
import { within } from './until.js';

/** tmux 2.2's numbers for messages between its client and server; tmate 2.4.0 has the same. */
const PROTOCOL_VERSION = 8;
const IDENTIFY_FLAGS = 100;
const IDENTIFY_TERM = 101;
const IDENTIFY_TTYNAME = 102;
const IDENTIFY_DONE = 106;
const IDENTIFY_CWD = 108;
const COMMAND = 200;
const EXIT = 203;
const SHUTDOWN = 210;
const STDERR = 211;
const STDOUT = 213;
/** Type, length, flags, version and process id. */
const HEADER_BYTES = 16;
/** The client understands UTF-8: else the server would replace it in what it prints. */
const CLIENT_UTF8 = 0x10000;

interface Asked {
  readonly line: string;
  resolve(output: string): void;
  reject(error: Error): void;
}

/**
 * A client of tmate's own server that runs commands over one connection, as the stock `tmate` does over one for each. A process
 * for each command would cost several milliseconds. It has no terminal and belongs to no session.
 */
export class CommandClient {
  readonly #socket: Socket;
  readonly #asked: Asked[] = [];
  #rest = Buffer.alloc(0);
  #printed: Buffer[] = [];
  #refused: Buffer[] = [];
  #ended = false;

  constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.on('data', (data: Buffer) => this.#read(data));
    this.#socket.on('error', () => this.#end());
    this.#socket.on('close', () => this.#end());
    const flags = Buffer.alloc(4);
    flags.writeUInt32LE(CLIENT_UTF8);
    this.#send(IDENTIFY_FLAGS, flags);
    // It has no terminal, but the server reads their names.
    this.#send(IDENTIFY_TERM, Buffer.from('\0'));
    this.#send(IDENTIFY_TTYNAME, Buffer.from('\0'));
    this.#send(IDENTIFY_CWD, Buffer.from(`${process.cwd()}\0`));
    this.#send(IDENTIFY_DONE, Buffer.alloc(0));
  }

  /** Whether it can still be asked. */
  get connected(): boolean {
    return !this.#ended;
  }

  /**
   * Runs a command, or several with `;` between, and gives what they print; throws with what a failing one says. Commands that
   * are asked for at the same time run one after the other.
   */
  async run(args: readonly string[], deadlineMs?: number): Promise<string> {
    const line = args.join(' ');
    const count = Buffer.alloc(4);
    count.writeInt32LE(args.length);
    const answer = new Promise<string>((resolve, reject) => {
      if (this.#ended) throw new Error(`tmate ${line} failed (1): lost server`);
      this.#asked.push({ line, resolve, reject });
      this.#send(COMMAND, Buffer.concat([count, ...args.map((word) => Buffer.from(`${word}\0`))]));
    });
    return await within(answer, `tmate to do ${line.slice(0, 300)}`, deadlineMs);
  }

  close(): void {
    this.#socket.destroy();
    this.#end();
  }

  #send(type: number, data: Buffer): void {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(type, 0);
    header.writeUInt16LE(HEADER_BYTES + data.length, 4);
    header.writeUInt32LE(PROTOCOL_VERSION, 8);
    header.writeUInt32LE(process.pid, 12);
    this.#socket.write(Buffer.concat([header, data]));
  }

  #read(data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data]);
    for (;;) {
      if (this.#rest.length < HEADER_BYTES) return;
      const length = this.#rest.readUInt16LE(4);
      if (this.#rest.length < length) return;
      const type = this.#rest.readUInt32LE(0);
      const body = this.#rest.subarray(HEADER_BYTES, length);
      this.#rest = this.#rest.subarray(length);
      this.#message(type, body);
    }
  }

  #message(type: number, body: Buffer): void {
    if (type === STDOUT) this.#printed.push(textOf(body));
    else if (type === STDERR) this.#refused.push(textOf(body));
    else if (type === EXIT) this.#answered();
    // The server ends when all of its clients have gone.
    else if (type === SHUTDOWN) this.close();
  }

  #answered(): void {
    const asked = this.#asked.shift();
    const [printed, refused] = [this.#printed, this.#refused].map((texts) => Buffer.concat(texts).toString());
    this.#printed = [];
    this.#refused = [];
    // The status that it answers stays 1 after the first failure: what it says tells which one failed.
    if (refused === '') asked?.resolve(printed ?? '');
    else asked?.reject(new Error(`tmate ${asked.line.slice(0, 300)} failed (1): ${refused}`));
  }

  #end(): void {
    this.#ended = true;
    for (const { line, reject } of this.#asked.splice(0)) reject(new Error(`tmate ${line} failed (1): lost server`));
  }
}

/** Text that is printed: its length in bytes, then a buffer of a constant size. */
function textOf(body: Buffer): Buffer {
  return body.subarray(8, 8 + Number(body.readBigInt64LE(0)));
}
