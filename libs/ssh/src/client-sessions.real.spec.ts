/** Several sessions over one connection: as `ssh` opens them with ControlMaster, and as no client should. */
import path from 'node:path';
import type { Socket } from 'node:net';
import type { Client, ClientChannel } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { MAX_SESSIONS, ONE_HOST_SESSION, TOO_MANY_SESSIONS } from './client-sessions.js';
import { MAX_UNSENT_BYTES, MAX_WAITING_BYTES } from './joiner-channel.js';
import type { SshServerOptions } from './ssh-server.js';
import { connectSsh2, TestServer, until, type Joined, type Running } from './ssh.fixture.js';

let running: TestServer | undefined;
const programs: Running[] = [];
const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const program of programs.splice(0)) await program.kill();
  await running?.stop();
  running = undefined;
});

async function start(options: Partial<Omit<SshServerOptions, 'handlers'>> = {}): Promise<TestServer> {
  running = await TestServer.start(options);
  return running;
}

async function connect(server: TestServer, user = 'TOKEN'): Promise<Client> {
  const client = await connectSsh2(server, user);
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

/** One terminal, at both of its ends. */
interface Terminal {
  readonly stream: ClientChannel;
  readonly joiner: Joined;
  readonly seen: () => string;
}

async function open(server: TestServer, client: Client): Promise<Terminal> {
  const before = server.joined.length;
  const stream = await new Promise<ClientChannel>((resolve, reject) =>
    client.shell((error, channel) => (error === undefined ? resolve(channel) : reject(error))),
  );
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  return { stream, joiner: await server.joiner(before), seen: () => text };
}

const typed = ({ joiner }: Terminal): string => Buffer.concat(joiner.typed).toString();

/** A key goes to this terminal's joiner and to no other, and what is drawn comes back to it. */
async function echo(terminal: Terminal, key: string): Promise<void> {
  const before = typed(terminal);
  terminal.stream.write(key);
  await until('the key', () => typed(terminal) === `${before}${key}`);
  terminal.joiner.channel.write(Buffer.from(`<${key}>`));
  await until('the picture', () => terminal.seen().endsWith(`<${key}>`));
}

describe('ssh with ControlMaster', () => {
  it('has a terminal for each, over one connection, without a word', async () => {
    const server = await start();
    const args = ['-tt', '-o', 'ControlMaster=auto', '-o', `ControlPath=${path.join(server.directory, 'cm')}`];
    const ssh = (): Running => {
      const program = server.ssh('TOKEN', args);
      programs.push(program);
      return program;
    };
    const first = ssh();
    const one = await server.joiner(0);
    const second = ssh();
    const two = await server.joiner(1);
    expect(two.info.id).toBe(one.info.id);
    expect(server.attempts).toHaveLength(1);
    for (const [program, joiner, word] of [
      [second, two, 'second'],
      [first, one, 'first'],
    ] as const) {
      program.type(word);
      await until('the keys', () => Buffer.concat(joiner.typed).toString() === word);
      joiner.channel.write(Buffer.from(`screen of the ${word}`));
      await until('the screen', () => program.stdout === `screen of the ${word}`);
    }
    two.channel.exit(7);
    expect(await second.exit).toBe(7);
    expect(second.stderr).toBe('');
    expect(two.closed).toBe('closed');
    const third = ssh();
    const three = await server.joiner(2);
    expect(three.info.id).toBe(one.info.id);
    // The one that opened the connection may go first: its ssh stays until the others are done.
    one.channel.exit(0);
    await until('the first to be over', () => one.closed);
    three.channel.write(Buffer.from('still here'));
    await until('the third', () => third.stdout === 'still here');
    three.channel.exit(0);
    expect([await third.exit, await first.exit]).toEqual([0, 0]);
    expect(third.stderr).toBe('');
    expect(await server.end()).toBe('closed');
    expect(server.errors).toEqual([]);
  });
});

describe('sessions of one connection', () => {
  it(`are up to ${MAX_SESSIONS}; one more is told why, and has its place when another is over`, async () => {
    const server = await start();
    const client = await connect(server);
    const terminals: Terminal[] = [];
    for (let n = 0; n < MAX_SESSIONS; n++) terminals.push(await open(server, client));
    await expect(open(server, client)).rejects.toThrow(TOO_MANY_SESSIONS);
    for (const [n, terminal] of terminals.entries()) await echo(terminal, String(n));
    terminals[4]?.stream.close();
    await until('the fifth to leave', () => terminals[4]?.joiner.closed);
    expect(terminals[4]?.joiner.closed).toBe('closed-by-peer');
    await echo(await open(server, client), 'x');
    await expect(open(server, client)).rejects.toThrow(TOO_MANY_SESSIONS);
    expect(terminals.filter(({ joiner }) => joiner.closed !== undefined)).toHaveLength(1);
    client.end();
    await until('all to leave', () => server.joined.every(({ closed }) => closed !== undefined));
    expect(server.errors).toEqual([]);
  });

  it('are one for a host', async () => {
    const server = await start();
    const client = await connect(server, 'tmate');
    await new Promise((resolve) => client.subsys('tmate', resolve));
    await server.host();
    await expect(open(server, client)).rejects.toThrow(ONE_HOST_SESSION);
    expect(server.hosted[0]?.closed).toBeUndefined();
  });

  it('begin and end in any order, each with its own keys and pictures', async () => {
    const server = await start();
    const client = await connect(server);
    let terminals = [await open(server, client)];
    // The same each time: every way to end, at every place, with few and with many.
    for (let n = 0; n < 60; n++) {
      const at = (n * 7) % terminals.length;
      const terminal = terminals[at];
      if (terminal === undefined || terminals.length < 2 || (n % 3 !== 0 && terminals.length < MAX_SESSIONS)) {
        terminals.push(await open(server, client));
      } else {
        const { stream, joiner } = terminal;
        if (n % 2 === 0) joiner.channel.exit(n % 5);
        else if (n % 9 === 0) joiner.channel.close();
        else stream.close();
        await until('it to be over', () => joiner.closed);
        terminals = terminals.filter((other) => other !== terminal);
      }
      const other = terminals[(n * 5) % terminals.length];
      if (other !== undefined) await echo(other, String.fromCodePoint(97 + (n % 26)));
      expect(terminals.every(({ joiner }) => joiner.closed === undefined)).toBe(true);
    }
    for (const { joiner } of terminals) joiner.channel.exit(0);
    expect(await server.end()).toBe('closed');
    expect(server.errors).toEqual([]);
  });

  it('have a size and signals of their own', async () => {
    const server = await start();
    const client = await connect(server);
    const [one, two] = [await open(server, client), await open(server, client)];
    two.stream.setWindow(40, 100, 0, 0);
    one.stream.signal('INT');
    await until('both', () => two.joiner.sizes.length === 1 && one.joiner.signals.length === 1);
    expect([one.joiner.sizes, two.joiner.sizes]).toEqual([[], [[100, 40]]]);
    expect([one.joiner.signals, two.joiner.signals]).toEqual([['INT'], []]);
  });

  it('hold up no other: one stands still, and the echo of the next comes at once', async () => {
    const server = await start();
    const client = await connect(server);
    const [still, other] = [await open(server, client), await open(server, client)];
    still.stream.pause();
    const frame = Buffer.alloc(8192, 'f');
    await until('no room for another frame', () => {
      while (still.joiner.channel.ready) still.joiner.channel.write(frame);
      return still.joiner.channel.unacknowledged > 1024 * 1024;
    });
    for (let n = 0; n < 20; n++) await echo(other, String.fromCodePoint(97 + n));
    // More than its window waits with it alone.
    still.joiner.channel.write(Buffer.alloc(2 * MAX_WAITING_BYTES, 'w'));
    expect(other.joiner.channel.held).toBeLessThan(MAX_UNSENT_BYTES);
    await echo(other, 'z');
    still.stream.resume();
    await until('it to go on', () => still.joiner.channel.ready);
    await echo(still, 'y');
  });

  it('are disconnected without the others, for what waits for them or when they do not take their exit status', async () => {
    const server = await start({ exitTimeoutMs: 100 });
    const client = await connect(server);
    const [flooded, stopped, other] = [
      await open(server, client),
      await open(server, client),
      await open(server, client),
    ];
    for (const { stream, joiner } of [flooded, stopped]) {
      stream.pause();
      joiner.channel.write(Buffer.alloc(4 * MAX_WAITING_BYTES));
    }
    flooded.joiner.channel.write(Buffer.from('more'));
    expect(flooded.joiner.closed).toBe('limit');
    stopped.joiner.channel.exit(0);
    await until('the end of the one that stands still', () => stopped.joiner.closed);
    expect(stopped.joiner.closed).toBe('closed');
    await echo(other, 'k');
    expect(server.ends).toEqual([]);
    other.joiner.channel.exit(0);
    await until('the connection to end with the last', () => server.ends.length === 1);
  });

  it('share one socket: together they have no more waiting in it than one would', async () => {
    const server = await start();
    const client = await connect(server);
    const terminals: Terminal[] = [];
    for (let n = 0; n < MAX_SESSIONS; n++) terminals.push(await open(server, client));
    const { _sock: socket } = client as unknown as { _sock: Socket };
    socket.pause();
    const frame = Buffer.alloc(60 * 1024, 'f');
    for (let isReady = true; isReady;) {
      isReady = false;
      for (const { joiner } of terminals) {
        if (!joiner.channel.ready) continue;
        joiner.channel.write(frame);
        isReady = true;
      }
      // What the kernel still takes.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [most] = terminals.map(({ joiner }) => joiner.channel.held).toSorted((a, b) => b - a);
    expect(most).toBeLessThan(MAX_UNSENT_BYTES + 2 * frame.length);
    socket.resume();
    for (const { joiner } of terminals) await until('room again', () => joiner.channel.ready);
    for (const [n, terminal] of terminals.entries()) await echo(terminal, String(n));
  });
});

describe('what is sent on a channel that is not there', () => {
  interface Messages {
    channelData(channel: number, data: Buffer): void;
    channelWindowAdjust(channel: number, bytes: number): void;
    channelEOF(channel: number): void;
    channelClose(channel: number): void;
    windowChange(channel: number, rows: number, cols: number, height: number, width: number): void;
    shell(channel: number, wantReply: boolean): void;
    session(channel: number, window: number, packet: number): void;
  }
  const messages = (client: Client): Messages => (client as unknown as { _protocol: Messages })._protocol;

  it('is not heard, before it is open and after it is closed, and harms no other', async () => {
    const server = await start();
    const client = await connect(server);
    const [one, two] = [await open(server, client), await open(server, client)];
    const raw = messages(client);
    const disturb = (channel: number): void => {
      raw.windowChange(channel, 1, 1, 0, 0);
      raw.channelData(channel, Buffer.from('lost'));
      raw.channelWindowAdjust(channel, 1);
      raw.channelEOF(channel);
      raw.shell(channel, true);
      raw.channelClose(channel);
    };
    for (const channel of [2, 9, 10, 0xffffffff]) disturb(channel);
    two.stream.close();
    await until('it to be over', () => two.joiner.closed);
    disturb(1);
    await echo(one, 'k');
    // All that came before this answer has been read.
    await echo(await open(server, client), 'n');
    expect(server.joined).toHaveLength(3);
    expect(one.joiner.closed).toBeUndefined();
    expect(server.errors).toEqual([]);
  });

  it('is all that a client may leave behind: a channel that never starts has the time of a login, once', async () => {
    const clock = new FakeClock();
    const server = await start({ clock, handshakeTimeoutMs: 10_000 });
    const client = await connect(server);
    const one = await open(server, client);
    const raw = messages(client);
    for (const channel of [7, 8]) raw.session(channel, 1000, 32_768);
    clock.advance(20_000);
    await echo(one, 'k');
    one.stream.close();
    await until('it to be over', () => one.joiner.closed);
    clock.advance(9000);
    expect(server.ends).toEqual([]);
    // Another one that comes to nothing gives no more time.
    raw.channelClose(1);
    await new Promise((resolve) => client.forwardIn('127.0.0.1', 0, resolve));
    clock.advance(1000);
    expect(await server.end()).toBe('handshake-timeout');
    expect(one.joiner.closed).toBe('closed-by-peer');
  });
});
