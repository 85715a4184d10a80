import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import type { DisconnectReason } from './disconnect-reason.js';
import { connectSsh2, TestServer, until } from './ssh.fixture.js';

/** Run in turn when a test is over. */
const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const PEER = { address: '203.0.113.9', port: 4711, announced: true } as const;

/** A server that gets sockets which somebody else accepted, and the port for that. */
async function handed(options: Parameters<typeof TestServer.start>[0] = {}) {
  const server = await TestServer.start(options);
  const ended: DisconnectReason[] = [];
  const sockets: Socket[] = [];
  const other = createServer((socket) => {
    sockets.push(socket);
    server.server.accept(socket, { ...PEER, ended: (reason) => ended.push(reason) });
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  undo.push(
    () => server.stop(),
    () => other.close(),
  );
  return { server, ended, sockets, port: (other.address() as AddressInfo).port };
}

describe('a connection that somebody else took', () => {
  it('is one like any other, of the address that they say, and they hear why it ends', async () => {
    const { server, ended, port } = await handed({ proxyProtocol: 'required' });
    const client = server.ssh('TOKEN', ['-tt', '-p', `${port}`]);
    undo.push(() => client.kill());
    const joiner = await server.joiner();
    expect(joiner.info).toMatchObject({ user: 'TOKEN', address: PEER.address, port: PEER.port });
    joiner.channel.write(Buffer.from('hello'));
    await until('the screen', () => client.stdout === 'hello');
    joiner.channel.exit(7);
    expect(await client.exit).toBe(7);
    await until('the end', () => ended.length > 0);
    expect(ended).toEqual(['closed']);
  });

  it('is left to the client to hang up when its last session is closed, for a moment', async () => {
    const clock = new FakeClock();
    const { server, ended, sockets, port } = await handed({ clock });
    // It keeps its connection until it is told to close it.
    const client = await connectSsh2(server, 'TOKEN', { port });
    client.on('error', () => undefined);
    client.shell(() => undefined);
    (await server.joiner()).channel.exit(0);
    await until('the end', () => ended.length > 0);
    expect(ended).toEqual(['closed']);
    const [socket] = sockets;
    const sent = socket?.bytesWritten;
    clock.advance(249);
    expect(socket).toMatchObject({ writableEnded: false, bytesWritten: sent });
    clock.advance(1);
    expect(socket?.writableEnded).toBe(true);
    expect(socket?.bytesWritten).toBeGreaterThan(sent ?? 0);
  });

  it('counts for that address', async () => {
    const { server, ended, port } = await handed({ maxNewcomersPerAddress: 2 });
    const silent = Array.from({ length: 3 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    undo.push(() => silent.forEach((socket) => socket.destroy()));
    await until('the oldest to make room', () => ended.length > 0);
    expect(ended).toEqual(['too-many']);
    expect(server.server.newcomers).toBe(2);
  });

  it('is closed, with the reason, when the server stops or has too many', async () => {
    const full = await handed({ maxConnections: 0 });
    const client = full.server.ssh('TOKEN', ['-p', `${full.port}`]);
    expect(await client.exit).toBe(255);
    expect(full.ended).toEqual(['too-many']);
    full.server.server.refuseNew();
    const late = full.server.ssh('TOKEN', ['-p', `${full.port}`]);
    expect(await late.exit).toBe(255);
    expect(full.ended).toEqual(['too-many', 'shutdown']);
  });
});
