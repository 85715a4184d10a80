import { freePort } from './free-port.js';
import type { RedisCertificates } from './redis-certificates.js';
import { RedisServer } from './redis.js';
import { until } from './until.js';

const SLOTS = 16_384;

/** How large a cluster is, and how it is set. */
export interface RedisClusterOptions {
  readonly nodeTimeoutMs?: number;
  readonly certificates?: RedisCertificates;
}

/** A Redis Cluster of the test's own: masters that share the slots, each with one replica, all on 127.0.0.1. */
export class RedisCluster {
  private constructor(
    readonly masters: readonly RedisServer[],
    readonly replicas: readonly RedisServer[],
    private readonly busPorts: readonly number[],
    /** The servers' TLS ports, if they have any; `redis-cli` uses the others. */
    private readonly tlsPorts: readonly number[],
  ) {}

  get servers(): readonly RedisServer[] {
    return [...this.masters, ...this.replicas];
  }

  /** Two of its nodes, as in a client's URL. */
  get url(): string {
    const [first, second] = this.masters;
    return `redis://127.0.0.1:${first?.port ?? 0},127.0.0.1:${second?.port ?? 0}`;
  }

  /** The same with TLS. */
  get tlsUrl(): string {
    const [first, second] = this.tlsPorts;
    return `rediss://127.0.0.1:${first ?? 0},127.0.0.1:${second ?? 0}`;
  }

  /**
   * Starts three masters and three replicas, and waits until all agree. `nodeTimeoutMs`: silence that counts as death. With
   * certificates they speak TLS among themselves, and to clients of `tlsUrl`.
   */
  static async start({ nodeTimeoutMs = 1_000, certificates }: RedisClusterOptions = {}): Promise<RedisCluster> {
    // By default the bus' port is 10,000 above the other, where another test may have its own.
    const busPorts = await Promise.all(Array.from({ length: 6 }, freePort));
    const tlsPorts = certificates === undefined ? [] : await Promise.all(Array.from({ length: 6 }, freePort));
    const servers = await Promise.all(
      busPorts.map(async (busPort, i) => {
        const tls = `--tls-port ${tlsPorts[i] ?? 0} --tls-cluster yes --tls-replication yes`.split(' ');
        return await RedisServer.start([
          ...`--cluster-enabled yes --cluster-node-timeout ${nodeTimeoutMs} --cluster-port ${busPort}
           --cluster-replica-validity-factor 0 --repl-diskless-sync-delay 0`.split(/\s+/),
          ...(certificates === undefined ? [] : [...certificates.serverArgs, ...tls]),
        ]);
      }),
    );
    const cluster = new RedisCluster(servers.slice(0, 3), servers.slice(3), busPorts, tlsPorts);
    try {
      await cluster.#join();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** The server that is master of the slot now, as the others see it. */
  async masterOf(slot: number): Promise<RedisServer> {
    return await until(
      async () => {
        for (const server of this.servers) {
          if (server.program.exit !== undefined) continue;
          const slots = await server.cli('--csv', 'cluster', 'slots');
          const port = masterPort(slots, slot);
          const master = this.servers.find((other) => other.port === port && other.program.exit === undefined);
          if (master !== undefined) return master;
        }
        return undefined;
      },
      { what: `slot ${slot} to have a master` },
    );
  }

  /** The replica of a master, or its master where it was replaced. */
  async replicaOf(master: RedisServer): Promise<RedisServer> {
    const id = await master.cli('cluster', 'myid');
    const ports = (await master.cli('cluster', 'replicas', id)).match(/127\.0\.0\.1:(\d+)/)?.[1];
    const replica = this.servers.find(({ port }) => `${port}` === ports);
    if (replica === undefined) throw new Error('the master has no replica');
    return replica;
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map(async (server) => server.stop()));
  }

  async #join(): Promise<void> {
    const [first] = this.masters;
    if (first === undefined) return;
    const each = Math.ceil(SLOTS / this.masters.length);
    for (const [i, master] of this.masters.entries()) {
      const last = Math.min(SLOTS, (i + 1) * each) - 1;
      await master.cli('cluster', 'addslotsrange', `${i * each}`, `${last}`);
      await master.cli('cluster', 'set-config-epoch', `${i + 1}`);
    }
    // With TLS among them, that is the port they call each other at.
    const meet = ['cluster', 'meet', '127.0.0.1', `${this.tlsPorts[0] ?? first.port}`, `${this.busPorts[0] ?? 0}`];
    for (const server of this.servers) if (server !== first) await server.cli(...meet);
    await this.#agree('cluster_known_nodes:6');
    for (const [i, replica] of this.replicas.entries()) {
      const id = await this.masters[i]?.cli('cluster', 'myid');
      await until(async () => (await replica.cli('cluster', 'replicate', id ?? '')) === 'OK', { what: 'a replica' });
    }
    await this.#agree('cluster_state:ok');
    for (const replica of this.replicas) {
      await until(async () => (await replica.cli('info', 'replication')).includes('master_link_status:up'), {
        what: 'a replica to follow its master',
        deadlineMs: 20_000,
      });
    }
  }

  async #agree(line: string): Promise<void> {
    const all = async (): Promise<boolean> =>
      (await Promise.all(this.servers.map(async (server) => server.cli('cluster', 'info')))).every((info) =>
        info.includes(line),
      );
    await until(all, { what: `the Cluster to say ${line}`, deadlineMs: 20_000, everyMs: 50 });
  }
}

/** The master's port in the CSV that redis-cli makes of CLUSTER SLOTS: first, last, host, port, id, then the replicas. */
function masterPort(csv: string, slot: number): number | undefined {
  for (const line of csv.split('\n')) {
    for (const [, first, last, port] of line.matchAll(/(?:^|,)(\d+),(\d+),"[^"]*",(\d+),"[0-9a-f]{40}"/g)) {
      if (Number(first) <= slot && slot <= Number(last)) return Number(port);
    }
  }
  return undefined;
}
