import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Stage } from '#testing';
import { plainHttp, type PlainHttpOptions } from './plain-http.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

async function start(options: Partial<PlainHttpOptions> = {}): Promise<number> {
  const app = createServer((request, response) => response.end(`the app: ${request.url ?? ''}`));
  const server = plainHttp({
    app,
    webUrl: 'https://share.example:444',
    isProxy: () => false,
    isReady: () => true,
    ...options,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stage.onClear(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

async function ask(
  port: number,
  path: string,
  options: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<[number | undefined, string | undefined, string]> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port, host: '127.0.0.1', path, agent: false, ...options }, resolve).on('error', reject);
  });
  return [response.statusCode, response.headers.location, Buffer.concat(await response.toArray()).toString()];
}

describe('plain http next to https', () => {
  it('leads to https, whatever host a request names', async () => {
    const port = await start();
    for (const path of ['/', '/t/x?a=b', 'http://evil.example/t/x?a=b', '//evil.example/']) {
      const [status, location] = await ask(port, path, { headers: { host: 'evil.example' } });
      expect([status, new URL(location ?? '').origin]).toEqual([308, 'https://share.example:444']);
    }
  });

  it('refuses what cannot be sent again in the clear', async () => {
    const port = await start();
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await ask(port, '/t/x', { method }))[0]).toBe(403);
  });

  it('is for probes, metrics, this machine, and whoever came to a trusted proxy by https', async () => {
    const port = await start();
    for (const path of ['/healthz', '/readyz?a', '/metrics', '/v1/sessions'])
      expect(await ask(port, path)).toEqual([200, undefined, `the app: ${path}`]);
    expect((await ask(port, '/metricsx'))[0]).toBe(308);
    const headers = { 'x-forwarded-proto': 'https' };
    expect((await ask(port, '/', { headers }))[0]).toBe(308);
    expect((await ask(await start({ isProxy: () => true }), '/', { headers }))[0]).toBe(200);
  });

  it('says to wait while there is no certificate', async () => {
    const port = await start({ isReady: () => false });
    expect(await ask(port, '/')).toEqual([
      503,
      undefined,
      'This server has no certificate yet: try again in a minute.\n',
    ]);
    expect((await ask(port, '/healthz'))[0]).toBe(200);
  });

  it('answers challenges, those that there are', async () => {
    const asked: string[] = [];
    const port = await start({
      challenge: async (token) => {
        asked.push(token);
        if (token === 'away') throw new Error('Redis is away');
        return token === 'abc-_1' ? 'abc-_1.key' : undefined;
      },
    });
    const at = async (token: string) => (await ask(port, `/.well-known/acme-challenge/${token}`)).slice(0, 3);
    expect(await at('abc-_1')).toEqual([200, undefined, 'abc-_1.key']);
    expect((await at('nothing'))[0]).toBe(404);
    expect((await at('away'))[0]).toBe(503);
    // No token: a page like any other.
    expect((await at('a/../b'))[0]).toBe(308);
    expect((await at('x'.repeat(201)))[0]).toBe(308);
    expect(asked).toEqual(['abc-_1', 'nothing', 'away']);
  });

  it('opens no WebSocket', async () => {
    const port = await start();
    const socket = connect(port, '127.0.0.1');
    stage.onClear(() => void socket.destroy());
    socket.write('GET /ws/session/x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1\.1 403 Forbidden/);
  });
});
