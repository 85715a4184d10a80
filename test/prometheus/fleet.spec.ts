import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cleanEnv,
  freePort,
  RedisServer,
  run,
  Shipmate,
  Stage,
  SyntheticHost,
  SyntheticJoiner,
  TcpProxy,
  tempDir,
  until,
} from '#testing';
import { Prometheus } from './prometheus.fixture.js';

const own = new Stage();
let prometheus: Prometheus;
let edges: Shipmate[];
let broker: Shipmate;
/** The second edge's way to Redis. */
let way: TcpProxy;

/** Three edges and a broker on one Redis, watched by Prometheus. Faults come one after the other, each on an edge of its own. */
beforeAll(async () => {
  const redis = await own.add(RedisServer.start());
  way = await own.add(TcpProxy.start(redis.port));
  const keys = tempDir('smk');
  own.onClear(() => keys.dispose());
  const brokerPort = await freePort();
  const shared = {
    SHIPMATE_REDIS_URL: redis.url,
    SHIPMATE_SECRET: 'a-secret-that-the-whole-fleet-shares',
    SHIPMATE_HOST_KEYS_DIR: keys.path,
    SHIPMATE_DRAIN_SECONDS: '60',
  };
  broker = await own.add(Shipmate.start({ app: 'broker', env: { ...shared, SHIPMATE_BROKER_PORT: `${brokerPort}` } }));
  const edge = async (env: Readonly<Record<string, string>> = {}): Promise<Shipmate> =>
    await own.add(
      Shipmate.start({
        app: 'ssh-edge',
        env: { ...shared, SHIPMATE_BROKER_URL: `http://127.0.0.1:${brokerPort}`, ...env },
      }),
    );
  // The first one makes the keys.
  const first = await edge();
  edges = [first, ...(await Promise.all([edge({ SHIPMATE_REDIS_URL: `redis://127.0.0.1:${way.port}` }), edge()]))];
  prometheus = await own.add(
    Prometheus.start([
      { job: 'shipmate-broker', port: broker.httpPort },
      ...edges.map(({ httpPort }) => ({ job: 'shipmate-ssh-edge', port: httpPort })),
    ]),
  );
});
afterAll(async () => await own.clear());

const edge = (n: number): Shipmate => {
  const found = edges[n];
  if (found === undefined) throw new Error(`there is no edge ${n}`);
  return found;
};

async function toFire(alert: string): Promise<void> {
  await until(async () => (await prometheus.firing()).includes(alert), {
    what: `${alert} to fire`,
    deadlineMs: 20_000,
    everyMs: 200,
  });
}

describe('a fleet that Prometheus watches', () => {
  it('shows metrics that promtool has nothing to say against', async () => {
    for (const shipmate of [edge(0), broker]) {
      const { text } = await shipmate.get('/metrics');
      const { stdout, stderr, status } = await run('promtool', ['check', 'metrics'], {
        env: cleanEnv('/nonexistent'),
        input: text,
        mayFail: true,
      });
      expect(`${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !isNodes(line))).toEqual([]);
      // 3: it has something to say, of Node's own names alone.
      expect([0, 3]).toContain(status);
    }
  });

  it('is quiet while hosts come, mates join, type and leave, and an edge is asked with a wrong token', async () => {
    for (let n = 0; n < 3; n++) {
      const host = await own.add(SyntheticHost.start({ port: edge(n).sshPort }));
      const mate = await own.add(
        SyntheticJoiner.start({ port: edge(n + (n === 2 ? -2 : 1)).sshPort, token: await host.token() }),
      );
      host.output('all is well\r\n');
      await mate.screen.toShow('all is well');
      await mate.type('x');
      mate.client.end();
    }
    const up = async (): Promise<boolean> => (await prometheus.query('up == 1')).length === 4;
    await until(up, { what: 'all four to be scraped', everyMs: 200 });
    const sessions = async (): Promise<boolean> =>
      (await prometheus.query('sum(shipmate_sessions{state="live"})'))[0]?.value[1] === '3';
    await until(sessions, { what: 'Prometheus to count the sessions', everyMs: 200 });
    expect(await prometheus.firing(30)).toEqual([]);
  });

  it('says when hosts are lost and do not come back', async () => {
    const hosts = await Promise.all(
      Array.from({ length: 6 }, async () => await own.add(SyntheticHost.start({ port: edge(2).sshPort }))),
    );
    for (const host of hosts) host.drop();
    await toFire('ShipmateHostsLost');
  });

  it('says when somebody tries tokens', async () => {
    const enough = new AbortController();
    const guess = async (n: number): Promise<void> => {
      for (let round = 0; !enough.signal.aborted; round++) {
        const token = `wrong${String(n * 1_000 + round).padStart(20, 'x')}`;
        await SyntheticJoiner.start({ port: edge(2).sshPort, token }).then(
          (joiner) => joiner.client.end(),
          () => undefined,
        );
      }
    };
    const all = [0, 1, 2, 3].map(guess);
    await toFire('ShipmateGuessing').finally(() => enough.abort());
    await Promise.all(all);
  });

  it('says when an edge cannot reach Redis, and stops when it can', async () => {
    way.stall();
    way.cut();
    await toFire('ShipmateRedisDown');
    way.resume();
    await until(async () => !(await prometheus.firing()).includes('ShipmateRedisDown'), {
      what: 'Redis to be back',
      deadlineMs: 20_000,
      everyMs: 200,
    });
  });

  it('says when an edge has too much to do', async () => {
    // A process that stands still again and again is as late as one that has too much to do.
    const pid = edge(1).program;
    const stall = setInterval(() => {
      pid.signal('SIGSTOP');
      setTimeout(() => pid.signal('SIGCONT'), 300);
    }, 400);
    await toFire('ShipmateLoopLag').finally(() => {
      clearInterval(stall);
      setTimeout(() => pid.signal('SIGCONT'), 400);
    });
  });

  it('says when a process drains for long, and when it is gone', async () => {
    const host = await own.add(SyntheticHost.start({ port: edge(0).sshPort }));
    await own.add(SyntheticJoiner.start({ port: edge(1).sshPort, token: await host.token() }));
    await own.add(SyntheticJoiner.start({ port: edge(0).sshPort, token: await host.token() }));
    edge(0).program.signal('SIGTERM');
    await toFire('ShipmateDrainStuck');
    await edge(0).program.stop('SIGKILL');
    await toFire('ShipmateDown');
  });
});

/** Node's own metrics are named by their library. */
const isNodes = (line: string): boolean => /^shipmate_(nodejs|process)_/.test(line);
