import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort, PtyJoiner, RedisServer, Shipmate, Stage, SyntheticHost, until } from '#testing';
import { Api } from './broker.fixture.js';

const SECRET = 'a-secret-that-the-whole-fleet-shares';
const own = new Stage();
const stage = new Stage();
let brokers: Shipmate[];
let edges: Shipmate[];
let api: Api;
/** Of the second broker, for its restart. */
let brokerEnv: Record<string, string>;

/** Two brokers and three edges on one Redis. */
beforeAll(async () => {
  const redis = await own.add(RedisServer.start());
  const shared = { SHIPMATE_REDIS_URL: redis.url, SHIPMATE_SECRET: SECRET, SHIPMATE_ADMIN_TOKEN: SECRET };
  const ports = [await freePort(), await freePort()];
  brokerEnv = { ...shared, SHIPMATE_BROKER_PORT: `${ports[1]}` };
  brokers = await Promise.all(
    ports.map(async (port) =>
      own.add(Shipmate.start({ app: 'broker', env: { ...shared, SHIPMATE_BROKER_PORT: `${port}` } })),
    ),
  );
  const SHIPMATE_BROKER_URL = ports.map((port) => `http://127.0.0.1:${port}`).join(',');
  edges = await Promise.all(
    [0, 1, 2].map(async () =>
      own.add(
        Shipmate.start({ app: 'ssh-edge', env: { ...shared, SHIPMATE_BROKER_URL, SHIPMATE_DRAIN_SECONDS: '1' } }),
      ),
    ),
  );
  api = new Api(`http://127.0.0.1:${broker(1).httpPort}`, SECRET);
});
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

  it('give each of 10 names to one of 50 hosts, though a broker is killed meanwhile', async () => {
    const key = await api.userWithKey('bob');
    const claim = async (n: number): Promise<SyntheticHost> => {
      const commands = [
        ['set-option', '-g', 'tmate-api-key', key],
        ['set-option', '-g', 'tmate-session-name', `name-${n % 10}`],
      ];
      return await stage.add(SyntheticHost.start({ port: edge(n).sshPort }, { commands }));
    };
    /** Who was seen to hold each name, as often as it was looked: a name that changed hands would have two. */
    const seen = new Map<string, Set<string>>();
    const watching = new AbortController();
    const watch = (async () => {
      while (!watching.signal.aborted) {
        for (const { name, session } of await api.list('/names?user=bob')) {
          seen.set(String(name), (seen.get(String(name)) ?? new Set()).add(String(session)));
        }
      }
    })();
    const starts = Array.from({ length: 50 }, async (_, n) => await claim(n));
    await Promise.race(starts);
    await broker(0).halt('SIGKILL');
    const hosts = await Promise.all(starts);
    const named = async (): Promise<string[]> =>
      (await Promise.all(hosts.map(async (host) => await host.token()))).filter((token) => token.startsWith('bob/'));
    await until(async () => (await named()).length >= 10, { what: 'every name to be held', deadlineMs: 20_000 });
    watching.abort();
    await watch;
    const tokens = await named();
    expect(tokens).toHaveLength(10);
    expect(new Set(tokens).size).toBe(10);
    const names = await api.list('/names?user=bob');
    expect(new Set(names.map(({ session }) => session)).size).toBe(10);
    for (const holders of seen.values()) expect(holders.size).toBe(1);
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
