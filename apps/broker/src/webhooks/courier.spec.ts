import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, NotingTracer } from '#kernel';
import { WebhookSealer, type Delivery, type HookKind, type Letter } from '#control';
import { until } from '#testing';
import { ATTEMPT_MS, Courier, type CourierOptions } from './courier.js';
import { Destinations } from './destinations.js';

const sealer = new WebhookSealer('the secret of a fleet');
const clock = new FakeClock();

let server: Server;
let base: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let requests: { path: string; headers: IncomingMessage['headers']; body: string }[];

beforeEach(async () => {
  requests = [];
  answer = (_, response) => response.end();
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers, body });
      answer(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const courier = (patch: Partial<CourierOptions> = {}): Courier => {
  const destinations = new Destinations(['127.0.0.1']);
  return new Courier({ sealer, destinations, clock, token: 'TOKEN', key: 'KEY', forSessions: true, ...patch });
};
const letter = (url: string, patch: Partial<Letter> = {}): Letter => ({
  url,
  body: { type: 'session_join' },
  ...patch,
});
const deliver = (content: Letter, kind: HookKind = 'fleet', id = 'id-1'): Delivery => ({
  lane: { kind, group: 'g', session: 's' },
  id,
  type: 'session_join',
  at: 1_700_000_000_000,
  sealed: sealer.seal(id, content),
});

describe('Courier', () => {
  it('tells a receiver with a format of its own nothing else, and gives it no token', async () => {
    const content = letter(`${base}/slack`, { body: { text: 'hello' }, whole: true, key: 'OWN' });
    expect(await courier().carry(deliver(content))).toEqual({ result: 'ok' });
    const [{ headers, body } = { headers: {}, body: '' }] = requests;
    expect(JSON.parse(body)).toEqual({ text: 'hello' });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['authorization']));
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['webhook-signature']));
  });

  it('posts the body with its time, and what proves it genuine', async () => {
    expect(await courier().carry(deliver(letter(`${base}/hook?a=b`)))).toEqual({ result: 'ok' });
    const [{ path, headers, body } = { path: '', headers: {}, body: '' }] = requests;
    expect(path).toBe('/hook?a=b');
    expect(JSON.parse(body)).toEqual({ type: 'session_join', timestamp: '2023-11-14T22:13:20.000Z' });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer TOKEN',
      'webhook-id': 'id-1',
    });
    const stamp = String(headers['webhook-timestamp']);
    expect(Number(stamp)).toBe(Math.floor(clock.now() / 1000));
    const mac = createHmac('sha256', 'KEY').update(`id-1.${stamp}.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${mac}`);
  });

  it('shows a session’s own receiver neither the operator’s token nor a signature by the operator’s key', async () => {
    await courier().carry(deliver(letter(base), 'session'));
    await courier().carry(deliver(letter(base, { key: `whsec_${Buffer.from('own').toString('base64')}` }), 'session'));
    const [plain, signed] = requests;
    expect(plain?.headers).not.toHaveProperty('authorization');
    expect(plain?.headers).not.toHaveProperty('webhook-signature');
    const text = `id-1.${String(signed?.headers['webhook-timestamp'])}.${signed?.body ?? ''}`;
    expect(signed?.headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', 'own').update(text).digest('base64')}`,
    );
  });

  it('is traced with a link to where the event came from; the operator’s own receiver can go on with the trace', async () => {
    const tracer = new NotingTracer();
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await courier({ tracer }).carry(deliver(letter(base, { trace })));
    await courier({ tracer }).carry(deliver(letter(base, { trace }), 'session'));
    await courier({ tracer }).carry({ ...deliver(letter(base)), sealed: 'damaged' });
    expect(requests.map(({ headers }) => headers['traceparent'])).toEqual([tracer.spans[0]?.traceparent, undefined]);
    expect(requests.map(({ body }) => body).join('')).not.toContain('0af7651916cd43dd8448eb211c80319c');
    const attributes = { 'shipmate.delivery.id': 'id-1', 'shipmate.webhook.type': 'session_join' };
    expect(tracer.spans).toMatchObject([
      { parent: 'none', links: [trace], attributes: { ...attributes, 'shipmate.webhook.kind': 'fleet' }, ended: true },
      { parent: 'none', links: [trace], attributes: { ...attributes, 'shipmate.webhook.kind': 'session' } },
      { links: [], failure: 'refused', ended: true },
    ]);
    // Where it goes may be a secret.
    expect(JSON.stringify(tracer.spans)).not.toContain('127.0.0.1');
  });

  it('gives a receiver the user and password of its URL, in its header alone', async () => {
    await courier({ token: undefined }).carry(deliver(letter(base.replace('//', '//ann:p%40ss@'))));
    expect(requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ann:p@ss').toString('base64')}`);
  });

  it('takes a status for the answer, and reads no body, however long', async () => {
    let sent = 0;
    const end = { reached: false };
    answer = (_, response) => {
      response.writeHead(200);
      response.on('close', () => (end.reached = true)).on('error', () => undefined);
      const more = (): void => {
        while (!end.reached && response.write(Buffer.alloc(65_536))) sent += 65_536;
        sent += 65_536;
      };
      response.on('drain', more);
      more();
    };
    expect(await courier().carry(deliver(letter(base)))).toEqual({ result: 'ok' });
    await until(() => end.reached, { what: 'the connection to be closed' });
    // What buffers of the kernel take.
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  it('tells what may be better next time from what will not', async () => {
    const byStatus = async (status: number): Promise<unknown> => {
      answer = (_, response) => response.writeHead(status).end();
      return await courier().carry(deliver(letter(base)));
    };
    for (const status of [200, 204]) expect(await byStatus(status)).toEqual({ result: 'ok' });
    for (const status of [400, 404, 429, 500, 503, 304]) {
      expect(await byStatus(status)).toEqual({ result: 'failed', why: `the receiver answered ${status}` });
    }
    expect(await byStatus(410)).toEqual({ result: 'refused', why: 'the receiver answered 410 Gone' });
    answer = (request) => request.socket.destroy();
    expect(await courier().carry(deliver(letter(base)))).toMatchObject({ result: 'failed', why: /ECONNRESET/ });
  });

  it('gives up on one that does not answer', async () => {
    answer = () => undefined;
    const carried = courier().carry(deliver(letter(base)));
    await until(() => requests.length === 1, { what: 'the request to come' });
    clock.advance(ATTEMPT_MS);
    expect(await carried).toEqual({ result: 'failed', why: 'no answer within 10 s' });
    const never = { trusted: async () => await new Promise<never>(() => undefined), others: async () => [] };
    const lookup = courier({ destinations: new Destinations([], never) }).carry(
      deliver(letter('http://slow.example/')),
    );
    clock.advance(ATTEMPT_MS);
    expect(await lookup).toMatchObject({ result: 'failed' });
  });

  it('connects to the address that was looked at, whatever the name says later', async () => {
    const { port } = server.address() as AddressInfo;
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [{ address: '127.0.0.1', family: 4 as const }];
    };
    const destinations = new Destinations([], { trusted: resolve, others: resolve });
    const once = await courier({ destinations }).carry(deliver(letter(`http://no-such-name.invalid:${port}/`)));
    expect(once).toEqual({ result: 'ok' });
    expect(asked).toBe(1);
  });

  it('follows a redirect where it may go, as a POST, and not forever', async () => {
    answer = (request, response) => {
      if (request.url === '/new') response.end();
      else response.writeHead(307, { location: '/new' }).end();
    };
    expect(await courier().carry(deliver(letter(`${base}/old`)))).toEqual({ result: 'ok' });
    expect(requests.map(({ path, body }) => [path, body === requests[0]?.body])).toEqual([
      ['/old', true],
      ['/new', true],
    ]);
    answer = (_, response) => response.writeHead(301, { location: '/again' }).end();
    expect(await courier().carry(deliver(letter(base)))).toEqual({ result: 'failed', why: 'it redirects too often' });
  });

  it('follows none to a private address, not even the operator’s receiver’s', async () => {
    const destinations = new Destinations([]);
    for (const location of ['http://169.254.169.254/latest/', 'http://localhost/', 'file:///etc/passwd']) {
      answer = (_, response) => response.writeHead(301, { location }).end();
      const { result, why } = (await courier({ destinations }).carry(deliver(letter(base)))) as Record<string, string>;
      // A name may not be found at all here; then there is no request either.
      expect([result, why?.startsWith('it redirects')].join()).toMatch(/refused,true|failed,false/);
    }
    expect(requests).toHaveLength(3);
    expect(await courier({ destinations }).carry(deliver(letter(base), 'session'))).toMatchObject({
      result: 'refused',
    });
    expect(requests).toHaveLength(3);
  });

  it('makes no attempt at what it cannot read, or must not', async () => {
    const other = { ...deliver(letter(base)), id: 'another' };
    expect(await courier().carry(other)).toMatchObject({ result: 'refused', why: /SHIPMATE_SECRET/ });
    const off = await courier({ forSessions: false }).carry(deliver(letter(base), 'session'));
    expect(off).toMatchObject({ result: 'refused', why: /switched off/ });
    expect(requests).toEqual([]);
  });
});
