import { chmodSync, chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, SystemClock, type Environment } from '#platform';
import { HOST_KEY_FILES, HostKeys } from '#ssh';
import { freePort, RedisServer, Shipmate, Stage, tempDir, type TempDir } from '#testing';
import { checkFleet } from './check-config.js';
import { checkDataDir } from './check-files.js';
import { toldOf } from './check-redis.js';
import { runCommand } from '../commands/run-command.js';
import { examine, type World } from './doctor.js';
import type { Finding } from './finding.js';

const stage = new Stage();
let redis: RedisServer;
let dir: TempDir;
let ports: { ssh: number; http: number };

beforeAll(async () => {
  redis = await stage.add(RedisServer.start());
  dir = tempDir('smd');
  stage.onClear(() => dir.dispose());
  ports = { ssh: await freePort(), http: await freePort() };
});
afterAll(async () => await stage.clear());

const LIMITS = (files: number | string): string =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 ${files}              files\n`;

const world = (changes: Partial<World> = {}): World => ({
  clock: new SystemClock(),
  lookup: async () => ['192.0.2.7'],
  limits: LIMITS(1_048_576),
  ...changes,
});

/** What would work, with `env` over it. */
const healthy = (env: Environment = {}): Environment => ({
  SHIPMATE_SSH_PORT: `${ports.ssh}`,
  SHIPMATE_HTTP_PORT: `${ports.http}`,
  SHIPMATE_DATA_DIR: dir.file('data'),
  SHIPMATE_SSH_HOST: 'share.example.org',
  SHIPMATE_WEB_URL: 'https://share.example.org',
  SHIPMATE_TRUSTED_PROXIES: '127.0.0.1',
  ...env,
});

const look = async (check: string, env: Environment = {}, changes: Partial<World> = {}): Promise<readonly Finding[]> =>
  (await examine(healthy(env), world(changes))).filter((finding) => finding.check === check);

/** What is wrong; each fault must say how to fix it. */
async function faults(check: string, env: Environment = {}, changes: Partial<World> = {}): Promise<readonly string[]> {
  const found = (await look(check, env, changes)).filter(({ state }) => state !== 'ok');
  for (const { fix = '' } of found) expect(fix.length).toBeGreaterThan(10);
  return found.map(({ state, text }) => `${state}: ${text}`);
}

async function listener(answer: string): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(answer);
  });
  stage.onClear(() => server.close());
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe("the doctor looks at the operator's policy", () => {
  it('names every fault in the file, with its place', async () => {
    const file = dir.file('policy.yaml');
    writeFileSync(file, 'every-session:\n  approve: on\n');
    expect(await look('policy', { SHIPMATE_POLICY_FILE: file })).toEqual([
      { check: 'policy', state: 'ok', text: file },
    ]);
    writeFileSync(file, 'every-session:\n  approve: perhaps\npeple: 1\n');
    expect(await faults('policy', { SHIPMATE_POLICY_FILE: file })).toEqual([
      `fail: ${file}: line 2, column 12: every-session.approve: expected true or false`,
      `fail: ${file}: line 3, column 8: peple: is not known`,
    ]);
    expect(await look('policy')).toEqual([]);
  });
});

describe('the doctor looks at what is kept', () => {
  const kept = (files: Readonly<Record<string, string>>, mode = 0o600): Environment => {
    const data = dir.file(`kept-${Math.random()}`);
    mkdirSync(data, { mode: 0o700 });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(data, name), text, { mode });
    return { SHIPMATE_DATA_DIR: data };
  };

  it.each([
    [{ secret: '' }, /secret holds fewer than 16 characters/],
    [{ 'admin-token': 'short' }, /admin-token holds fewer/],
    [{ 'accounts.json': '{"users":[' }, /accounts in .* cannot be read/],
  ])('and says that %j stops the start', async (files, why) => {
    expect(await faults('data directory', kept(files))).toEqual([expect.stringMatching(why)]);
  });

  it('and says that others may read a secret', async () => {
    const env = kept({ secret: 'a-secret-of-the-doctor' }, 0o644);
    expect(await faults('data directory', env)).toEqual([
      expect.stringMatching(/^warn: other users may read .*secret$/),
    ]);
  });

  it('and finds whole files well, and makes none', async () => {
    const env = kept({ secret: 'a-secret-of-the-doctor', 'accounts.json': '{"users":[],"credentials":[]}' });
    expect(await faults('data directory', env)).toEqual([]);
    expect(readdirSync(env['SHIPMATE_DATA_DIR'] ?? '').sort()).toEqual(['accounts.json', 'secret']);
  });

  it.each([
    [0, ['fail']],
    [50_000_000, ['warn']],
    [1e12, ['ok']],
  ])('and at the room on its disk: %i bytes', (free, states) => {
    const config = loadConfig(healthy(kept({})));
    expect(checkDataDir(config, () => free).map(({ state }) => state)).toEqual(states);
  });
});

describe('the doctor finds nothing wrong', () => {
  it('with a server of one process', async () => {
    const findings = await examine(healthy(), world());
    expect(findings.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual([
      'configuration',
      'public names',
      'fleet',
      'SSH port',
      'HTTP port',
      'data directory',
      'host keys',
      'file limit',
      'DNS',
    ]);
  });

  it('with a fleet whose parts run', async () => {
    const brokerPort = await freePort();
    const shared = { SHIPMATE_REDIS_URL: redis.url, SHIPMATE_SECRET: 'a secret of the whole fleet' };
    const broker = await stage.add(
      Shipmate.start({ app: 'broker', env: { ...shared, SHIPMATE_BROKER_PORT: `${brokerPort}` } }),
    );
    const env = {
      ...shared,
      SHIPMATE_HOST_KEYS_DIR: dir.file('keys'),
      SHIPMATE_BROKER_URL: `http://127.0.0.1:${brokerPort}`,
      // A server that runs already has its ports.
      SHIPMATE_HTTP_PORT: `${broker.httpPort}`,
      SHIPMATE_BROKER_PORT: `${brokerPort}`,
    };
    const findings = await examine(healthy(env), world());
    expect(findings.filter(({ state }) => state !== 'ok')).toEqual([]);
    const texts = findings.map(({ check, text }) => `${check}: ${text}`).join('\n');
    expect(texts).toMatch(/^redis: \d+\.\d+\.\d+; [\d.]+ ms away$/m);
    expect(texts).toMatch(/^clock: in sync with redis$/m);
    expect(texts).toMatch(/^HTTP port: .* Shipmate is running there$/m);
    expect(texts).toMatch(/^broker port: .* Shipmate is running there$/m);
    expect(texts).toMatch(/^broker: .* answers$/m);
  });
});

describe('the doctor finds', () => {
  it('each variable that is wrong or means nothing, and looks at nothing more', async () => {
    const env = { SHIPMATE_SSH_PORT: 'x', SHIPMATE_DRAIN_SECONDS: 'y', SHIPMATE_PROT: '1' };
    const findings = await examine(healthy(env), world());
    expect(findings.map(({ check, state }) => `${state} ${check}`)).toEqual([
      'warn configuration',
      'fail configuration',
      'fail configuration',
    ]);
    expect(findings.map(({ text }) => text).join('\n')).toMatch(
      /SHIPMATE_PROT is unknown\nSHIPMATE_SSH_PORT must.*\nSHIPMATE_DRAIN/,
    );
  });

  it('public names that lead nowhere, or over plain HTTP', async () => {
    const env = { SHIPMATE_BIND: '0.0.0.0', SHIPMATE_SSH_HOST: 'localhost', SHIPMATE_WEB_URL: 'http://localhost:8080' };
    expect(await faults('public names', env)).toEqual([
      'warn: users see localhost as the SSH address',
      'warn: web links begin with http://localhost:8080',
    ]);
    expect(await faults('public names', { SHIPMATE_WEB_URL: 'http://share.example.org' })).toEqual([
      'warn: web links go over plain HTTP (http://share.example.org)',
    ]);
  });

  it('a fleet that does not share what it must', async () => {
    const found = await faults('fleet', { SHIPMATE_REDIS_URL: redis.url });
    expect(found.map((text) => text.split(' is not set')[0])).toEqual([
      'fail: SHIPMATE_SECRET',
      'warn: SHIPMATE_HOST_KEYS_DIR',
      'warn: SHIPMATE_BROKER_URL',
    ]);
  });

  it('nothing in a fleet that shares its data directory, and in a broker, which has no host keys and needs no other broker', async () => {
    const fleet = { SHIPMATE_REDIS_URL: redis.url, SHIPMATE_BROKER_URL: 'http://127.0.0.1:1' };
    const shared = tempDir('smd');
    stage.onClear(() => shared.dispose());
    const env = healthy({ ...fleet, SHIPMATE_DATA_DIR: shared.path });
    const checkShared = (): readonly Finding[] => checkFleet(loadConfig(env), env);
    expect(checkShared().map(({ state }) => state)).toEqual(['fail', 'warn']);
    await HostKeys.load(shared.file('keys'));
    writeFileSync(shared.file('secret'), 'a secret of the whole fleet\n', { mode: 0o600 });
    expect(checkShared()).toMatchObject([
      { state: 'ok', text: expect.stringContaining(shared.file('secret')) as string },
    ]);

    const broker = healthy({ SHIPMATE_REDIS_URL: redis.url, SHIPMATE_SECRET: 'a secret of the whole fleet' });
    const findings = await examine({ ...broker, SHIPMATE_HOST_KEYS_DIR: '/nonexistent/keys' }, world(), 'broker');
    expect(findings.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(findings.map(({ check }) => check)).not.toContain('host keys');
  });

  it.runIf(process.getuid?.() === 0)(
    'host keys that others may read, but for the group of files that were given to it',
    async () => {
      const keys = tempDir('smd');
      stage.onClear(() => keys.dispose());
      await HostKeys.load(keys.path);
      const modes = async (mode: number, owner: number): Promise<readonly string[]> => {
        for (const name of HOST_KEY_FILES) {
          chmodSync(keys.file(name), mode);
          chownSync(keys.file(name), owner, 0);
        }
        return await faults('host keys', { SHIPMATE_HOST_KEYS_DIR: keys.path });
      };
      expect(await modes(0o600, 0)).toEqual([]);
      expect(await modes(0o640, 0)).toHaveLength(HOST_KEY_FILES.length);
      expect(await modes(0o440, 1)).toEqual([]);
      expect(await modes(0o444, 1)).toHaveLength(HOST_KEY_FILES.length);
    },
  );

  it('ports that other programs have, and an address that is not of this machine', async () => {
    const taken = await listener('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    expect(await faults('SSH port', { SHIPMATE_SSH_PORT: `${taken}` })).toEqual([
      `fail: another program uses port ${taken} on 127.0.0.1`,
    ]);
    expect(await faults('HTTP port', { SHIPMATE_HTTP_PORT: `${taken}` })).toHaveLength(1);
    expect(await faults('broker port', { SHIPMATE_BROKER_PORT: `${taken}` })).toHaveLength(1);
    expect(await faults('SSH port', { SHIPMATE_BIND: '192.0.2.1' })).toEqual([
      `fail: 192.0.2.1 port ${ports.ssh}: EADDRNOTAVAIL`,
    ]);
  });

  it('the port of another Shipmate, as its host keys tell', async () => {
    const other = 'set -g tmate-server-ed25519-fingerprint "SHA256:of-another"';
    const server = createHttpServer((request, response) =>
      response.end(request.url === '/tmate.conf' ? other : '{"status":"ok","checks":{"process":"ok"}}'),
    ).listen(0, '127.0.0.1');
    stage.onClear(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const [found = ''] = await faults('HTTP port', { SHIPMATE_HTTP_PORT: `${port}` });
    expect(found).toMatch(/^fail: another Shipmate has port \d+ on 127.0.0.1: its host key SHA256:of-another is not/);
  });

  it('a data directory that cannot be made, unless nothing need be kept in it', async () => {
    const file = dir.file('a-file');
    writeFileSync(file, '');
    const env = { SHIPMATE_DATA_DIR: join(file, 'data'), SHIPMATE_HOST_KEYS_DIR: dir.file('keys') };
    expect(await faults('data directory', env)).toEqual([`fail: ${file}/data cannot be written (ENOTDIR)`]);
    const told = { SHIPMATE_SECRET: 'one of sixteen characters', SHIPMATE_ADMIN_TOKEN: 'another-of-sixteen' };
    expect(await faults('data directory', { ...env, ...told })).toEqual([]);
  });

  it('host keys that are no keys, that others may read, or that cannot be made', async () => {
    const keys = dir.file('real-keys');
    const { ed25519 } = (await HostKeys.load(keys)).fingerprints;
    const [told] = await look('host keys', { SHIPMATE_HOST_KEYS_DIR: keys });
    expect(told).toMatchObject({ state: 'ok', text: expect.stringContaining(ed25519) as string });
    chmodSync(join(keys, 'ssh_host_rsa_key'), 0o644);
    expect(await faults('host keys', { SHIPMATE_HOST_KEYS_DIR: keys })).toEqual([
      `warn: other users may read ${join(keys, 'ssh_host_rsa_key')}`,
    ]);
    writeFileSync(join(keys, 'ssh_host_ed25519_key'), 'no key');
    expect(await faults('host keys', { SHIPMATE_HOST_KEYS_DIR: keys })).toHaveLength(1);
    mkdirSync(dir.file('empty'));
    writeFileSync(dir.file('empty/file'), '');
    const [cannot] = await faults('host keys', { SHIPMATE_HOST_KEYS_DIR: dir.file('empty/file/keys') });
    expect(cannot).toMatch(/^fail: .* cannot be created \(ENOTDIR\)$/);
  });

  it('a Redis that is not there, or does not do', async () => {
    const nobody = await freePort();
    expect(await faults('redis', { SHIPMATE_REDIS_URL: `redis://127.0.0.1:${nobody}` })).toEqual([
      `fail: Redis at 127.0.0.1:${nobody} cannot be reached: ECONNREFUSED`,
    ]);
    for (const [name, value] of [
      ['maxmemory-policy', 'allkeys-lru'],
      ['client-output-buffer-limit', 'pubsub 1mb 512kb 60'],
      ['timeout', '5'],
    ] as const) {
      await redis.cli('config', 'set', name, value);
    }
    const env = { SHIPMATE_REDIS_URL: redis.url };
    const found = await faults('redis settings', env);
    expect(found.map((text) => text.split(': ')[0])).toEqual(['fail', 'fail', 'warn']);
    await redis.cli('config', 'set', 'maxmemory-policy', 'noeviction');
    await redis.cli('config', 'set', 'client-output-buffer-limit', 'pubsub 32mb 8mb 60');
    await redis.cli('config', 'set', 'timeout', '0');
    expect(await faults('redis settings', env)).toEqual([]);
  });

  it('a Redis that has no memory left', async () => {
    const env = { SHIPMATE_REDIS_URL: redis.url };
    expect(await faults('redis writes', env)).toEqual([]);
    await redis.cli('config', 'set', 'maxmemory', '1');
    const found = await faults('redis writes', env);
    await redis.cli('config', 'set', 'maxmemory', '0');
    expect(found).toEqual(['fail: Redis is out of memory: nothing can be shared between edges']);
  });

  it('rights that are missing, and settings that may not be asked for', () => {
    const [, rights, settings] = toldOf('redis', {
      masters: [
        {
          id: 'master',
          version: '7.2.0',
          evictionPolicy: undefined,
          subscriberLimit: undefined,
          idleSeconds: undefined,
        },
      ],
      refused: ['zadd', 'eval'],
      unable: undefined,
      clockAheadMs: 0,
      roundTripMs: 1,
    });
    expect(rights).toMatchObject({ state: 'fail', text: 'this user may not run zadd, eval' });
    expect(settings).toMatchObject({ state: 'unknown', check: 'redis settings' });
  });

  it.each([
    [-2_000, 'warn', 'ahead of'],
    [2_000, 'warn', 'behind'],
    [60_000, 'fail', 'behind'],
  ])('a clock that is %i ms off', async (offMs, state, how) => {
    const clock = Object.assign(Object.create(new SystemClock()) as SystemClock, { now: () => Date.now() - offMs });
    const [fault = ''] = await faults('clock', { SHIPMATE_REDIS_URL: redis.url }, { clock });
    expect(fault).toMatch(new RegExp(`^${state}: this machine's clock is [\\d.]+ s ${how} that of redis$`));
  });

  it('names that nobody knows', async () => {
    const lookup = async (): Promise<never> => {
      throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    };
    expect(await faults('DNS', {}, { lookup })).toEqual(['fail: share.example.org does not resolve (ENOTFOUND)']);
    expect(
      await faults('DNS', { SHIPMATE_SSH_HOST: '192.0.2.9', SHIPMATE_WEB_URL: 'http://localhost' }, { lookup }),
    ).toEqual([]);
  });

  it('URLs at which there is no broker', async () => {
    const other = await listener('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    const nobody = await freePort();
    const urls = [`http://127.0.0.1:${other}`, `http://127.0.0.1:${nobody}`];
    expect(await faults('broker', { SHIPMATE_BROKER_URL: urls.join(',') })).toEqual([
      `fail: ${String(urls[0])} answers with status 200: that is not a broker's internal port`,
      `fail: ${String(urls[1])} does not answer (ECONNREFUSED)`,
    ]);
  });

  it.each([
    [LIMITS(512), 'fail'],
    [LIMITS(4_096), 'warn'],
    [undefined, 'unknown'],
    [LIMITS('unlimited'), undefined],
  ])('a limit of files that is too low', async (limits, state) => {
    const [found] = await faults('file limit', {}, { limits });
    expect(found?.split(': ')[0]).toBe(state);
  });
});

describe('shipmate doctor', () => {
  const doctor = async (env: Environment, ...args: readonly string[]) => {
    let stdout = '';
    const streams = { stdout: { write: (text: string) => (stdout += text) }, stderr: { write: () => undefined } };
    return { status: await runCommand('doctor', args, env, streams), stdout };
  };

  it('ends with 0 when nothing fails, and prints JSON for scripts', async () => {
    const env = healthy({ SHIPMATE_SSH_HOST: 'localhost', SHIPMATE_WEB_URL: 'http://localhost:8080' });
    const { status, stdout } = await doctor(env, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toContainEqual({
      check: 'configuration',
      state: 'ok',
      text: 'all variables are valid',
    });
    expect((await doctor(env)).stdout).toMatch(/^ok {7}configuration {3}all variables are valid$/m);
  });

  it('exits with 1 when something fails, and says how to fix it', async () => {
    const { status, stdout } = await doctor(healthy({ SHIPMATE_SSH_PORT: 'x' }));
    expect(status).toBe(1);
    expect(stdout).toMatch(/^fail {5}configuration {2}SHIPMATE_SSH_PORT must be .*\n +→ See docs\/configuration\.md/m);
  });
});
