import { createHmac } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '#platform';
import { freePort, Stage, tempDir } from '#testing';
import { Challenges } from './challenges.js';
import { FileVault } from './file-vault.js';
import { makeAccountKey, OrderFailed, orderCertificate, retryAfter, type ExternalAccount } from './order.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

/** An order at a server that answers so. */
async function failed(answer: RequestListener | number, externalAccount?: ExternalAccount): Promise<OrderFailed> {
  let port = typeof answer === 'number' ? answer : 0;
  if (typeof answer !== 'number') {
    const server = createServer(answer);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
    stage.onClear(() => {
      server.close();
      server.closeAllConnections();
    });
  }
  const dir = tempDir('sma');
  stage.onClear(() => dir.dispose());
  const challenges = new Challenges(new FileVault(dir.path, new SystemClock()));
  const accountKey = await makeAccountKey();
  const error: unknown = await orderCertificate(
    {
      directoryUrl: `http://127.0.0.1:${port}/dir`,
      email: undefined,
      names: ['a.example'],
      accountKey,
      externalAccount,
      prefer: 'http-01',
    },
    challenges,
  ).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(OrderFailed);
  const found = error as OrderFailed;
  for (const line of accountKey.split('\n').filter((line) => line.length > 30 && !line.startsWith('-'))) {
    expect(String(found.stack)).not.toContain(line);
  }
  return found;
}

/** A directory that is right, and nothing behind it but `answer`. */
const withDirectory =
  (answer: RequestListener): RequestListener =>
  (request, response) => {
    if (request.url !== '/dir') {
      answer(request, response);
      return;
    }
    const base = `http://${request.headers.host ?? ''}`;
    const body = { newNonce: `${base}/nonce`, newAccount: `${base}/account`, newOrder: `${base}/order` };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  };

describe('an order at a server that fails', () => {
  it('says that it is down', async () => {
    const port = await freePort();
    expect((await failed(port)).message).toMatch(/ECONNREFUSED/);
  });

  it.each([
    ['an error', 500, 'oh', /returned error 500/],
    ['a page', 200, '<html>hello</html>', /Unable to locate API resource URL/],
    ['half of JSON', 200, '{"newNonce":', /Unable to locate API resource URL/],
    ['nothing', 200, '', /returned no data/],
  ])('says that it answers %s', async (_, status, body, why) => {
    const error = await failed((_, response) => response.writeHead(status).end(body));
    expect([error.message, error.retryAfterMs]).toEqual([expect.stringMatching(why), 0]);
  });

  it('says what a server that limits says, and how long to wait', async () => {
    const problem = {
      type: 'urn:ietf:params:acme:error:rateLimited',
      detail: 'too many new orders\u001b[31m recently',
    };
    const error = await failed(
      withDirectory((request, response) => {
        response.setHeader('replay-nonce', 'abc');
        if (request.method === 'HEAD') response.end();
        else {
          response.writeHead(429, { 'retry-after': '7200', 'content-type': 'application/problem+json' });
          response.end(JSON.stringify(problem));
        }
      }),
    );
    expect(error.message).toMatch(/too many new orders \[31m recently/);
    expect(error.retryAfterMs).toBe(7_200_000);
  });

  it('says that it gives no nonce, and that it hangs up', async () => {
    expect((await failed(withDirectory((_, response) => response.end()))).message).toMatch(/nonce/);
    expect((await failed(withDirectory((request) => request.socket.destroy()))).message).toMatch(
      /socket hang up|ECONNRESET/,
    );
  });

  it('takes no more than a megabyte', async () => {
    const error = await failed((_, response) => response.end('x'.repeat(2 * 1024 * 1024)));
    expect(error.message).toMatch(/maxContentLength/);
  });
});

describe('an external account', () => {
  it('signs for the new account, with the key that the operator gave', async () => {
    const hmacKey = Buffer.alloc(32, 7).toString('base64url');
    let seen: { kid?: string; alg?: string; signed?: boolean } | undefined;
    const answer = withDirectory((request, response) => {
      response.setHeader('replay-nonce', 'abc');
      if (request.method === 'HEAD') return void response.end();
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const read = (part = ''): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
        const { payload } = JSON.parse(text) as { payload: string };
        const { externalAccountBinding: binding } = read(payload) as { externalAccountBinding: Record<string, string> };
        const { kid, alg } = read(binding['protected']) as { kid: string; alg: string };
        const mac = createHmac('sha256', Buffer.alloc(32, 7)).update(`${binding['protected']}.${binding['payload']}`);
        seen = { kid, alg, signed: mac.digest('base64url') === binding['signature'] };
        response.writeHead(403).end('{"detail":"enough seen"}');
      });
    });
    const error = await failed(answer, { keyId: 'key-1', hmacKey });
    expect(error.message).toContain('enough seen');
    expect(seen).toEqual({ kid: 'key-1', alg: 'HS256', signed: true });
    expect(String(error.stack)).not.toContain(hmacKey);
  });
});

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['99999999999', 86_400_000],
    ['soon', 0],
    [undefined, 0],
  ])('%s is %d ms', (header, ms) => {
    expect(retryAfter(header, Date.UTC(2026, 0, 1))).toBe(ms);
  });
});
