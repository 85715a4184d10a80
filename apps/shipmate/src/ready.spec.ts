import { afterEach, describe, expect, it } from 'vitest';
import { freePort, Stage } from '#testing';
import { httpServer } from './http-server.fixture.js';
import { tellReady } from './ready.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

async function ask(port: number, bind?: string): Promise<{ status: number; told: string }> {
  let told = '';
  const env = { SHIPMATE_HTTP_PORT: `${port}`, ...(bind === undefined ? {} : { SHIPMATE_BIND: bind }) };
  const status = await tellReady(env, { write: (text) => (told += text) });
  return { status, told };
}

describe('ready', () => {
  it('is what the server says of itself', async () => {
    const asked: (string | undefined)[] = [];
    let answer = 200;
    const port = await httpServer(stage, (request, response) => {
      asked.push(request.url);
      response.writeHead(answer).end('{"checks":{"redis":"away"}}');
    });
    expect(await ask(port)).toEqual({ status: 0, told: '' });
    expect((await ask(port, '0.0.0.0')).status).toBe(0);
    answer = 503;
    expect(await ask(port, '127.0.0.1')).toEqual({ status: 1, told: '{"checks":{"redis":"away"}}\n' });
    expect(new Set(asked)).toEqual(new Set(['/readyz']));
  });

  it('is not the case where nobody listens', async () => {
    const { status, told } = await ask(await freePort());
    expect(status).toBe(1);
    expect(told).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/readyz does not answer: .*ECONNREFUSED/);
  });

  it('finds a server that listens on an IPv6 address', async () => {
    expect((await ask(await freePort(), '::')).told).toContain('http://[::1]:');
  });
});
