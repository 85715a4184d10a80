import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { MAX_HOST_WAITING_BYTES } from './host-channel.js';
import { MAX_UNACKNOWLEDGED_BYTES, MAX_WAITING_BYTES } from './joiner-channel.js';
import { connectSsh2, Running, TestServer, until, type Joined } from './ssh.fixture.js';

const FRAME = Buffer.alloc(8 * 1024, 'f');

let running: TestServer | undefined;
const clients: Running[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.kill();
  await running?.stop();
  running = undefined;
});

async function start(...args: Parameters<typeof TestServer.start>): Promise<TestServer> {
  running = await TestServer.start(...args);
  return running;
}

async function joinWithSsh(server: TestServer): Promise<{ client: Running; joiner: Joined }> {
  const client = server.ssh('TOKEN', ['-tt']);
  clients.push(client);
  return { client, joiner: await server.joiner() };
}

/** Sends frames as a session would: only while the channel is ready. Gives what was sent once it is not. */
async function fill({ channel }: Joined): Promise<number> {
  let sent = 0;
  for (;;) {
    while (channel.ready) {
      channel.write(FRAME);
      sent += FRAME.length;
    }
    // What is in flight may still be taken: blocked for good only if a turn of the loop changes nothing.
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (!channel.ready) return sent;
  }
}

describe('a joiner that stopped reading', () => {
  it('costs little for as long as it likes, and sees the newest screen when it reads again', async () => {
    const clock = new FakeClock();
    const server = await start({ clock, keepaliveMs: 100 });
    const { client, joiner } = await joinWithSsh(server);
    joiner.channel.write(Buffer.from('before'));
    await until('the first bytes', () => client.stdout === 'before');
    client.child.kill('SIGSTOP');
    await fill(joiner);
    expect(joiner.channel.unacknowledged).toBeLessThanOrEqual(MAX_UNACKNOWLEDGED_BYTES + FRAME.length);
    // Three keepalives unanswered: it is reported, and stays.
    await until('the report', () => {
      clock.advance(100);
      return joiner.stalls.length > 0;
    });
    expect(joiner.closed).toBeUndefined();
    const readyBefore = joiner.readyCalls;
    client.child.kill('SIGCONT');
    await until('ready again', () => joiner.readyCalls > readyBefore);
    joiner.channel.write(Buffer.from('<the present>'));
    await until('the present', () => client.stdout.endsWith('<the present>'));
    await until('not stalled', () => joiner.stalls.at(-1) === false);
    expect(joiner.stalls).toEqual([true, false]);
  });

  it('is cut off in time when it does not take its exit', async () => {
    const server = await start({ exitTimeoutMs: 200 });
    const { client, joiner } = await joinWithSsh(server);
    client.child.kill('SIGSTOP');
    await fill(joiner);
    joiner.channel.exit(0);
    expect(await server.end()).toBe('closed');
    client.child.kill('SIGCONT');
    await until('the connection gone', () => server.server.connections === 0);
  });

  it('may have one frame of any size waiting, but not a backlog', async () => {
    const server = await start();
    const { client, joiner } = await joinWithSsh(server);
    client.child.kill('SIGSTOP');
    joiner.channel.write(Buffer.alloc(3 * MAX_WAITING_BYTES));
    expect(joiner.channel.ready).toBe(false);
    expect(joiner.closed).toBeUndefined();
    joiner.channel.write(FRAME);
    expect(joiner.closed).toBe('limit');
    client.child.kill('SIGCONT');
  });
});

describe('a joiner that reads', () => {
  it('gets all of it, in order, without ever blocking for good', async () => {
    const server = await start();
    const { client, joiner } = await joinWithSsh(server);
    const total = 400;
    let next = 0;
    await until('all frames sent', () => {
      while (joiner.channel.ready && next < total) joiner.channel.write(Buffer.from(`${next++} `.padStart(8000, '.')));
      return next === total;
    });
    joiner.channel.exit(0);
    expect(await client.exit).toBe(0);
    const numbers = client.stdout.replaceAll('.', '').trim().split(' ').map(Number);
    expect(numbers).toEqual(Array.from({ length: total }, (_, n) => n));
  });

  it('whose client acknowledges only every megabyte does not block the server', async () => {
    const server = await start();
    const client = await connectSsh2(server, 'TOKEN');
    let received = 0;
    client.shell((_, stream) => stream.on('data', (chunk: Buffer) => (received += chunk.length)));
    const joiner = await server.joiner();
    const total = 3 * 1024 * 1024;
    let sent = 0;
    await until('all sent', () => {
      while (joiner.channel.ready && sent < total) {
        joiner.channel.write(FRAME);
        sent += FRAME.length;
      }
      return sent >= total;
    });
    await until('all received', () => received === sent);
    client.destroy();
  });
});

describe('a host', () => {
  const openHost = async (server: TestServer) => {
    const client = await connectSsh2(server, 'tmate');
    return new Promise<{ client: typeof client; stream: import('ssh2').ClientChannel }>((resolve, reject) => {
      client.subsys('tmate', (error, stream) => (error ? reject(error) : resolve({ client, stream })));
    });
  };

  it('is granted the configured window, not more, and again what it has used', async () => {
    const windowBytes = 256 * 1024;
    const server = await start({ hostWindowBytes: windowBytes });
    const { client, stream } = await openHost(server);
    const host = await server.host();
    const window = (): number => (stream as unknown as { outgoing: { window: number } }).outgoing.window;
    expect(window()).toBe(windowBytes);
    const data = Buffer.alloc(3_000_000, 'd');
    stream.write(data);
    await until('all of it', () => Buffer.concat(host.received).length === data.length);
    expect(window()).toBeLessThanOrEqual(windowBytes);
    expect(window()).toBeGreaterThanOrEqual(windowBytes / 2);
    client.destroy();
  });

  it('is woken by bytes that are no part of its messages', async () => {
    const server = await start();
    const { client, stream } = await openHost(server);
    const received: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => received.push(chunk));
    const host = await server.host();
    const { bytesRead } = (client as unknown as { _sock: Socket })._sock;
    host.channel.write(Buffer.from('before '));
    host.channel.wake(8192);
    host.channel.wake(8);
    host.channel.write(Buffer.from('after'));
    await until('both', () => Buffer.concat(received).toString() === 'before after');
    expect((client as unknown as { _sock: Socket })._sock.bytesRead - bytesRead).toBeGreaterThan(8192);
    client.destroy();
  });

  it('says whether it lives when it is asked', async () => {
    const server = await start();
    const { client } = await openHost(server);
    const host = await server.host();
    expect(await host.channel.isAlive(5000)).toBe(true);
    const socket = (client as unknown as { _sock: Socket })._sock;
    socket.pause();
    expect(await host.channel.isAlive(100)).toBe(false);
    const asked = host.channel.isAlive(60_000);
    socket.destroy();
    expect(await asked).toBe(false);
    expect(await host.channel.isAlive(60_000)).toBe(false);
  });

  it('answers when it has taken what was written before, and not while its window is full', async () => {
    const server = await start();
    const { client, stream } = await openHost(server);
    let received = 0;
    stream.on('data', (chunk: Buffer) => (received += chunk.length));
    const host = await server.host();
    const acknowledged = async (): Promise<boolean> =>
      await new Promise((resolve) => host.channel.acknowledge((arrived) => resolve(arrived)));
    host.channel.write(Buffer.from('hello'));
    expect(await acknowledged()).toBe(true);
    expect(received).toBe(5);
    stream.pause();
    host.channel.write(Buffer.alloc(3_000_000, 'x'));
    const all = acknowledged();
    stream.resume();
    expect(await all).toBe(true);
    expect(received).toBe(3_000_005);
    (client as unknown as { _sock: Socket })._sock.pause();
    const lost = acknowledged();
    client.destroy();
    expect(await lost).toBe(false);
    expect(await acknowledged()).toBe(false);
  });

  it('that does not read its messages is cut off at the limit', async () => {
    const server = await start();
    const { client, stream } = await openHost(server);
    stream.pause();
    const host = await server.host();
    for (let sent = 0; sent <= MAX_HOST_WAITING_BYTES + 4 * 1024 * 1024 && host.closed === undefined; sent += 65_536) {
      host.channel.write(Buffer.alloc(65_536));
    }
    expect(host.closed).toBe('limit');
    client.destroy();
  });
});
