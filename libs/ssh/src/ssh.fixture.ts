/** For the specs of this lib: a server that keeps what happens to it, and real clients. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ssh2, { type Client, type ConnectConfig, type Prompt } from 'ssh2';
import type { Clock } from '#kernel';
import type { AuthAttempt } from './authentication.js';
import type { DisconnectReason } from './disconnect-reason.js';
import type { HostChannel } from './host-channel.js';
import { HostKeys } from './host-keys.js';
import type { JoinerChannel } from './joiner-channel.js';
import { SshServer, type SshServerOptions } from './ssh-server.js';
import type { ConnectionInfo, NegotiatedAlgorithms, SessionInfo, SshHandlers } from './settings.js';

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Polls until `value` gives something; fails after `withinMs` with what it was waiting for. */
export async function until<T>(what: string, value: () => T | undefined | false, withinMs = 40_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const got = value();
    if (got !== undefined && got !== false) return got;
    if (Date.now() > deadline) throw new Error(`timed out waiting for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface Joined {
  readonly channel: JoinerChannel;
  readonly info: SessionInfo;
  readonly typed: Buffer[];
  readonly sizes: [number, number][];
  readonly signals: string[];
  readonly stalls: boolean[];
  readyCalls: number;
  closed: DisconnectReason | undefined;
}

export interface Hosted {
  readonly channel: HostChannel;
  readonly info: SessionInfo;
  readonly received: Buffer[];
  closed: DisconnectReason | undefined;
}

/** A server on a free port, and what it was called with. */
export class TestServer {
  readonly joined: Joined[] = [];
  readonly hosted: Hosted[] = [];
  readonly attempts: AuthAttempt[] = [];
  readonly ends: { info: ConnectionInfo; reason: DisconnectReason }[] = [];
  readonly negotiated: NegotiatedAlgorithms[] = [];
  readonly rtts: number[] = [];
  readonly errors: unknown[] = [];
  port = 0;
  server!: SshServer;
  hostKeys!: HostKeys;
  #directory = '';

  static async start(
    options: Partial<Omit<SshServerOptions, 'handlers'>> = {},
    handlers: Partial<SshHandlers> = {},
  ): Promise<TestServer> {
    const test = new TestServer();
    test.#directory = await temporaryDirectory();
    test.hostKeys = await sharedHostKeys();
    test.server = new SshServer({
      clock: realClock,
      hostKeys: test.hostKeys,
      handshakeTimeoutMs: 15_000,
      ...options,
      handlers: test.#handlers(handlers),
    });
    const { port } = await test.server.listen('127.0.0.1', 0);
    test.port = port;
    return test;
  }

  async stop(): Promise<void> {
    await this.server.close({ graceMs: 0 });
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** A directory that goes with the server. */
  get directory(): string {
    return this.#directory;
  }

  joiner(index = 0): Promise<Joined> {
    return until(`joiner ${index}`, () => this.joined[index]);
  }

  host(index = 0): Promise<Hosted> {
    return until(`host ${index}`, () => this.hosted[index]);
  }

  end(index = 0): Promise<DisconnectReason> {
    return until(`end ${index}`, () => this.ends[index]?.reason);
  }

  /** The `ssh` options of every test, and where to; `options` come first and win. */
  sshArgs(user: string, ...options: string[]): string[] {
    return [...options, ...SSH_OPTIONS, '-p', String(this.port), `${user}@127.0.0.1`];
  }

  ssh(user: string, options: string[] = [], command: string[] = []): Running {
    return new Running(spawn('ssh', [...this.sshArgs(user, ...options), ...command]));
  }

  /** A bare TCP connection. */
  tcp(): RawClient {
    return new RawClient(connect(this.port, '127.0.0.1'));
  }

  #handlers(handlers: Partial<SshHandlers>): SshHandlers {
    const { authenticate, ...others } = handlers;
    return {
      host: (channel, info) => this.hosted.push(listenToHost(channel, info)),
      joiner: (channel, info) => this.joined.push(listenToJoiner(channel, info)),
      onDisconnect: (info, reason) => this.ends.push({ info, reason }),
      onNegotiated: (algorithms) => this.negotiated.push(algorithms),
      onRtt: (seconds) => this.rtts.push(seconds),
      onError: (error) => this.errors.push(error),
      ...others,
      authenticate: (attempt) => {
        this.attempts.push(attempt);
        return authenticate?.(attempt) ?? 'accept';
      },
    };
  }
}

function listenToJoiner(channel: JoinerChannel, info: SessionInfo): Joined {
  const joined: Joined = {
    channel,
    info,
    typed: [],
    sizes: [],
    signals: [],
    stalls: [],
    readyCalls: 0,
    closed: undefined,
  };
  channel.listen({
    onData: (chunk) => {
      joined.typed.push(Buffer.from(chunk));
      channel.taken(chunk.length);
    },
    onResize: (cols, rows) => joined.sizes.push([cols, rows]),
    onSignal: (name) => joined.signals.push(name),
    onStalled: (stalled) => joined.stalls.push(stalled),
    onReady: () => (joined.readyCalls += 1),
    onClose: (reason) => (joined.closed = reason),
  });
  return joined;
}

function listenToHost(channel: HostChannel, info: SessionInfo): Hosted {
  const hosted: Hosted = { channel, info, received: [], closed: undefined };
  channel.listen({
    onData: (chunk) => hosted.received.push(Buffer.from(chunk)),
    onClose: (reason) => (hosted.closed = reason),
  });
  return hosted;
}

/** `ssh` as a new user has it: no configuration, no agent, and nobody to answer a prompt. */
export const SSH_OPTIONS = [
  ['-F', '/dev/null'],
  ['-o', 'StrictHostKeyChecking=no'],
  ['-o', 'UserKnownHostsFile=/dev/null'],
  ['-o', 'LogLevel=ERROR'],
  ['-o', 'IdentityAgent=none'],
  ['-o', 'BatchMode=yes'],
].flat();

/** A program that runs, with what it printed so far. */
export class Running {
  stdout = '';
  stderr = '';
  readonly exit: Promise<number | null>;

  constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString('latin1')));
    child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString('latin1')));
    this.exit = new Promise((resolve) => child.once('close', resolve));
  }

  type(text: string): void {
    this.child.stdin?.write(text);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit;
  }
}

/** A TCP client that is no SSH client. */
export class RawClient {
  received = Buffer.alloc(0);
  closed = false;

  constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => (this.received = Buffer.concat([this.received, chunk])));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.closed = true));
  }
}

/** ssh2's own client: for what the programs cannot be made to do. `answer` types at prompts. */
export function connectSsh2(
  server: TestServer,
  username: string,
  config: ConnectConfig = {},
  answer?: (prompts: Prompt[]) => string[],
): Promise<Client> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.once('ready', () => resolve(client));
    client.on('error', reject);
    client.once('close', () => reject(new Error('closed')));
    if (answer !== undefined) {
      client.on('keyboard-interactive', (_name, _text, _language, prompts, finish) => finish(answer(prompts)));
    }
    client.connect({ host: '127.0.0.1', port: server.port, username, ...config });
  });
}

export function temporaryDirectory(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'shipmate-ssh-'));
}

let keys: Promise<HostKeys> | undefined;

/** One pair of host keys for all tests of a file: RSA takes its time. */
function sharedHostKeys(): Promise<HostKeys> {
  keys ??= temporaryDirectory().then(async (directory) => {
    const loaded = await HostKeys.load(directory);
    await rm(directory, { recursive: true });
    return loaded;
  });
  return keys;
}
