import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  cleanEnv,
  connectSsh,
  RedisServer,
  run,
  Shipmate,
  sshArgs,
  Stage,
  SyntheticHost,
  SyntheticJoiner,
  tempDir,
  until,
  WebJoiner,
} from '#testing';

const house = new Stage();
const stage = new Stage();
const home = tempDir('sml');
let one: Shipmate;
let two: Shipmate;

/** What proxies would do: a port of a trusted address that tells whose connection it carries. */
const PROXY = { SHIPMATE_PROXY_PROTOCOL: 'optional', SHIPMATE_TRUSTED_PROXIES: '127.0.0.1' };
/** Each story has a client's address of its own. */
const from = (address: string): string => `PROXY TCP4 ${address} 127.0.0.1 50000 2222\r\n`;

beforeAll(async () => {
  const redis = await house.add(RedisServer.start());
  const env = {
    ...PROXY,
    SHIPMATE_REDIS_URL: redis.url,
    SHIPMATE_SECRET: 'limits-limits-limits-limits',
    SHIPMATE_ADMIN_TOKEN: 'an-admin-token-of-limits',
    SHIPMATE_LIMITS: [
      'hosts-per-address=2',
      'sessions-per-address=3',
      'joiners-per-address=2',
      'handshakes-per-address=25/1h',
      'connections-per-address=9',
      'bytes-per-address=200k/1h',
    ].join(','),
    SHIPMATE_DENY_FROM: '203.0.113.0/24,2001:db8:bad::/48',
    SHIPMATE_ALLOW_FROM: '127.0.0.1,198.51.100.0/24,203.0.113.0/24',
  };
  [one, two] = await Promise.all([house.add(Shipmate.start({ env })), house.add(Shipmate.start({ env }))]);
});
afterEach(async () => await stage.clear());
afterAll(async () => {
  await house.clear();
  home.dispose();
});

/** All that a server says to these bytes. */
async function answerTo(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  stage.onClear(() => socket.destroy());
  socket.write(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

/** A connection through the proxy, as a client of that address. */
function through(at: Shipmate, address: string) {
  const sock = connect(at.sshPort, '127.0.0.1');
  sock.write(from(address));
  stage.onClear(() => sock.destroy());
  return sock;
}

/** All that a client is sent until it is cut off. */
async function said(at: Shipmate, first: string): Promise<string> {
  const socket = connect(at.sshPort, '127.0.0.1');
  stage.onClear(() => socket.destroy());
  let text = '';
  let closed = false;
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('close', () => (closed = true));
  socket.write(first);
  await until(() => closed, { what: 'the server to hang up' });
  return text;
}

const notices = (host: SyntheticHost): string =>
  host.received.flatMap(([type, ...args]) => (type === 0 ? args.map(String) : [])).join('\n');

describe('hosts and joiners of one address', () => {
  it('are limited over all edges, are told so, and may come again when one has gone', async () => {
    const start = async (at: Shipmate): Promise<SyntheticHost> =>
      await stage.add(SyntheticHost.start({ port: at.sshPort, ssh: { sock: through(at, '198.51.100.1') } }));
    const first = await start(one);
    await start(two);
    // Each edge hears within a second what the other has.
    const refused = async (at: Shipmate): Promise<boolean> => {
      const host = await stage.add(
        SyntheticHost.connect({ port: at.sshPort, ssh: { sock: through(at, '198.51.100.1') } }),
      );
      host.introduce();
      await until(() => host.closed !== undefined || host.received.some(([type]) => type === 5), { what: 'an answer' });
      if (host.closed === undefined) {
        host.fin();
        await host.toClose();
        return false;
      }
      expect(notices(host)).toContain('The limit is 2 hosts at once from your address: try again when one has left');
      return true;
    };
    await until(async () => await refused(one), { what: 'the first edge to refuse a third host', everyMs: 500 });
    await until(async () => await refused(two), { what: 'the second edge to refuse a third host', everyMs: 500 });
    expect(await one.metric('shipmate_turned_away_total{limit="hosts-per-address"}')).toBeGreaterThan(0);
    await one.toLog('turned-away');
    first.fin();
    await first.toClose();
    await until(async () => !(await refused(two)), { what: 'a host to be let in again', everyMs: 500 });
  });

  it('may use so many bytes, and are told until when they must wait', async () => {
    const host = await stage.add(
      SyntheticHost.start({ port: one.sshPort, ssh: { sock: through(one, '198.51.100.2') } }),
    );
    const token = await host.token();
    for (let n = 0; n < 300 && host.closed === undefined; n++) host.output('x'.repeat(1000));
    await host.toClose();
    expect(notices(host)).toMatch(/Too many bytes from your address: try again in \d+ (minutes|seconds)/);
    const refused = await stage.add(
      SyntheticJoiner.start({ port: one.sshPort, token, ssh: { sock: through(one, '198.51.100.2') } }),
    );
    await until(async () => /Too many bytes/.test(await refused.screen.text()) || refused.exitStatus !== undefined, {
      what: 'the answer',
    });
    const other = await stage.add(
      SyntheticJoiner.start({ port: one.sshPort, token, ssh: { sock: through(one, '198.51.100.3') } }),
    );
    await other.screen.toShow('xxx');
  });
});

describe('connections', () => {
  it('come no faster than they may, and ssh says until when', async () => {
    const texts: string[] = [];
    for (let n = 0; n < 26; n++) {
      const socket = through(one, '198.51.100.4');
      let text = '';
      let open = true;
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      socket.on('close', () => (open = false));
      socket.write('SSH-2.0-x\r\n');
      await until(() => text.includes('curve25519') || !open, { what: 'an answer' });
      texts.push(text);
      socket.destroy();
    }
    expect(texts.filter((text) => text.includes('Too many new connections from your address'))).toHaveLength(1);
    expect(texts[25]).toMatch(/try again in \d+ (minutes|seconds)/);
    const client = connectSsh('x', { port: two.sshPort, ssh: { sock: through(two, '198.51.100.5') } });
    (await client).end();
  });

  it('count with each further session over them', async () => {
    const mine = () => ({ port: one.sshPort, ssh: { sock: through(one, '198.51.100.6') } });
    const host = await stage.add(SyntheticHost.start(mine()));
    const first = await stage.add(SyntheticJoiner.start({ ...mine(), token: await host.token() }));
    const further = async (): Promise<string> => {
      const channel = await new Promise<import('ssh2').ClientChannel>((resolve, reject) =>
        first.client.shell((error, opened) => (error === undefined ? resolve(opened) : reject(error))),
      );
      let refusal = '';
      let sees = false;
      let closed = false;
      channel.on('data', () => (sees = true)).on('close', () => (closed = true));
      channel.stderr.on('data', (chunk: Buffer) => (refusal += chunk.toString()));
      await until(() => sees || closed, { what: 'a picture or a refusal' });
      channel.close();
      await until(() => closed, { what: 'the further session to end' });
      return refusal;
    };
    let refusal = '';
    for (let n = 0; n < 30 && refusal === ''; n++) refusal = await further();
    expect(refusal).toMatch(/^Too many new connections from your address: try again in \d+ (minutes|seconds)/);
    host.output('the first goes on');
    await first.screen.toShow('the first goes on');
  });

  it.each([
    ['denied, though allowed too', '203.0.113.7'],
    ['not allowed', '192.0.2.1'],
  ])('of an address that is %s are refused with the reason', async (_, address) => {
    expect(await said(one, `${from(address)}SSH-2.0-x\r\n`)).toContain(
      `This server does not accept connections from your address ${address}. Its operator can change that`,
    );
    const headers = { 'x-forwarded-for': address };
    for (const path of ['/', '/t/x', '/tmate.conf', '/v1/sessions']) {
      const response = await fetch(`http://127.0.0.1:${one.httpPort}${path}`, { headers });
      expect([path, response.status]).toEqual([path, 403]);
      expect(await response.text()).toContain(`does not accept connections from your address ${address}`);
    }
    // In other words, which are routed to the same.
    for (const target of ['http://elsewhere/v1/sessions', 'HTTP://x/V1/sessions', '/V1/sessions', 'http://x/t/x']) {
      const text = `GET ${target} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${address}\r\nConnection: close\r\n\r\n`;
      expect([target, (await answerTo(one.httpPort, text)).slice(0, 12)]).toEqual([target, 'HTTP/1.1 403']);
    }
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      expect((await fetch(`http://127.0.0.1:${one.httpPort}${path}`, { headers })).status).toBe(200);
    }
    const page = await stage.add(WebJoiner.start({ port: one.httpPort, token: 'x', headers }));
    expect([page.welcome, page.closed?.code]).toEqual([undefined, 1006]);
  });

  it('tell events what was refused, by whom and how often', async () => {
    const headers = { authorization: 'Bearer an-admin-token-of-limits' };
    await until(
      async () => {
        const response = await fetch(`http://127.0.0.1:${two.httpPort}/v1/events?type=refused`, { headers });
        const text = await response.text();
        return ['hosts-per-address', 'handshakes-per-address', 'denied', 'not-allowed'].every((reason) =>
          text.includes(`"reason":"${reason}"`),
        );
      },
      { what: 'the events' },
    );
  });
});

describe('an address that is made up', () => {
  let strict: Shipmate;
  beforeAll(async () => {
    strict = await house.add(
      Shipmate.start({
        env: {
          ...PROXY,
          SHIPMATE_TRUSTED_PROXIES: '192.0.2.0/24',
          SHIPMATE_DENY_FROM: '198.51.100.1',
          SHIPMATE_ADMIN_TOKEN: 'an-admin-token-of-limits',
        },
      }),
    );
  });

  it('is accepted only from a trusted proxy', async () => {
    // It hangs up at once: to it, a header is not an identification.
    await said(strict, `${from('198.51.100.9')}SSH-2.0-x\r\n`);
    for (const headers of [{ 'x-forwarded-for': '198.51.100.1' }, { forwarded: 'for=198.51.100.1' }]) {
      expect((await fetch(`http://127.0.0.1:${strict.httpPort}/`, { headers })).status).toBe(200);
      expect((await fetch(`http://127.0.0.1:${strict.httpPort}/v1/openapi.json`, { headers })).status).toBe(200);
    }
    // Wrong API tokens count for the peer, whatever it says.
    const statuses: number[] = [];
    for (let n = 0; n < 13; n++) {
      const headers = { authorization: 'Bearer wrong', 'x-forwarded-for': `198.51.100.${n + 10}` };
      statuses.push((await fetch(`http://127.0.0.1:${strict.httpPort}/v1/sessions`, { headers })).status);
    }
    expect(statuses).toContain(429);
    expect(
      (await run('ssh', sshArgs({ port: strict.sshPort, user: 'x' }), { env: cleanEnv(home.path), mayFail: true }))
        .stderr,
    ).not.toContain('disconnect');
  });

  it('is believed of the API’s trusted proxy: each has its own count', async () => {
    const statuses = new Set<number>();
    for (let n = 0; n < 13; n++) {
      const headers = { authorization: 'Bearer wrong', 'x-forwarded-for': `198.51.100.${n + 10}` };
      statuses.add((await fetch(`http://127.0.0.1:${one.httpPort}/v1/sessions`, { headers })).status);
    }
    expect([...statuses]).toEqual([401]);
  });
});
