import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Shipmate, Stage, tempDir, TEST_PAIRS, until, WebJoiner, type TestPair } from '#testing';
import { share, type Share } from '../share.fixture.js';

// Everything by one port: ssh, https and plain http, with a certificate in files, and with a proxy that may announce its clients.
const house = new Stage();
const stage = new Stage();
const files = tempDir('smo');
let shipmate: Shipmate;
let shared: Share;

function writePair({ cert, key }: TestPair): void {
  writeFileSync(files.file('tls.crt'), cert);
  writeFileSync(files.file('tls.key'), key);
}

beforeAll(async () => {
  writePair(TEST_PAIRS.localhost);
  shipmate = await house.add(
    Shipmate.start({
      onePort: true,
      env: {
        SHIPMATE_WEB_URL: 'https://share.example',
        SHIPMATE_TLS_CERT: files.file('tls.crt'),
        SHIPMATE_TLS_KEY: files.file('tls.key'),
        SHIPMATE_PROXY_PROTOCOL: 'optional',
        SHIPMATE_TRUSTED_PROXIES: '127.0.0.1',
        SHIPMATE_DENY_FROM: '192.0.2.66',
      },
    }),
  );
  shared = await share(house, shipmate);
});
afterEach(async () => await stage.clear());
afterAll(async () => {
  await house.clear();
  files.dispose();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request by TLS for the name that is asked for. */
async function ask(path: string, servername: string): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: shipmate.httpPort,
      path,
      servername,
      rejectUnauthorized: false,
      agent: false,
    };
    request(options, (response) => {
      response.toArray().then(
        (chunks) =>
          resolve({
            status: response.statusCode,
            headers: response.headers,
            text: Buffer.concat(chunks as Buffer[]).toString(),
          }),
        reject,
      );
    })
      .on('error', reject)
      .end();
  });
}

function dial(): Socket {
  const socket = connect(shipmate.httpPort, '127.0.0.1');
  socket.on('error', () => undefined);
  stage.onClear(() => void socket.destroy());
  return socket;
}

/** All that comes until the server hangs up. */
async function answer(bytes: string): Promise<string> {
  const socket = dial();
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.write(Buffer.from(bytes, 'latin1'));
  await once(socket, 'close');
  return text;
}

describe('one port', () => {
  it('takes the stock client, ssh and browsers at once', async () => {
    expect(await shared.host.display('#{tmate_web}')).toBe(`https://share.example/t/${shared.token}`);
    const mate = await shared.join();
    const page = await stage.add(WebJoiner.start({ port: shipmate.httpPort, token: shared.token, tls: true }));
    await page.type('echo by-$((40+2))-web\r');
    await mate.screen.toShow('by-42-web');
    await page.screen.toShow('by-42-web');
  });

  it('redirects plain http, but for what probes and this machine ask', async () => {
    const link = await shipmate.get('/t/x?a=b');
    expect([link.status, link.headers.get('location')]).toEqual([308, 'https://share.example/t/x?a=b']);
    expect((await shipmate.get('/readyz')).status).toBe(200);
    expect(await shipmate.metric('shipmate_certificate_expiry_timestamp_seconds')).toBe(Date.UTC(2124, 0, 1) / 1000);
    expect((await shipmate.get('/v1/openapi.json')).status).toBe(200);
    const post = await fetch(`http://127.0.0.1:${shipmate.httpPort}/t/x`, { method: 'POST', redirect: 'manual' });
    expect([post.status, await post.text()]).toEqual([
      403,
      'Plain HTTP is not accepted here: use https://share.example\n',
    ]);
    const page = await stage.add(WebJoiner.start({ port: shipmate.httpPort, token: shared.token }));
    expect([page.welcome, page.closed?.code]).toEqual([undefined, 1006]);
  });

  it('tells browsers to stay with https, and who asked for another name that it is not that', async () => {
    const page = await ask('/', 'share.example');
    expect(page.status).toBe(200);
    expect(page.headers['strict-transport-security']).toBe('max-age=31536000');
    const other = await ask('/', 'other.example');
    expect([other.status, other.text]).toEqual([
      421,
      'other.example is not served here: this is https://share.example\n',
    ]);
  });

  it('knows clients by the header of a trusted proxy, whatever they speak', async () => {
    const header = 'PROXY TCP4 192.0.2.66 192.0.2.1 5555 443\r\n';
    // Plain HTTP goes to the redirect, which is for everybody; what is behind it is not for that address.
    expect(await answer(`${header}GET / HTTP/1.0\r\nX-Forwarded-Proto: https\r\n\r\n`)).toMatch(/^HTTP\/1\.1 308 /);
    expect(await answer(`${header}SSH-2.0-x\r\n`)).toMatch(/192\.0\.2\.66/);
  });

  it('refuses everything else in its own words, and loses nobody', async () => {
    const mate = await shared.join();
    await mate.screen.toShow('$');
    expect(await answer('\x05\x01\x00')).toBe('\x05\xff');
    expect(await answer('EHLO mail.example\r\n')).toMatch(/^554 /);
    expect(await answer('\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0')).toMatch(/^\x03\0\0\x13\x0e\xd0/);
    expect(await answer('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')).toContain('use HTTP/1.1');
    expect(await answer('\x16\x03\x01\0\x04nope')).toMatch(/^\x15\x03/);
    const refused = await shipmate.metric('shipmate_gate_connections_total{outcome="smtp"}');
    expect(refused).toBe(1);
    await mate.type('echo still-$((40+2))\r');
    await mate.screen.toShow('still-42');
  });

  it('lets others in while thousands say nothing', async () => {
    // Of 500 addresses, as a proxy says, far more than there is room for: whoever comes from elsewhere, and speaks, is not in their way.
    const silent: Socket[] = [];
    for (let n = 0; n < 3000; n++) {
      const socket = dial();
      silent.push(socket);
      socket.write(`PROXY TCP4 198.51.${n % 2}.${n % 250} 192.0.2.1 5555 443\r\n`);
      if (n % 100 === 99) await until(() => !socket.pending, { what: 'the connection' });
    }
    await until(() => silent.filter(({ closed }) => closed).length > 2000, { what: 'the oldest of them to be closed' });
    const mate = await shared.join();
    await mate.type('echo in-$((40+2))\r');
    await mate.screen.toShow('in-42');
    expect((await ask('/', 'share.example')).status).toBe(200);
  });

  it('takes a new certificate while it runs, and keeps the old one where the new one is wrong', async () => {
    writeFileSync(files.file('tls.crt'), TEST_PAIRS.expired.cert);
    const refused = await shipmate.toLog('certificate-refused');
    expect(refused['why']).toContain('the key does not match the certificate');
    expect((await ask('/', 'share.example')).status).toBe(200);
    writePair(TEST_PAIRS.renewed);
    await shipmate.toLog('certificate-renewed');
    await until(
      async () =>
        (await shipmate.metric('shipmate_certificate_expiry_timestamp_seconds')) === Date.UTC(2125, 0, 1) / 1000,
      { what: 'the new end' },
    );
    expect(await shipmate.metric('shipmate_certificate_renewals_total{result="refused"}')).toBe(1);
  });
});
