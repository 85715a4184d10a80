import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpConnections, type HttpConnectionLimits } from './http-connections.js';

let server: Server;
let sockets: Socket[] = [];

async function start(limits: Partial<HttpConnectionLimits>, answers = true): Promise<void> {
  server = createServer((_request, response) => {
    if (answers) response.end('here');
  });
  server.on('upgrade', (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
  new HttpConnections({ most: 100, mostPerAddress: 100, isProxy: () => false, ...limits }).follow(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  server.close();
  server.closeAllConnections();
});

/** A connection from `localAddress`, once the server has answered what is sent or, without that, has it. */
async function hold(localAddress: string, text = ''): Promise<Socket> {
  const taken = once(server, 'connection');
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', localAddress });
  sockets.push(socket.on('error', () => undefined));
  await taken;
  if (text === '') return socket;
  socket.write(text);
  await once(socket, 'data');
  return socket;
}

async function holdMany(count: number, localAddress: string, text = ''): Promise<Socket[]> {
  const held: Socket[] = [];
  for (let n = 0; n < count; n++) held.push(await hold(localAddress, text));
  return held;
}

/** What a probe from that address gets. */
async function probe(localAddress: string): Promise<number | string> {
  const { port } = server.address() as AddressInfo;
  const request = get({ port, host: '127.0.0.1', localAddress, path: '/healthz', agent: false });
  try {
    const [response] = (await once(request, 'response')) as [{ statusCode: number; resume(): void }];
    response.resume();
    return response.statusCode;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

const UPGRADE = 'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

describe('connections that are held', () => {
  it('keep out nobody, neither others nor a probe of the same address', async () => {
    await start({ mostPerAddress: 10 });
    const [first] = await holdMany(15, '127.0.0.2');
    expect(first?.destroyed || first?.readableEnded || (await once(first as Socket, 'close')) !== undefined).toBe(true);
    expect([await probe('127.0.0.2'), await probe('127.0.0.3')]).toEqual([200, 200]);
  });

  it('keep out nobody, from however many addresses they come', async () => {
    await start({ most: 10 });
    for (let n = 2; n < 30; n++) await hold(`127.0.0.${n}`, n % 2 === 0 ? '' : 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await probe('127.0.0.99')).toBe(200);
  });

  it('are not closed for others while they are used: the next one too many is', async () => {
    await start({ mostPerAddress: 3 });
    const pages = await holdMany(3, '127.0.0.2', UPGRADE);
    expect(await probe('127.0.0.2')).toBe('ECONNRESET');
    expect(pages.map(({ destroyed, readableEnded }) => destroyed || readableEnded)).toEqual([false, false, false]);
    expect(await probe('127.0.0.3')).toBe(200);
  });

  it('may be more of a trusted proxy, up to all', async () => {
    await start({ most: 20, mostPerAddress: 3, isProxy: (address) => address === '127.0.0.2' });
    const held = await holdMany(10, '127.0.0.2');
    expect(await probe('127.0.0.2')).toBe(200);
    expect(held.every(({ destroyed, readableEnded }) => !destroyed && !readableEnded)).toBe(true);
  });
});
