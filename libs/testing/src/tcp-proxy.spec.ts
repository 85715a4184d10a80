import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TcpProxy } from './tcp-proxy.js';
import { until } from './until.js';

describe('TcpProxy', () => {
  let echo: Server;
  let proxy: TcpProxy;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    await new Promise<void>((resolve) => void echo.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(async () => {
    proxy = await TcpProxy.start((echo.address() as AddressInfo).port);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await proxy.stop();
  });
  afterAll(() => void echo.close());

  const client = (opening: string): { heard: () => string; closed: () => boolean; socket: Socket } => {
    let heard = '';
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined).on('data', (bytes) => void (heard += bytes.toString()));
    socket.write(opening);
    sockets.push(socket);
    return { heard: () => heard, closed: () => socket.destroyed, socket };
  };

  it('passes on, holds back, and passes on what it held back', async () => {
    const a = client('a1');
    await until(() => a.heard() === 'a1');
    proxy.stall();
    a.socket.write('a2');
    const b = client('b1');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([a.heard(), b.heard(), a.closed(), b.closed()]).toEqual(['a1', '', false, false]);
    proxy.resume();
    await until(() => a.heard() === 'a1a2' && b.heard() === 'b1');
  });

  it('passes on late what it is to delay, in order', async () => {
    const a = client('a1');
    await until(() => a.heard() === 'a1');
    proxy.delay(100);
    const began = performance.now();
    a.socket.write('a2');
    await until(() => a.heard() !== 'a1');
    // Each way.
    expect(performance.now() - began).toBeGreaterThan(190);
    a.socket.write('a3');
    await new Promise((resolve) => setTimeout(resolve, 20));
    proxy.delay(0);
    a.socket.write('a4');
    await until(() => a.heard().length === 8);
    expect(a.heard()).toBe('a1a2a3a4');
  });

  it('tells connections apart by what they said first', async () => {
    const [a, b] = [client('a1'), client('b1')];
    await until(() => a.heard() !== '' && b.heard() !== '');
    proxy.stall(({ opening }) => opening.startsWith('a'));
    a.socket.write('2');
    b.socket.write('2');
    await until(() => b.heard() === 'b12');
    expect(a.heard()).toBe('a1');
    proxy.cut(({ opening }) => opening.startsWith('b'));
    await until(() => b.closed());
    expect(a.closed()).toBe(false);
  });
});
