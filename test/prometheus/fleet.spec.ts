import { readdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OidcServer } from '#identity/oidc-server';
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
  TEST_PAIRS,
  until,
  type TestPair,
} from '#testing';
import { Receiver } from '../hosting/receiver.fixture.js';
import { alerts } from './alert-rules.fixture.js';
import { Prometheus } from './prometheus.fixture.js';

const own = new Stage();
let prometheus: Prometheus;
let edges: Shipmate[];
let broker: Shipmate;
let redis: RedisServer;
let receiver: Receiver;
/** Where people sign in, at the third edge. */
let provider: OidcServer;
/** The second edge's way to Redis. */
let way: TcpProxy;
/** What all edges have. */
let edgeEnv: Readonly<Record<string, string>>;
/** The alerts that a fault has made fire. */
const fired = new Set<string>();

/** Has a process fail in the next thing that it draws, when it is told to. */
const FAULT = `((p,all)=>process.on('SIGWINCH',()=>all.forEach(k=>{p[k]=()=>{all.forEach(j=>{delete(p[j])});throw(new(TypeError)('a_fault'))}})))(Uint32Array.prototype,['set','fill','slice','subarray','copyWithin'])`;
/** Has a process take as much memory as an alert asks for, when it is told to. */
const BALLAST = `process.on('SIGUSR2',()=>{globalThis.ballast=Buffer.alloc(4e8,1)})`;
/** Files that the last edge may have open; to load the program takes some hundred at once. */
const FILES = 512;

/** The second edge's certificate. */
const certificate = tempDir('smc');
function writePair({ cert, key }: TestPair): void {
  writeFileSync(certificate.file('tls.crt'), cert);
  writeFileSync(certificate.file('tls.key'), key);
}

/** Four edges and a broker on one Redis, watched by Prometheus. The last edge may have few files. */
beforeAll(async () => {
  redis = await own.add(RedisServer.start());
  receiver = await own.add(Receiver.start());
  way = await own.add(TcpProxy.start(redis.port));
  provider = await OidcServer.start({ redirectUris: ['http://127.0.0.1/sign-in/callback/corp'] });
  own.onClear(async () => await provider.close());
  const keys = tempDir('smk');
  own.onClear(() => keys.dispose());
  own.onClear(() => certificate.dispose());
  writePair(TEST_PAIRS.localhost);
  const brokerPort = await freePort();
  const shared = {
    SHIPMATE_REDIS_URL: redis.url,
    SHIPMATE_SECRET: 'a-secret-that-the-whole-fleet-shares',
    SHIPMATE_HOST_KEYS_DIR: keys.path,
    SHIPMATE_DRAIN_SECONDS: '60',
    SHIPMATE_WEBHOOK_URL: receiver.url,
  };
  broker = await own.add(Shipmate.start({ app: 'broker', env: { ...shared, SHIPMATE_BROKER_PORT: `${brokerPort}` } }));
  edgeEnv = { ...shared, SHIPMATE_BROKER_URL: `http://127.0.0.1:${brokerPort}` };
  const start = async (env: Readonly<Record<string, string>> = {}, through: readonly string[] = []) =>
    await own.add(Shipmate.start({ app: 'ssh-edge', env: { ...edgeEnv, ...env }, through }));
  // The first one makes the keys.
  const first = await start();
  const others = await Promise.all([
    start({
      SHIPMATE_REDIS_URL: `redis://127.0.0.1:${way.port}`,
      SHIPMATE_WEB_URL: 'https://localhost',
      SHIPMATE_TLS_CERT: certificate.file('tls.crt'),
      SHIPMATE_TLS_KEY: certificate.file('tls.key'),
    }),
    start({
      NODE_OPTIONS: `--import=data:text/javascript,${FAULT}`,
      SHIPMATE_OIDC_PROVIDERS: 'corp',
      SHIPMATE_OIDC_CORP_ISSUER: provider.issuer,
      SHIPMATE_OIDC_CORP_CLIENT_ID: provider.clientId,
      SHIPMATE_OIDC_CORP_CLIENT_SECRET: provider.clientSecret,
    }),
    start({ NODE_OPTIONS: `--import=data:text/javascript,${BALLAST}`, SHIPMATE_MEMORY_HIGH: '500M' }, [
      'prlimit',
      `--nofile=${FILES}`,
    ]),
  ]);
  edges = [first, ...others];
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

async function toFire(...names: readonly string[]): Promise<void> {
  const waiting = new Set(names);
  const all = async (): Promise<boolean> => {
    for (const name of await prometheus.firing()) if (waiting.delete(name)) fired.add(name);
    return waiting.size === 0;
  };
  await until(all, { what: `${names.join(' and ')} to fire`, deadlineMs: 100_000, everyMs: 200 }).catch(
    (error: unknown) => {
      throw new Error(`still waiting for ${[...waiting].join(', ')}`, { cause: error });
    },
  );
}

async function notToFire(alert: string): Promise<void> {
  const isQuiet = async (): Promise<boolean> => !(await prometheus.firing()).includes(alert);
  await until(isQuiet, { what: `${alert} to be over`, deadlineMs: 100_000, everyMs: 200 });
}

/** Does something again and again until `all` is over. */
async function during<T>(all: Promise<T>, again: () => Promise<unknown>): Promise<T> {
  const over = new AbortController();
  const done = all.finally(() => over.abort());
  const repeating = (async () => {
    while (!over.signal.aborted) {
      await again();
      await delay(20);
    }
  })();
  const [value] = await Promise.all([done, repeating]);
  return value;
}

/** Comes as a joiner, stays for a moment, or is refused. */
async function visit(port: number, token: string): Promise<void> {
  const joiner = await SyntheticJoiner.start({ port, token, blind: true }).catch(() => undefined);
  await joiner?.toReceive(1).catch(() => undefined);
  await joiner?.stop();
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
    const up = async (): Promise<boolean> => (await prometheus.query('up == 1')).length === 5;
    await until(up, { what: 'all five to be scraped', everyMs: 200 });
    const sessions = async (): Promise<boolean> =>
      (await prometheus.query('sum(shipmate_sessions{state="live"})'))[0]?.value[1] === '3';
    await until(sessions, { what: 'Prometheus to count the sessions', everyMs: 200 });
    expect(await prometheus.firing(30)).toEqual([]);
  });

  it('loses the provider that people sign in with', async () => {
    const isUp = async (): Promise<boolean> =>
      (await prometheus.query('shipmate_sign_in_provider_up{provider="corp"} == 1')).length === 1;
    await until(isUp, { what: 'the provider to be known', everyMs: 200 });
    // The edge asks once a minute; a later test waits for that.
    await provider.close();
  });

  it('says when hosts are lost and do not come back', async () => {
    const hosts = await Promise.all(
      Array.from({ length: 6 }, async () => await own.add(SyntheticHost.start({ port: edge(2).sshPort }))),
    );
    for (const host of hosts) host.drop();
    await toFire('ShipmateHostsLost');
  });

  it('says when clients are far away', async () => {
    const far = await own.add(TcpProxy.start(edge(2).sshPort));
    const host = await own.add(SyntheticHost.start({ port: edge(2).sshPort }));
    const token = await host.token();
    const mates = await Promise.all(
      Array.from({ length: 8 }, async () => own.add(SyntheticJoiner.start({ port: far.port, token, blind: true }))),
    );
    far.delay(400);
    await toFire('ShipmateClientsFar');
    for (const mate of mates) mate.client.destroy();
  });

  it('says when a joiner is too slow for what is shown', async () => {
    const host = await own.add(SyntheticHost.start({ port: edge(2).sshPort }, { cols: 300, rows: 100 }));
    const mates = await Promise.all(
      [0, 1].map(async () => {
        const size = { cols: 300, rows: 101, blind: true };
        return await own.add(SyntheticJoiner.start({ port: edge(2).sshPort, token: await host.token(), ...size }));
      }),
    );
    for (const mate of mates) mate.pause();
    let n = 0;
    await during(toFire('ShipmateFramesSkipped'), async () => {
      n += 1;
      host.output(
        `\u001B[H${Array.from({ length: 99 }, (_, row) => `${row * n}`.repeat(90).slice(0, 299)).join('\r\n')}`,
      );
    });
    for (const mate of mates) await mate.stop();
  });

  it('says when an edge carries too much: sessions, memory, files', async () => {
    const crowded = edge(3);
    for (let n = 0; n < 6; n++) {
      const hosts = Array.from({ length: 7 }, async () => own.add(SyntheticHost.start({ port: crowded.sshPort })));
      await Promise.all(hosts);
    }
    crowded.program.signal('SIGUSR2');
    // The edge may be busy and not have taken what has connected: it is the sockets that count, not the edge's open files.
    // With all files open, nobody could ask it for its metrics.
    const others = readdirSync(`/proc/${crowded.program.pid}/fd`).length;
    const sockets = new Set<Socket>();
    own.onClear(() => sockets.forEach((socket) => socket.destroy()));
    await during(toFire('ShipmateEdgeFull', 'ShipmateMemoryHigh', 'ShipmateFilesShort'), async () => {
      while (others + sockets.size < 0.87 * FILES) {
        const socket = connect(crowded.httpPort, '127.0.0.1').on('error', () => undefined);
        socket.resume().on('close', () => sockets.delete(socket));
        sockets.add(socket);
      }
      await delay(100);
    });
    for (const socket of sockets) socket.destroy();
  });

  it('says when a certificate is about to expire, and not once it is replaced', async () => {
    writePair(TEST_PAIRS.expired);
    await toFire('ShipmateCertificateExpires');
    writePair(TEST_PAIRS.renewed);
    await notToFire('ShipmateCertificateExpires');
  });

  it('says when a fault ends a session', async () => {
    const host = await own.add(SyntheticHost.start({ port: edge(2).sshPort }));
    const mate = await own.add(SyntheticJoiner.start({ port: edge(2).sshPort, token: await host.token() }));
    await mate.screen.toShow('[0]');
    edge(2).program.signal('SIGWINCH');
    await during(toFire('ShipmateSessionFaults'), async () => {
      host.output(`\u001B[2J\u001B[H${'and more\r\n'.repeat(40)}`);
      await delay(100);
    });
  });

  it('says when nobody can sign in', async () => {
    await toFire('ShipmateSignInAway');
  });

  it('says when Redis refuses what it is told', async () => {
    await redis.cli('CONFIG', 'SET', 'maxmemory', '1');
    try {
      await toFire('ShipmateRedisRefuses');
    } finally {
      await redis.cli('CONFIG', 'SET', 'maxmemory', '0');
    }
  });

  it('says when webhooks do not arrive', async () => {
    receiver.status = () => 500;
    await during(toFire('ShipmateWebhooksFail'), async () => {
      const host = await SyntheticHost.start({ port: edge(2).sshPort });
      host.fin();
      await host.toClose();
    });
    receiver.status = () => 200;
  });

  it('says when edges miss what others say', async () => {
    const hosts = await Promise.all(
      [0, 0, 0].map(async (n) => own.add(SyntheticHost.start({ port: edge(n).sshPort }))),
    );
    for (const host of hosts) {
      const mate = await own.add(SyntheticJoiner.start({ port: edge(2).sshPort, token: await host.token() }));
      await mate.screen.toShow('[0]');
    }
    await during(toFire('ShipmateRelayGaps'), async () => {
      await redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
      for (const host of hosts) host.output('and more\r\n');
      await delay(300);
    });
  });

  it('says when Redis is slow for an edge, and joins with it', async () => {
    const host = await own.add(SyntheticHost.start({ port: edge(2).sshPort }));
    const token = await host.token();
    way.delay(400);
    await during(toFire('ShipmateRedisSlow', 'ShipmateJoinsSlow', 'ShipmateDegraded'), async () => {
      await Promise.all([0, 1, 2].map(async () => await visit(edge(1).sshPort, token)));
    });
    way.delay(0);
  });

  it('says when Redis cannot be reached, and that joins fail, until it can', async () => {
    const host = await own.add(SyntheticHost.start({ port: edge(2).sshPort }));
    const token = await host.token();
    way.stall();
    way.cut();
    try {
      await during(toFire('ShipmateRedisDown', 'ShipmateJoinsFail'), async () => {
        await Promise.all([0, 1, 2].map(async () => await visit(edge(1).sshPort, token)));
      });
    } finally {
      way.resume();
    }
    await notToFire('ShipmateRedisDown');
  });

  it('says when an edge has lost its lease, as by a Redis that has forgotten everything', async () => {
    await redis.restart();
    await toFire('ShipmateLeaseLost');
  });

  it('says when a process ends again and again', async () => {
    await during(toFire('ShipmateRestarts'), async () => {
      await edge(2).program.stop('SIGKILL');
      edges[2] = await own.add(Shipmate.start({ app: 'ssh-edge', env: edgeEnv, restartOf: edge(2) }));
      const { httpPort } = edge(2);
      const isSeen = async (): Promise<boolean> =>
        (await prometheus.query(`up{instance="127.0.0.1:${httpPort}"} == 1`)).length === 1;
      await until(isSeen, { what: 'the new process to be scraped', everyMs: 100 });
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

  // The last of all: who guesses so much is kept out of the whole fleet for a while. One address alone is slowed down below
  // what the alert is about, so these have many.
  it('says when somebody tries tokens', async () => {
    const enough = new AbortController();
    const guess = async (n: number): Promise<void> => {
      for (let round = 0; !enough.signal.aborted; round++) {
        const token = `wrong${String(n * 10_000 + round).padStart(20, 'x')}`;
        const ssh = { localAddress: `127.1.${n}.${1 + (Math.floor(round / 10) % 250)}` };
        await SyntheticJoiner.start({ port: edge(2).sshPort, token, blind: true, ssh }).then(
          // Whoever goes before they are told is not counted: the edge may be slow to say so.
          async (joiner) => {
            await joiner.toClose().catch(() => undefined);
            joiner.client.end();
          },
          () => undefined,
        );
      }
    };
    const all = [0, 1, 2, 3, 4, 5, 6, 7].map(guess);
    await toFire('ShipmateGuessing').finally(() => enough.abort());
    await Promise.all(all);
  });

  it('has said everything that the rules can say, each by a fault of its own', () => {
    expect([...fired].sort()).toEqual(
      alerts()
        .map(({ name }) => name)
        .sort(),
    );
  });
});

/** Node's own metrics are named by their library. */
const isNodes = (line: string): boolean => /^shipmate_(nodejs|process)_/.test(line);
