import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostKeys } from '#ssh';
import {
  freePort,
  PtyJoiner,
  RedisServer,
  Shipmate,
  Stage,
  SyntheticHost,
  tempDir,
  TmateHost,
  until,
  type TempDir,
} from '#testing';
import { Api } from './broker.fixture.js';
import { NameHistory } from './name-history.fixture.js';

const SECRET = 'a-secret-that-the-whole-fleet-shares';
const own = new Stage();
const stage = new Stage();
let brokers: Shipmate[];
let edges: Shipmate[];
let api: Api;
let redis: RedisServer;
let keys: TempDir;
/** Of the second broker, for its restart. */
let brokerEnv: Record<string, string>;

/** Two brokers and three edges on one Redis. */
beforeAll(async () => {
  redis = await own.add(RedisServer.start());
  const shared = { SHIPMATE_REDIS_URL: redis.url, SHIPMATE_SECRET: SECRET, SHIPMATE_ADMIN_TOKEN: SECRET };
  const ports = [await freePort(), await freePort()];
  brokerEnv = { ...shared, SHIPMATE_BROKER_PORT: `${ports[1]}` };
  const starting = Promise.all(
    ports.map(async (port) =>
      own.add(Shipmate.start({ app: 'broker', env: { ...shared, SHIPMATE_BROKER_PORT: `${port}` } })),
    ),
  );
  const SHIPMATE_BROKER_URL = ports.map((port) => `http://127.0.0.1:${port}`).join(',');
  keys = tempDir('smk');
  own.onClear(() => keys.dispose());
  const env = {
    ...shared,
    SHIPMATE_BROKER_URL,
    SHIPMATE_DRAIN_SECONDS: '1',
    SHIPMATE_HOST_KEYS_DIR: join(keys.path, 'host'),
  };
  const start = async (): Promise<Shipmate> => await own.add(Shipmate.start({ app: 'ssh-edge', env }));
  // The first one makes the keys.
  const [started, first] = await Promise.all([starting, start()]);
  [brokers, edges] = [started, [first]];
  edges.push(...(await Promise.all([start(), start()])));
  api = new Api(`http://127.0.0.1:${broker(1).httpPort}`, SECRET);
}, 120_000);
afterEach(async () => {
  await stage.clear();
});
afterAll(async () => {
  await own.clear();
});

const at = <T>(list: readonly T[], n: number): T => {
  const one = list[n % list.length];
  if (one === undefined) throw new Error('the list is empty');
  return one;
};
const broker = (n: number): Shipmate => at(brokers, n);
const edge = (n: number): Shipmate => at(edges, n);

describe('brokers and edges of a fleet', () => {
  it('know a name on every edge, and see everybody in a session from any broker', async () => {
    const key = await api.userWithKey('ada');
    // An edge's own process writes no tmate.conf: a synthetic host is enough to hold the name.
    const commands = [
      ['set-option', '-g', 'tmate-api-key', key],
      ['set-option', '-g', 'tmate-session-name', 'site'],
    ];
    const host = await stage.add(SyntheticHost.start({ port: edge(0).sshPort }, { commands }));
    expect(await host.token()).toBe('ada/site');
    const mates = [0, 1, 2].map((n) => new PtyJoiner({ port: edge(n).sshPort, user: 'ada/site' }));
    for (const mate of mates) await stage.add(mate);
    const people = async (): Promise<unknown[]> => {
      const [session] = await api.list('/sessions?user=ada&state=live');
      const { body } = await api.call('GET', `/sessions/${String(session?.['id'])}`);
      return body['participants'] as unknown[];
    };
    await until(async () => (await people()).length === 3, { what: 'all to be in the session' });
    expect(await api.list('/edges')).toHaveLength(3);
  });

  it('let a stock tmate be joined by name on every edge, by people with the key', async () => {
    const apiKey = await api.userWithKey('carl');
    const [allowed, other] = ['allowed', 'other'].map((name) => join(keys.path, name));
    for (const file of [allowed, other]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${file}`]);
    const { ed25519, rsa } = (await HostKeys.load(join(keys.path, 'host'))).fingerprints;
    const serverConf = join(keys.path, 'tmate.conf');
    writeFileSync(
      serverConf,
      [
        'set -g tmate-server-host 127.0.0.1',
        `set -g tmate-server-port ${edge(0).sshPort}`,
        `set -g tmate-server-ed25519-fingerprint "${ed25519}"`,
        `set -g tmate-server-rsa-fingerprint "${rsa}"`,
        '',
      ].join('\n'),
    );
    const args = ['-k', apiKey, '-n', 'shop', '-r', 'look', '-a', `${allowed}.pub`];
    const host = await stage.add(TmateHost.start({ serverConf, args, mode: 'attached' }));
    await host.waitReady();
    expect([await host.token(), await host.token('read')]).toEqual(['carl/shop', 'carl/look']);
    await host.typeLine('echo by""name');
    const joinAt = async (n: number, user: string, key = allowed): Promise<PtyJoiner> =>
      await stage.add(
        new PtyJoiner({ port: edge(n).sshPort, user, args: ['-i', `${key}`, '-o', 'IdentitiesOnly=yes'] }),
      );
    for (const [n, user] of [
      [0, 'carl/shop'],
      [1, 'carl/look'],
      [2, 'carl/shop'],
    ] as const) {
      await (await joinAt(n, user)).screen.toShow('byname');
    }
    for (const n of [0, 1, 2]) expect((await (await joinAt(n, 'carl/shop', other)).exited()).status).not.toBe(0);
    // Who was refused and who came in is noted, without the name of a secret.
    const events = await until(
      async () => {
        const found = await api.list('/events?limit=200');
        return found.some(({ type }) => type === 'refused') && found;
      },
      { what: 'the refusals to be noted' },
    );
    expect(JSON.stringify(events)).not.toContain(apiKey);
    expect(JSON.stringify(events)).not.toContain(readFileSync(`${allowed}.pub`, 'utf8').split(' ')[1]);
  });

  it('list the people who wait for a host, at whatever edge, and let in or refuse them', async () => {
    const commands = [['set-option', '-g', 'tmate-set', 'approve=true']];
    const host = await stage.add(SyntheticHost.start({ port: edge(0).sshPort }, { commands }));
    host.output('inside');
    const token = await host.token();
    // The newest.
    const sessions = (await api.list('/sessions?state=live&limit=200')).toSorted((one, other) =>
      String(one['createdAt']).localeCompare(String(other['createdAt'])),
    );
    const at = `/sessions/${String(sessions.at(-1)?.['id'])}`;
    const args = ['-o', 'BatchMode=no', '-o', 'PubkeyAuthentication=no'];
    const mates = [1, 2].map((n) => new PtyJoiner({ port: edge(n).sshPort, user: token, args }));
    for (const mate of mates) await stage.add(mate);
    for (const mate of mates) await mate.screen.toShow('Waiting for the host to let you in');
    const waiting = await api.list(`${at}/waiting`);
    expect(waiting.map(({ address, role, transport }) => [address, role, transport])).toEqual(
      mates.map(() => ['127.0.0.1', 'writer', 'ssh']),
    );
    const [first, second] = waiting.map(({ id }) => `${at}/waiting/${String(id)}`);
    expect((await api.call('POST', `${first}/approve`)).status).toBe(204);
    expect((await api.call('POST', `${first}/approve`)).status).toBe(404);
    expect((await api.call('POST', `${second}/refuse`)).status).toBe(204);
    expect((await api.call('GET', `${at}/waiting`)).body).toEqual({ items: [] });
    const outcomes = await Promise.all(
      mates.map(
        async ({ screen }) =>
          await until(async () => /inside|did not let you in/.exec(await screen.text())?.[0], { what: 'an answer' }),
      ),
    );
    expect(outcomes.sort()).toEqual(['did not let you in', 'inside']);
    let events: readonly Record<string, unknown>[] = [];
    const isNoted = async (): Promise<boolean> => {
      events = await api.list('/events?limit=50');
      return events.some(({ type }) => type === 'turned-away');
    };
    await until(isNoted, { what: 'the decisions to be noted' });
    expect(events.find(({ type }) => type === 'let-in')).toMatchObject({
      by: 'admin',
      details: { address: '127.0.0.1' },
    });
    expect(JSON.stringify([waiting, events])).not.toContain(token);
  });

  it('give each of 10 names to one of 50 hosts, though a broker is killed meanwhile', async () => {
    const key = await api.userWithKey('bob');
    const claim = async (n: number): Promise<SyntheticHost> => {
      const commands = [
        ['set-option', '-g', 'tmate-api-key', key],
        ['set-option', '-g', 'tmate-session-name', `name-${n % 10}`],
      ];
      return await stage.add(SyntheticHost.start({ port: edge(n).sshPort }, { commands }));
    };
    const history = await NameHistory.watch(redis.url);
    own.onClear(() => history.stop());
    const starts = Array.from({ length: 50 }, async (_, n) => await claim(n));
    await Promise.race(starts);
    await broker(0).halt('SIGKILL');
    const hosts = await Promise.all(starts);
    const named = async (): Promise<string[]> =>
      (await Promise.all(hosts.map(async (host) => await host.token()))).filter((token) => token.startsWith('bob/'));
    await until(async () => (await named()).length >= 10, { what: 'every name to be held', deadlineMs: 20_000 });
    const tokens = await named();
    expect(tokens).toHaveLength(10);
    expect(new Set(tokens).size).toBe(10);
    const names = await api.list('/names?user=bob');
    expect(new Set(names.map(({ session }) => session)).size).toBe(10);
    // At every moment each name had one holder and never another one: later claims were refused, and no name was lost.
    await history.settle();
    expect(history.faults).toEqual([]);
    const holdings = history.holdings.filter(({ name }) => name.startsWith('bob/'));
    expect(holdings.map(({ name }) => name).sort()).toEqual(Array.from({ length: 10 }, (_, n) => `bob/name-${n}`));
    const held = new Map(names.map(({ name, session }) => [name, session]));
    for (const { name, holder, until } of holdings) expect([holder, until]).toEqual([held.get(name), undefined]);
    // The history does see a name that changes hands: here by an operator's act.
    const [first, second] = names;
    await api.call('POST', `/names/${String(first?.['name'])}/steal`, { session: second?.['session'] });
    await history.settle();
    expect(history.faults).toEqual([expect.stringMatching(`^${String(first?.['name'])} was taken from`)]);
  });

  it('lose only names while every broker is away, and get them when one is back', async () => {
    const key = await api.userWithKey('eve');
    for (const one of brokers) await one.halt('SIGKILL');
    const commands = [
      ['set-option', '-g', 'tmate-api-key', key],
      ['set-option', '-g', 'tmate-session-name', 'late'],
    ];
    const host = await stage.add(SyntheticHost.start({ port: edge(1).sshPort }, { commands }));
    const token = await host.token();
    expect(token).toMatch(/^\w{25}$/);
    await stage.add(new PtyJoiner({ port: edge(2).sshPort, user: token }));
    await until(() => host.notices.some((text) => text.startsWith('A mate has joined')), { what: 'a mate to join' });
    const back = await own.add(Shipmate.start({ app: 'broker', restartOf: broker(1), env: brokerEnv }));
    brokers[1] = back;
    await until(async () => (await host.token()) === 'eve/late', { what: 'the name to come', deadlineMs: 20_000 });
  });

  it('drain an edge that an operator names: its host goes, others stay', async () => {
    const host = await stage.add(SyntheticHost.start({ port: edge(2).sshPort }));
    const [session] = (await api.list('/sessions?state=live')).slice(-1);
    expect((await api.call('POST', `/edges/${String(session?.['edge'])}/drain`)).status).toBe(202);
    await host.toClose();
    await until(async () => (await api.list('/edges')).filter(({ draining }) => draining === true).length === 1, {
      what: 'the edge to be known as draining',
    });
    expect((await api.call('POST', '/edges/nobody/drain')).status).toBe(404);
  });
});
