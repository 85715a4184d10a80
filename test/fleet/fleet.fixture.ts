import { deepStrictEqual } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import {
  freePort,
  PtyJoiner,
  type RedisCluster,
  RedisServer,
  Shipmate,
  type ShipmateOptions,
  TcpProxy,
  tempDir,
  TmateHost,
  until,
  type Stage,
  type TmateHostOptions,
} from '#testing';

/** What a load balancer is to a host: one address for all edges. It takes the first edge that answers. */
export class Balancer {
  readonly #sockets = new Set<Socket>();
  /** Bytes that hosts sent and that went on to an edge. */
  brought = 0;
  /** The ports of the edges, in the order in which they are tried. */
  order: readonly number[] = [];

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(): Promise<Balancer> {
    const port = await freePort();
    const server = createServer();
    const balancer = new Balancer(server, port);
    server.on('connection', (client) => balancer.#serve(client, balancer.order));
    await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
    return balancer;
  }

  /** Breaks every connection, as a network does whose addresses change. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => void this.server.close(() => resolve()));
  }

  #serve(client: Socket, [port, ...rest]: readonly number[]): void {
    this.#keep(client);
    if (port === undefined) {
      client.destroy();
      return;
    }
    const upstream = connect(port, '127.0.0.1');
    this.#keep(upstream);
    upstream.once('connect', () => {
      client.pipe(upstream);
      client.on('data', (bytes: Buffer) => (this.brought += bytes.length));
      upstream.pipe(client);
      client.once('close', () => upstream.destroy());
      upstream.once('close', () => client.destroy());
    });
    upstream.once('error', () => {
      if (upstream.readyState === 'opening' || upstream.bytesRead === 0) this.#serve(client, rest);
      else client.destroy();
    });
  }

  #keep(socket: Socket): void {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket.setNoDelay(true));
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

export interface FleetOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly count?: number;
  /** The Cluster that they share, in place of a server of the fleet's own. */
  readonly cluster?: RedisCluster;
  /** The region of each edge, by its number; then each region has a Redis of its own. */
  readonly regions?: readonly string[];
  /** The folder of the build that each edge is of, by its number; see `ShipmateOptions.root`. */
  readonly builds?: readonly string[];
}

/** A Redis of a fleet's own. */
interface OwnRedis {
  readonly server: RedisServer;
  /** The first edge's way to it. */
  readonly proxy: TcpProxy;
}

/** Some edges on one Redis, behind one address for hosts. The first one drains for 30 s at most, the others for 2. */
export class Fleet {
  private constructor(
    private readonly own: Stage,
    /** Ends the hosts and joiners of one test. */
    private readonly stage: Stage,
    private readonly ownRedis: OwnRedis | undefined,
    readonly balancer: Balancer,
    readonly edges: Shipmate[],
    readonly conf: string,
    private readonly envs: readonly Readonly<Record<string, string>>[],
    private readonly builds: (string | undefined)[],
  ) {}

  /** `own` ends the fleet, `perTest` what a test starts in it. */
  static async start(
    own: Stage,
    perTest: Stage,
    { env = {}, count = 3, cluster, regions, builds = [] }: FleetOptions = {},
  ): Promise<Fleet> {
    const redis = cluster === undefined && regions === undefined ? await startRedis(own) : undefined;
    const ofRegions = regions === undefined ? '' : await startRegions(own, regions);
    const redisOf = (n: number): Readonly<Record<string, string>> => {
      const region = regions?.[n];
      if (region !== undefined) return { SHIPMATE_REGION: region, SHIPMATE_REDIS_REGIONS: ofRegions };
      if (redis === undefined) return { SHIPMATE_REDIS_URL: cluster?.url ?? '', SHIPMATE_REDIS_CLUSTER: 'true' };
      return { SHIPMATE_REDIS_URL: n === 0 ? `redis://127.0.0.1:${redis.proxy.port}` : redis.server.url };
    };
    const balancer = await own.add(Balancer.start());
    const shared = tempDir('smf');
    own.onClear(() => shared.dispose());
    const envs = Array.from({ length: count }, (_, n) => ({
      ...redisOf(n),
      SHIPMATE_SECRET: 'a secret that all edges of the fleet share',
      SHIPMATE_HOST_KEYS_DIR: join(shared.path, 'keys'),
      SHIPMATE_SSH_PUBLIC_PORT: `${balancer.port}`,
      SHIPMATE_DRAIN_SECONDS: n === 0 ? '30' : '2',
      ...env,
    }));
    const edges: Shipmate[] = [];
    // The first one makes the keys.
    const start = async (n: number): Promise<Shipmate> =>
      await own.add(Shipmate.start({ env: envs[n] ?? {}, ...rootOf(builds[n]) }));
    edges.push(await start(0));
    edges.push(...(await Promise.all(envs.slice(1).map(async (_, n) => await start(n + 1)))));
    const conf = join(shared.path, 'tmate.conf');
    writeFileSync(conf, readFileSync((edges[0] as Shipmate).tmateConf, 'utf8'));
    const fleet = new Fleet(own, perTest, redis, balancer, edges, conf, envs, [...builds]);
    fleet.prefer(0);
    return fleet;
  }

  get redis(): RedisServer {
    if (this.ownRedis === undefined) throw new Error('this fleet has no one Redis');
    return this.ownRedis.server;
  }

  /** The first edge's way to Redis. */
  get redisOfFirst(): TcpProxy {
    if (this.ownRedis === undefined) throw new Error('this fleet is on a Cluster');
    return this.ownRedis.proxy;
  }

  /** What another process takes to be of this fleet, as edge `n` has it. */
  env(n: number): Readonly<Record<string, string>> {
    return this.envs[n] ?? {};
  }

  edge(n: number): Shipmate {
    const edge = this.edges[n];
    if (edge === undefined) throw new Error(`there is no edge ${n}`);
    return edge;
  }

  /** Hosts that connect from now on come to these edges, the first that answers, and to the others after them. */
  prefer(...edges: readonly number[]): void {
    const rest = this.edges.map((_, n) => n).filter((n) => !edges.includes(n));
    this.balancer.order = [...edges, ...rest].map((n) => this.edge(n).sshPort);
  }

  /** A stock tmate that shares its shell, and its token. */
  async host(options: Omit<TmateHostOptions, 'serverConf'> = {}): Promise<{ host: TmateHost; token: string }> {
    const host = await this.stage.add(TmateHost.start({ serverConf: this.conf, ...options }));
    await host.waitReady();
    return { host, token: await host.token() };
  }

  /** Joins with OpenSSH at edge `n`. */
  async join(n: number, user: string): Promise<PtyJoiner> {
    return await this.stage.add(new PtyJoiner({ port: this.edge(n).sshPort, user }));
  }

  /** Starts edge `n` again, with its ports and its data; with `build`, as of another build from now on. */
  async restart(n: number, build = this.builds[n]): Promise<void> {
    this.builds[n] = build;
    const options = { env: this.envs[n] ?? {}, restartOf: this.edge(n), ...rootOf(build) };
    this.edges[n] = await this.own.add(Shipmate.start(options));
  }

  /** Waits until edge `n` can be connected to and lacks Redis, or has all it needs. */
  async toBe(status: 'ok' | 'degraded', n: number): Promise<void> {
    const isSo = async (): Promise<boolean> => {
      const answer = await this.edge(n).get('/readyz');
      return answer.status === 200 && (JSON.parse(answer.text) as { status: string }).status === status;
    };
    await until(isSo, { what: `edge ${n} to be ${status}`, deadlineMs: 20_000, everyMs: 50 });
  }

  /** Waits until edge `n` has so many live sessions. */
  async toHold(n: number, sessions: number, deadlineMs = 40_000): Promise<void> {
    const region = this.env(n)['SHIPMATE_REGION'] ?? 'local';
    const sample = `shipmate_sessions{region="${region}",state="live"}`;
    await until(async () => (await this.edge(n).metric(sample)) === sessions, {
      what: `edge ${n} to hold ${sessions} live sessions`,
      deadlineMs,
      everyMs: 50,
    });
  }
}

const rootOf = (build: string | undefined): Pick<ShipmateOptions, 'root'> =>
  build === undefined ? {} : { root: build };

/** A Redis for each region, as `SHIPMATE_REDIS_REGIONS` names them. */
async function startRegions(own: Stage, regions: readonly string[]): Promise<string> {
  const servers = [...new Set(regions)].map(async (region) => {
    const { url } = await own.add(RedisServer.start());
    return `${region}=${url}`;
  });
  return (await Promise.all(servers)).join(',');
}

async function startRedis(own: Stage): Promise<OwnRedis> {
  const server = await own.add(RedisServer.start());
  return { server, proxy: await own.add(TcpProxy.start(server.port)) };
}

/** The screen without the status line, whose clock goes on. */
export async function body(joiner: Drawn): Promise<readonly string[]> {
  return (await joiner.screen.read()).lines.slice(0, -1);
}

/** A joiner that has a screen. */
type Drawn = Pick<PtyJoiner, 'screen'>;

/** Waits until all of them see the same, and answers what that is. */
export async function toMatch(first: Drawn, ...others: readonly Drawn[]): Promise<readonly string[]> {
  const same = async (): Promise<readonly string[]> => {
    const seen = await body(first);
    for (const other of others) deepStrictEqual(await body(other), seen);
    return seen;
  };
  return await until(same, { what: 'all screens to be the same' });
}

/** Waits until each of them shows `text`. */
export async function allToShow(joiners: readonly Drawn[], text: string | RegExp): Promise<void> {
  for (const joiner of joiners) await joiner.screen.toShow(text, 30_000);
}
