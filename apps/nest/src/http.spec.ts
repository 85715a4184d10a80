import { once } from 'node:events';
import { get, request, type IncomingMessage, type Server } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { connect, createServer } from 'node:net';
import {
  All,
  Controller,
  Delete,
  Get,
  Module,
  NotFoundException,
  type INestApplication,
  type Type,
} from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { isShipmateError, NO_TRACER } from '#kernel';
import { createLog, Health, loadConfig, Metrics, SystemClock } from '#platform';
import { freePort, Stage } from '#testing';
import { listenFront } from './front.js';
import { createHttpApp, originForm } from './http.js';
import { PlatformModule } from './platform.module.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

const log = createLog({ level: 'silent', format: 'json' }, { write: () => undefined });

async function start(health = new Health(), metrics = new Metrics(), controllers: Type[] = []) {
  @Module({
    controllers,
    imports: [
      PlatformModule.with({
        config: loadConfig({}),
        log,
        health,
        metrics,
        clock: new SystemClock(),
        tracer: NO_TRACER,
      }),
    ],
  })
  class TestModule {}
  const app = await createHttpApp(TestModule, log);
  stage.onClear(() => app.close());
  return app;
}

async function listenHttp(app: INestApplication, bind: string, port: number, env = {}): Promise<{ port: number }> {
  const config = loadConfig({ SHIPMATE_BIND: bind, SHIPMATE_HTTP_PORT: `${port}`, ...env });
  const parts = { config, log, metrics: new Metrics(), health: new Health(), clock: new SystemClock(), tls: undefined };
  await listenFront(app, parts);
  return { port };
}

describe('/healthz and /readyz', () => {
  it('name each check, 200 while all hold and 503 when one does not', async () => {
    const health = new Health();
    const state: { redis: true | string } = { redis: true };
    health.add('ready', 'redis', () => state.redis);
    health.add('ready', 'broken', async () => await Promise.resolve(true));
    const app = await start(health);
    const { port } = await listenHttp(app, '127.0.0.1', await freePort());
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: response.status, body: await response.json(), headers: response.headers };
    };

    expect(await get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok', checks: { process: 'ok' } } });
    expect((await get('/readyz')).status).toBe(200);
    let slow: string | undefined = 'slow';
    health.degrade('store', () => slow);
    const degraded = { status: 200, body: { status: 'degraded', degraded: { store: 'slow' } } };
    expect(await get('/readyz')).toMatchObject(degraded);
    slow = undefined;
    expect((await get('/readyz')).body).not.toHaveProperty('degraded');
    state.redis = 'no connection';
    health.add('ready', 'broken', () => {
      throw new Error('out of order');
    });
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      body: { status: 'failing', checks: { draining: 'ok', redis: 'no connection', broken: 'out of order' } },
    });
    state.redis = true;
    health.add('ready', 'broken', () => true);
    health.drain();
    expect(await get('/readyz')).toMatchObject({ status: 503, body: { checks: { draining: 'draining' } } });
    expect((await get('/healthz')).status).toBe(200);
  });

  it('do not wait for a check that hangs', async () => {
    const health = new Health();
    health.add('ready', 'redis', () => new Promise(() => undefined));
    expect((await health.ready()).checks['redis']).toMatch(/no answer/);
  });
});

describe('the target of a request', () => {
  it.each([
    ['/v1/users?a=b', '/v1/users?a=b'],
    ['http://x/v1/users?a=b', '/v1/users?a=b'],
    ['HTTPS://user@x:80/v1/users', '/v1/users'],
    ['http://x', '/'],
    ['http://x?a', '/?a'],
    ['ws://x/ws', '/ws'],
    ['*', '*'],
    ['//x/v1', '//x/v1'],
  ])('%s is seen as %s', (target, seen) => {
    expect(originForm(target)).toBe(seen);
  });

  it('is a path for whatever looks at it', async () => {
    const app = await start();
    const seen: (string | undefined)[] = [];
    app.use((request: { url?: string }, _: unknown, next: () => void) => {
      seen.push(request.url);
      next();
    });
    const { port } = await listenHttp(app, '127.0.0.1', await freePort());
    const status = async (path: string): Promise<number | undefined> =>
      await new Promise((resolve, reject) => {
        get({ port, host: '127.0.0.1', path, agent: false }, ({ statusCode }) => resolve(statusCode)).on(
          'error',
          reject,
        );
      });
    expect(await status('http://anything/healthz')).toBe(200);
    expect(seen).toEqual(['/healthz']);
  });
});

describe('/metrics', () => {
  it("is Prometheus's text, and tells nothing of the software", async () => {
    const metrics = new Metrics();
    metrics.takeovers.add({}, 7);
    const app = await start(new Health(), metrics);
    const { port } = await listenHttp(app, '127.0.0.1', await freePort());
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; .*version=0\.0\.4/);
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.text()).toContain('\nshipmate_takeovers_total 7\n');
  });

  it('is OpenMetrics, and packed, for whoever takes that', async () => {
    const app = await start();
    const { port } = await listenHttp(app, '127.0.0.1', await freePort());
    const ask = async (headers: Record<string, string>): Promise<IncomingMessage> =>
      await new Promise((resolve) =>
        get({ port, host: '127.0.0.1', path: '/metrics', agent: false, headers }, resolve),
      );
    const read = async (response: IncomingMessage): Promise<Buffer> => Buffer.concat(await response.toArray());
    const packed = await ask({ 'accept-encoding': 'br, gzip;q=0.5' });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(await read(packed)).toString()).toContain('shipmate_takeovers_total 0');
    const plain = await ask({ 'accept-encoding': 'gzip;q=0', accept: 'text/plain' });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect((await read(plain)).toString()).not.toMatch(/# TYPE \S+_total gauge/);
    const open = await ask({ accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' });
    expect(open.headers['content-type']).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    const text = (await read(open)).toString();
    expect(text).toContain('# TYPE shipmate_takeovers counter\nshipmate_takeovers_total 0\n');
    expect(text.endsWith('# EOF\n')).toBe(true);
  });
});

@Controller()
class Everything {
  @All(['v1', 'v1/*path'])
  all(): never {
    throw new NotFoundException();
  }
}

@Controller()
class Things {
  @Get('v1/things/:id')
  get(): string {
    return 'a thing';
  }

  @Delete('v1/things/:id')
  delete(): string {
    return 'gone';
  }
}

describe('what is not there', () => {
  it('is no method that only the answer for all other addresses takes', async () => {
    const app = await start(new Health(), new Metrics(), [Things, Everything]);
    const { port } = await listenHttp(app, '127.0.0.1', await freePort());
    const ask = async (method: string, path: string): Promise<Response> =>
      await fetch(`http://127.0.0.1:${port}${path}`, { method });
    expect((await ask('GET', '/v1/things/1')).status).toBe(200);
    const wrong = await ask('PUT', '/v1/things/1');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'DELETE, GET, HEAD']);
    expect((await ask('PUT', '/v1/nothing')).status).toBe(404);
  });

  it('is a problem: 404 for an address, 405 with what it takes for a method', async () => {
    const app = await start();
    const { port } = await listenHttp(app, '127.0.0.1', await freePort());
    const ask = async (method: string, path: string): Promise<[number | undefined, string | undefined, unknown]> => {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        request({ port, host: '127.0.0.1', method, path, agent: false }, resolve).on('error', reject).end();
      });
      const body = Buffer.concat(await response.toArray()).toString();
      expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
      return [response.statusCode, response.headers.allow, (JSON.parse(body) as { status: number }).status];
    };
    for (const method of ['POST', 'DELETE', 'TRACE', 'OPTIONS']) {
      expect(await ask(method, '/healthz?a=b')).toEqual([405, 'GET, HEAD', 405]);
    }
    for (const [method, path] of [
      ['GET', '/nothing'],
      ['GET', '//healthz'],
      ['TRACE', '/nothing'],
      ['OPTIONS', '*'],
      ['GET', '/%'],
    ] as const) {
      expect(await ask(method, path)).toEqual([404, undefined, 404]);
    }
  });
});

describe('listening', () => {
  it('says which port is taken and how to take another', async () => {
    const taken = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
    stage.onClear(() => taken.close());
    const app = await start();
    const error: unknown = await listenHttp(app, '127.0.0.1', port).catch((error: unknown) => error);
    expect(isShipmateError(error, 'unavailable')).toBe(true);
    expect(String(error)).toContain(`Port ${port} on 127.0.0.1 is used`);
    expect(String(error)).toContain('SHIPMATE_HTTP_PORT');
  });

  it('bounds the time of requests that come by the one port, too', async () => {
    const app = await start();
    const port = await freePort();
    await listenHttp(app, '127.0.0.1', port, { SHIPMATE_HTTP_PORT: '', SHIPMATE_PORT: `${port}` });
    const socket = connect(port, '127.0.0.1');
    stage.onClear(() => void socket.destroy());
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /hea');
    await once(socket, 'data');
    // Node knows the connection: what it does about late ones, it does for this one.
    (app.getHttpServer() as Server).closeAllConnections();
    await once(socket, 'close');
  });

  it('says that an address is not of this machine', async () => {
    const app = await start();
    await expect(listenHttp(app, '192.0.2.1', await freePort())).rejects.toThrow(
      /192\.0\.2\.1 is not an address of this machine/,
    );
  });
});
