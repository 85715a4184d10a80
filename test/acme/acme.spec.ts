import { readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { SealedVault } from '#control';
import { SystemClock } from '#platform';
import { connectRedis } from '#redis';
import { freePort, RedisServer, Shipmate, Stage, tempDir, until } from '#testing';
import { Challenges, FileVault, makeAccountKey, orderCertificate, readCertificate } from '#tls';
import { startPebble } from './pebble.fixture.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

const NAMES = ['share.example', 'www.share.example'] as const;
const EXTRA = { NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'] ?? '' };
/** An order asks every second whether the server is done; an edge looks twice a minute for what another one got. */
const ORDER_MS = 45_000;
const SECRET = 'a-secret-that-the-whole-fleet-shares';

/** What a server shows for a name: the names of its certificate. */
async function shown(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', servername: NAMES[0], rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subjectaltname = '' } = socket.getPeerCertificate();
  socket.destroy();
  return subjectaltname;
}

describe('a certificate from an ACME server', () => {
  it('comes by tls-alpn-01 to a server that was told three things, and stays for the next start', async () => {
    const [httpPort, port] = [await freePort(), await freePort()];
    const directory = await startPebble(stage, { httpPort, tlsPort: port });
    const env = {
      ...EXTRA,
      SHIPMATE_PORT: `${port}`,
      SHIPMATE_SSH_PORT: '',
      SHIPMATE_HTTP_PORT: '',
      SHIPMATE_SSH_HOST: '',
      SHIPMATE_WEB_URL: '',
      SHIPMATE_BIND: '127.0.0.1',
      SHIPMATE_ACME: 'true',
      SHIPMATE_ACME_NAMES: NAMES.join(','),
      SHIPMATE_ACME_DIRECTORY: directory,
    };
    const shipmate = await stage.add(Shipmate.start({ env }));
    const outcome = await until(() => shipmate.log.find(({ event }) => String(event).startsWith('certificate-')), {
      what: 'an order to be done',
      deadlineMs: ORDER_MS,
    });
    expect(outcome).toMatchObject({ event: 'certificate-renewed', names: NAMES });
    expect(await shown(port)).toBe('DNS:share.example, DNS:www.share.example');
    const kept = readdirSync(shipmate.dir.file('data/acme'));
    expect(kept.sort()).toEqual(['account.json', 'certificate.json']);
    for (const name of kept) expect(statSync(shipmate.dir.file(`data/acme/${name}`)).mode & 0o777).toBe(0o600);
    expect(shipmate.program.stderr).not.toContain('PRIVATE KEY');
    await shipmate.halt();
    const again = await stage.add(Shipmate.start({ env, restartOf: shipmate }));
    // It has it before it listens.
    expect(await shown(port)).toBe('DNS:share.example, DNS:www.share.example');
    expect(again.log.filter(({ event }) => event === 'certificate-failed')).toEqual([]);
  });

  it('comes by http-01, for an external account where the server asks for one', async () => {
    const dir = tempDir('sma');
    stage.onClear(() => dir.dispose());
    const challenges = new Challenges(new FileVault(dir.path, new SystemClock()));
    const server = createServer((request, response) => {
      const token = request.url?.split('/').at(-1) ?? '';
      void challenges.byToken(token).then((answer) => response.end(answer));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stage.onClear(() => void server.close());
    const { port: httpPort } = server.address() as AddressInfo;
    const externalAccount = { keyId: 'key-1', hmacKey: Buffer.alloc(32, 7).toString('base64url') };
    const externalAccounts = { [externalAccount.keyId]: externalAccount.hmacKey };
    const directoryUrl = await startPebble(stage, { httpPort, tlsPort: await freePort(), externalAccounts });
    const accountKey = await makeAccountKey();
    const nobody = { directoryUrl, email: 'a@share.example', names: NAMES, accountKey, prefer: 'http-01' } as const;
    await expect(orderCertificate(nobody, challenges)).rejects.toThrow(/externalAccountBinding/);
    const order = { ...nobody, externalAccount };
    const { chain, key } = await orderCertificate(order, challenges);
    expect(readCertificate(chain, key).names).toEqual(NAMES);
    // Nobody answers the other kind.
    await expect(orderCertificate({ ...order, prefer: 'tls-alpn-01' }, challenges)).rejects.toThrow();
  });

  it('is answered for by every edge of a fleet, and is in use at an edge that did not order it', async () => {
    const redis = await stage.add(RedisServer.start());
    const port = await freePort();
    const directoryUrl = await startPebble(stage, { httpPort: await freePort(), tlsPort: port });
    const clock = new SystemClock();
    const backplane = await connectRedis({ url: redis.url, cluster: false, name: 'acme' }, { clock });
    stage.onClear(() => backplane.close());
    const vault = new SealedVault(backplane.vault, SECRET);
    // This process has the turn: the edge is to order nothing.
    expect(await vault.takeTurn('the test', 600_000)).toBe(true);
    const edge = await stage.add(
      Shipmate.start({
        app: 'web-edge',
        env: {
          ...EXTRA,
          SHIPMATE_HTTP_PORT: `${port}`,
          SHIPMATE_WEB_URL: 'https://share.example',
          SHIPMATE_REDIS_URL: redis.url,
          SHIPMATE_SECRET: SECRET,
          SHIPMATE_ACME: 'true',
          SHIPMATE_ACME_NAMES: NAMES.join(','),
          SHIPMATE_ACME_DIRECTORY: directoryUrl,
        },
      }),
    );
    const accountKey = await makeAccountKey();
    const order = { directoryUrl, email: undefined, names: NAMES, accountKey, prefer: 'tls-alpn-01' } as const;
    const issued = await orderCertificate(order, new Challenges(vault));
    await vault.put('certificate', JSON.stringify({ ...issued, directoryUrl }));
    await edge.toLog('certificate-renewed', ORDER_MS);
    expect(await shown(port)).toBe('DNS:share.example, DNS:www.share.example');
    // What lies in Redis is sealed.
    expect(await backplane.vault.get('certificate')).not.toContain('KEY');
  });
});
