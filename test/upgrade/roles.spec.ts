import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, RedisServer, Shipmate, Stage, SyntheticHost, SyntheticJoiner, tempDir, until } from '#testing';
import { Api } from '../broker/broker.fixture.js';
import { Receiver } from '../hosting/receiver.fixture.js';
import { faultsOf, OLDER, PRESENT } from './builds.fixture.js';

const SECRET = 'a-secret-that-the-whole-fleet-shares';
const PAIRS = [
  ['older', OLDER, 'present', PRESENT],
  ['present', PRESENT, 'older', OLDER],
] as const;

const own = new Stage();
let redis: RedisServer;
let receiver: Receiver;

beforeAll(async () => {
  redis = await own.add(RedisServer.start());
  receiver = await own.add(Receiver.start());
});
afterAll(async () => await own.clear());

// Processes of one role each: an edge and the only broker that it can ask are of different builds.
describe.each(PAIRS)(
  'a broker of the %s build and edges of another',
  { timeout: 300_000 },
  (kind, ofBroker, _, ofEdge) => {
    const stage = new Stage();
    let broker: Shipmate;
    let edge: Shipmate;
    let page: Shipmate;
    let api: Api;

    beforeAll(async () => {
      const keys = tempDir('smk');
      stage.onClear(() => keys.dispose());
      const port = await freePort();
      const env = {
        SHIPMATE_REDIS_URL: redis.url,
        SHIPMATE_SECRET: SECRET,
        SHIPMATE_ADMIN_TOKEN: SECRET,
        SHIPMATE_WEBHOOK_URL: receiver.url,
        SHIPMATE_DRAIN_SECONDS: '1',
        SHIPMATE_HOST_KEYS_DIR: keys.path,
      };
      const start = async (app: string, root: string, more: Readonly<Record<string, string>>): Promise<Shipmate> =>
        await stage.add(Shipmate.start({ app, root, env: { ...env, ...more } }));
      const asks = { SHIPMATE_BROKER_URL: `http://127.0.0.1:${port}` };
      broker = await start('broker', ofBroker, { SHIPMATE_BROKER_PORT: `${port}` });
      edge = await start('ssh-edge', ofEdge, asks);
      page = await start('web-edge', ofBroker, asks);
      api = new Api(`http://127.0.0.1:${broker.httpPort}`, SECRET);
    }, 300_000);
    afterAll(async () => await stage.clear());

    it('agree about users, keys and names', async () => {
      const key = await api.userWithKey(`bea-${kind}`);
      const commands = [
        ['set-option', '-g', 'tmate-api-key', key],
        ['set-option', '-g', 'tmate-session-name', 'shop'],
      ];
      const host = await stage.add(SyntheticHost.start({ port: edge.sshPort }, { commands }));
      expect(await host.token()).toBe(`bea-${kind}/shop`);
      host.output('open all day');
      const mate = await stage.add(SyntheticJoiner.start({ port: edge.sshPort, token: `bea-${kind}/shop` }));
      await mate.screen.toShow('open all day');
      expect((await page.get(`/api/t/bea-${kind}/shop`)).status).toBeLessThan(500);
    });

    it('bring each webhook of a session once, in order', async () => {
      const host = await stage.add(SyntheticHost.start({ port: edge.sshPort }));
      const token = await host.token();
      const mate = await stage.add(SyntheticJoiner.start({ port: edge.sshPort, token }));
      await until(() => host.notices.some((text) => text.startsWith('A mate has joined')), { what: 'a mate to join' });
      await mate.stop();
      await until(() => host.notices.some((text) => text.startsWith('A mate has left')), { what: 'the mate to leave' });
      host.fin();
      const ended = (): string | undefined =>
        receiver.events.findLast(({ event }) => event.type === 'session_close')?.event.entity_id;
      const id = await until(ended, { what: 'the end to be told', deadlineMs: 30_000 });
      expect(receiver.types(id)).toEqual(['session_register', 'session_join', 'session_left', 'session_close']);
    });

    it('do what an operator asks', async () => {
      const host = await stage.add(SyntheticHost.start({ port: edge.sshPort }));
      const token = await host.token();
      const mate = await stage.add(SyntheticJoiner.start({ port: edge.sshPort, token }));
      await mate.screen.toShow('[0]');
      const edges = await api.list('/edges');
      expect(edges.length).toBeGreaterThanOrEqual(2);
      const [session] = (await api.list('/sessions?state=live'))
        .filter(({ name }) => name === undefined || name === null)
        .slice(-1);
      expect((await api.call('POST', `/edges/${String(session?.['edge'])}/drain`)).status).toBe(202);
      await host.toClose();
      expect([broker, edge, page].flatMap(faultsOf)).toEqual([]);
    });
  },
);
