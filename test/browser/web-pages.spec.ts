import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostSecrets } from '#access';
import { sessionId } from '#kernel';
import { run, Shipmate, Stage, tempDir, TmateHost, until, WebJoiner } from '#testing';
import { share, type Share } from '../share.fixture.js';

const house = new Stage();
const stage = new Stage();
let shipmate: Shipmate;
let shared: Share;

beforeAll(async () => {
  shipmate = await house.add(Shipmate.start());
  shared = await share(house, shipmate);
});
afterEach(async () => await stage.clear());
afterAll(async () => await house.clear());

/** What every page of ours must have. */
function toBeSafe({ headers, text }: { headers: Headers; text: string }, secrets: readonly string[] = []): void {
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-powered-by')).toBeNull();
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("base-uri 'none'");
  expect(policy).not.toContain('unsafe-eval');
  // Nothing of anybody else is loaded.
  const loaded = [...text.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, address]) => address ?? '');
  for (const address of loaded) expect(address).toMatch(/^(\/(?!\/)|#)/);
  for (const secret of secrets) expect(text).not.toContain(secret);
}

describe('the landing page', () => {
  it('tells how to share and to join, with the fingerprints of this server', async () => {
    const page = await shipmate.get('/');
    expect(page.status).toBe(200);
    toBeSafe(page);
    const conf = readFileSync(shipmate.tmateConf, 'utf8');
    const [fingerprint = ''] = /SHA256:[A-Za-z0-9+/]{43}/.exec(conf) ?? [];
    expect(fingerprint).not.toBe('');
    expect(page.text).toContain(fingerprint);
    expect(page.text).toContain(`curl -fsS http://127.0.0.1:${shipmate.httpPort}/tmate.conf`);
    expect(page.text).toContain(`ssh -p${shipmate.sshPort} TOKEN@127.0.0.1`);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
  });

  it('gives a tmate.conf that a stock tmate shares with', async () => {
    const conf = await shipmate.get('/tmate.conf');
    expect(conf.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(conf.text).toBe(readFileSync(shipmate.tmateConf, 'utf8'));
    const dir = tempDir('smc');
    stage.onClear(() => dir.dispose());
    writeFileSync(dir.file('tmate.conf'), conf.text);
    const host = await stage.add(TmateHost.start({ serverConf: dir.file('tmate.conf') }));
    await host.waitReady();
    expect(await host.token()).toMatch(/^\w{25}$/);
  });
});

describe('the page of a link', () => {
  it('is the browser client, whoever has it', async () => {
    for (const token of [shared.token, shared.readToken]) {
      const page = await shipmate.get(`/t/${token}`);
      // A server whose client was not built says so.
      expect([200, 503]).toContain(page.status);
      toBeSafe(page, [token]);
      expect(page.headers.get('cache-control')).toBe('no-store');
    }
  });

  it.each([
    'nonsense',
    'abcdefghijkmnpqrstuvwxyz2',
    'ada/site',
    'a/b/c',
    '%3Cimg%20src%3Dx%3E',
    '%',
    'a%FFb',
    '%zz/x',
    '',
  ])('that leads nowhere says so: %s', async (token) => {
    const page = await shipmate.get(`/t/${token}`);
    expect(page.status).toBe(404);
    toBeSafe(page, token.length > 9 ? [token, decodeURIComponent(token)] : []);
    expect(page.text).toContain('There is no such session');
  });

  it.each(['br', 'gzip', 'identity'])('loads its script as the browser takes it: %s', async (encoding) => {
    const { text } = await shipmate.get(`/t/${shared.token}`);
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(text)?.[1] ?? '';
    const headers = { 'accept-encoding': encoding };
    // `fetch` unpacks it.
    const response = await fetch(`http://127.0.0.1:${shipmate.httpPort}${script}`, { headers });
    expect(response.headers.get('content-encoding') ?? 'identity').toBe(encoding);
    expect(response.headers.get('cache-control')).toContain('immutable');
    expect(await response.text()).toBe(readFileSync(join('dist/apps/web', script), 'utf8'));
  });

  it('of a session that ended says when', async () => {
    const other = await share(stage, shipmate);
    await other.host.killServer();
    const page = await until(
      async () => {
        const answer = await shipmate.get(`/t/${other.token}`);
        return answer.status === 410 ? answer : undefined;
      },
      { what: 'the session to be closed' },
    );
    toBeSafe(page, [other.token]);
    expect(page.text).toMatch(/This session was closed (just now|\d+ seconds? ago)/);
  });

  it('of a session for SSH keys says how to join it, and the socket is closed with 4401', async () => {
    const dir = tempDir('smk');
    stage.onClear(() => dir.dispose());
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', dir.file('key')]);
    const conf = `set -g tmate-authorized-keys "${dir.file('key')}.pub"`;
    const other = await share(stage, shipmate, { conf });
    const page = await shipmate.get(`/t/${other.token}`);
    expect(page.status).toBe(403);
    toBeSafe(page, [other.token]);
    expect(page.text).toContain('Join with ssh and your key');
    expect(page.text).toContain(`ssh -p${shipmate.sshPort} TOKEN@127.0.0.1`);
    const joiner = await stage.add(WebJoiner.start({ port: shipmate.httpPort, token: other.token }));
    expect(await joiner.toClose()).toMatchObject({ code: 4401 });
    expect(joiner.bytes).toBe(0);
  });
});

describe('the pages that steer', () => {
  it.each(['/host', '/operator'])('are the same for everybody, and load nothing from elsewhere: %s', async (path) => {
    const page = await shipmate.get(path);
    // A server whose client was not built says so.
    expect([200, 503]).toContain(page.status);
    if (page.status === 200) toBeSafe(page);
    expect(page.headers.get('cache-control')).toBe('no-store');
  });
});

describe('any other address', () => {
  it('has a page for people and JSON for programs', async () => {
    const url = `http://127.0.0.1:${shipmate.httpPort}/nothing/here`;
    const page = await fetch(url, { headers: { accept: 'text/html,*/*' } });
    expect(page.status).toBe(404);
    toBeSafe({ headers: page.headers, text: await page.text() });
    const json = await fetch(url);
    expect(json.status).toBe(404);
    expect(json.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await json.json()).toMatchObject({ status: 404 });
  });
});

describe('/api/t/TOKEN', () => {
  it('describes a session as tmate does, and keeps its secrets', async () => {
    const { status, text, headers } = await shipmate.get(`/api/t/${shared.token}`);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const description = JSON.parse(text) as Record<string, string | null>;
    expect(description).toEqual({
      ws_url_fmt: `ws://127.0.0.1:${shipmate.httpPort}/ws/session/%s`,
      ssh_cmd_fmt: `ssh -p${shipmate.sshPort} %s@127.0.0.1`,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
      disconnected_at: null,
      closed_at: null,
    });
    const age = Date.now() - Date.parse(description['created_at'] ?? '');
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThan(600_000);
  });

  it.each(['nonsense', 'ada/site', '%', ''])('of what leads nowhere: %s', async (token) => {
    const { status, text } = await shipmate.get(`/api/t/${token}`);
    expect(status).toBe(404);
    expect(JSON.parse(text)).toEqual({ error: 'not found' });
  });

  it('of a session that ended says when', async () => {
    const other = await share(stage, shipmate);
    await other.host.killServer();
    const description = await until(
      async () => {
        const { text } = await shipmate.get(`/api/t/${other.token}`);
        const told = JSON.parse(text) as Record<string, string | null>;
        return typeof told['closed_at'] === 'string' ? told : undefined;
      },
      { what: 'the session to be closed' },
    );
    expect(Date.parse(description['closed_at'] ?? '')).toBeGreaterThanOrEqual(
      Date.parse(description['created_at'] ?? ''),
    );
  });
});

describe('tokens', () => {
  it('are in no log, whatever pages do with them', async () => {
    const joiner = await stage.add(WebJoiner.start({ port: shipmate.httpPort, token: shared.token }));
    joiner.cut();
    await joiner.reconnect();
    joiner.sendRaw('bad');
    await joiner.toClose();
    await shipmate.get(`/t/${shared.token}`);
    await shipmate.get(`/t/${shared.token}x`);
    await shipmate.toLog('web-disconnected');
    expect(shipmate.program.stderr).not.toContain(shared.token);
    expect(shipmate.program.stderr).not.toContain(shared.readToken);
  });
});

describe('a web edge as a process of its own', () => {
  it('starts, says that it is ready, serves its pages and stops clean', async () => {
    const alone = await stage.add(Shipmate.start({ app: 'web-edge' }));
    expect(alone.stdout).toMatch(/ready/);
    expect((await alone.get('/readyz')).status).toBe(200);
    expect((await alone.get('/')).text).toContain('Share a terminal');
    expect((await alone.get('/t/nonsense')).status).toBe(404);
    // Only hosts can call the API here, each for its own session.
    const call = async (path: string, token: string): Promise<number> => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`http://127.0.0.1:${alone.httpPort}${path}`, { headers })).status;
    };
    const secret = new HostSecrets(readFileSync(join(alone.dir.file('data'), 'secret'), 'utf8').trim()).of(
      sessionId('nobody-has-it'),
    );
    expect(await call('/v1/sessions/nobody-has-it', secret)).toBe(404);
    expect(await call('/v1/sessions', secret)).toBe(403);
    expect(await call('/v1/sessions/nobody-has-it', `${secret}x`)).toBe(401);
    expect(await call('/v1/users', secret)).toBe(404);
    const joiner = await stage.add(WebJoiner.start({ port: alone.httpPort, token: 'abcdefghijkmnpqrstuvwxyz2' }));
    expect(await joiner.toClose()).toMatchObject({ code: 4404 });
    expect(await alone.halt()).toEqual({ status: 0, signal: null });
  });
});
