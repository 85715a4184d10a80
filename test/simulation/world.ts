import { Dice } from '#testing';
import { SimBroker } from './broker.js';
import { SimEdge } from './edge.js';
import { SimHost, type SimHostLink } from './host.js';
import { SimJoiner } from './joiner.js';
import { Judge } from './judge.js';
import { SimRedis, type SimLink } from './redis.js';
import type { Schedule, SimEvent } from './schedule.js';
import { SimTime, type SimProcess } from './time.js';
import { SimWebhooks } from './webhooks.js';

export interface SimRegion {
  readonly name: string;
  readonly redis: SimRedis;
}

/** A first character that nobody types by hand: one of a private plane. */
const FIRST_CHAR = 0xf0000;

/** Everything there is in one run, and all that can happen to it. */
export class SimWorld {
  readonly time = new SimTime();
  readonly dice: Dice;
  readonly judge: Judge;
  readonly webhooks: SimWebhooks;
  readonly regions: readonly SimRegion[];
  readonly brokers: readonly SimBroker[];
  readonly hosts: readonly SimHost[];
  readonly joiners: readonly SimJoiner[];
  /** By its number: the process that is there now. */
  readonly edges: SimEdge[] = [];
  #chars = 0;

  constructor(
    { seed, shape }: Schedule,
    /** Hears of all that happens, for somebody who looks for a cause. */
    private readonly hears?: (text: string) => void,
    /** The edges of another build: each second edge begins as one of these, and an upgrade brings the other build. */
    private readonly Other: typeof SimEdge = SimEdge,
  ) {
    this.dice = new Dice(seed);
    this.judge = new Judge(this);
    this.webhooks = new SimWebhooks((delivery) => this.judge.told(delivery));
    const redis = (): SimRedis => new SimRedis(this.time, this.dice, shape.masters);
    const shared = redis();
    this.regions = shape.edges.map((_, n) => ({ name: `r${n}`, redis: shape.ownRedis && n > 0 ? redis() : shared }));
    for (const [n, region] of this.regions.entries()) {
      for (let count = shape.edges[n] ?? 0; count > 0; count--) {
        this.edges.push(new (this.edges.length % 2 === 0 ? SimEdge : this.Other)(this, region));
      }
    }
    const planes = this.regions.filter((one, n) => this.regions.findIndex(({ redis }) => redis === one.redis) === n);
    this.brokers = planes.map((region) => new SimBroker(this, region));
    this.hosts = Array.from({ length: shape.hosts }, (_, n) => new SimHost(this, `h${n}`, (seed + n) % 2 === 0));
    this.joiners = Array.from({ length: shape.joiners }, (_, n) => {
      const kind = n % 2 === 0 ? 'ssh' : 'web';
      const role = n % 4 === 3 ? 'reader' : 'writer';
      const how = { kind, role } as const;
      return new SimJoiner(this, `j${n}`, pick(this.hosts, n), how, pick(this.regions, n).name);
    });
  }

  start(): void {
    for (const edge of this.edges) edge.start();
    for (const broker of this.brokers) broker.start();
    this.hosts.forEach((host, n) => {
      this.time.after(500 + 300 * n, () => host.start(pick(this.edges, n)));
    });
  }

  /** An edge that takes hosts and joiners, of a region where there is one. */
  anyEdge(region?: string): SimEdge | undefined {
    const open = this.edges.filter(({ accepts, process }) => accepts && !process.paused);
    const near = open.filter((edge) => edge.region.name === region);
    const among = near.length > 0 ? near : open;
    return among.length === 0 ? undefined : this.dice.pick(among);
  }

  hostOf(link: SimHostLink): SimHost | undefined {
    return this.hosts.find((host) => host.link === link);
  }

  trace(what: () => string): void {
    this.hears?.(`${(this.time.nowMs / 1000).toFixed(2).padStart(8)} ${what()}`);
  }

  /** An edge's name, for people. */
  nameOf(edge: SimEdge): string {
    return `e${this.edges.indexOf(edge)}.${edge.region.name}`;
  }

  nextChar(): number {
    return FIRST_CHAR + this.#chars++;
  }

  /** Makes something happen. */
  apply(event: SimEvent): void {
    this.trace(() => JSON.stringify(event));
    switch (event.do) {
      case 'join':
        return pick(this.joiners, event.joiner).join();
      case 'leave':
        return pick(this.joiners, event.joiner).leave();
      case 'type':
        return pick(this.joiners, event.joiner).type(event.count);
      case 'print': {
        const host = pick(this.hosts, event.host);
        for (let n = 0; n < event.count; n++) this.time.after(n, () => host.change());
        return;
      }
      case 'fin':
        return pick(this.hosts, event.host).fin();
      case 'stops-reading': {
        const joiner = pick(this.joiners, event.joiner);
        joiner.pauseReading();
        this.time.after(event.forMs, () => joiner.resumeReading());
        return;
      }
      case 'joiner-offline': {
        const joiner = pick(this.joiners, event.joiner);
        joiner.offline();
        this.time.after(event.forMs, () => joiner.online());
        return;
      }
      case 'joiner-half-open': {
        const joiner = pick(this.joiners, event.joiner);
        joiner.mute();
        this.time.after(event.forMs, () => joiner.unmute());
        return;
      }
      case 'host-reset':
      case 'host-restarts':
      case 'host-offline':
      case 'host-moves':
      case 'host-half-open':
        return this.#host(pick(this.hosts, event.host), event);
      case 'redis-slow':
      case 'redis-stopped':
      case 'redis-emptied':
      case 'redis-failover':
      case 'master-lost':
      case 'slots-moved':
      case 'keys-evicted':
      case 'messages-lost':
      case 'redis-clock-jumps':
        return this.#redis(pick(this.regions, event.region).redis, event);
      case 'redis-unreachable':
      case 'redis-silent': {
        const edges = event.edge === 'all' ? this.edges : [pick(this.edges, event.edge)];
        const network = event.do === 'redis-silent' ? 'silent' : 'closed';
        for (const edge of edges) this.#network(edge.links.values(), network, event.forMs);
        return;
      }
      case 'redis-half-open':
        return this.#network(pick(this.edges, event.edge).links.values(), event.loses, event.forMs);
      case 'broker-unreachable':
        return this.#network([pick(this.brokers, event.broker).link], 'closed', event.forMs);
      case 'broker-paused': {
        const { process } = pick(this.brokers, event.broker);
        process.pause();
        this.time.after(event.forMs, () => process.resume());
        return;
      }
      case 'subscriber-cut':
        for (const link of new Set(pick(this.edges, event.edge).links.values())) link.cutSubscriber();
        return;
      case 'clock-skewed':
        pick<{ readonly process: SimProcess }>([...this.edges, ...this.brokers], event.edge).process.skewMs +=
          event.byMs;
        return;
      case 'edge-killed':
      case 'edge-paused':
      case 'edge-upgraded':
        return this.#edge(event.edge % this.edges.length, event);
    }
  }

  #host(host: SimHost, event: SimEvent): void {
    if (event.do === 'host-reset') host.reset();
    else if (event.do === 'host-restarts') {
      const edge = host.link?.edge;
      // Nobody knows a host without a key: its former session is waited for as any other, from when its connection ends.
      host.restart(event.silently && host.named);
      const at = edge === undefined ? -1 : this.edges.indexOf(edge);
      if (event.withEdge && at >= 0) this.#edge(at, { ...event, do: 'edge-killed', edge: at });
    } else if (event.do === 'host-offline') {
      host.online = false;
      host.abandon();
      this.time.after(event.forMs, () => void (host.online = true));
    } else if (event.do === 'host-moves') {
      host.move(pick(this.regions, event.region).name, event.silently);
    } else if (event.do === 'host-half-open') {
      const { link } = host;
      link?.block(event.direction);
      this.time.after(event.forMs, () => link?.unblock());
    }
  }

  #redis(redis: SimRedis, event: SimEvent): void {
    switch (event.do) {
      case 'redis-slow':
        redis.slow(event.byMs);
        this.time.after(event.forMs, () => redis.slow(0));
        return;
      case 'redis-stopped':
        redis.stop();
        this.time.after(event.forMs, () => redis.start());
        return;
      case 'redis-emptied':
        redis.stop();
        redis.store.lose();
        this.time.after(event.forMs, () => redis.start());
        return;
      case 'redis-failover':
        redis.stop();
        redis.store.failover(event.forgetsMs);
        this.judge.forgot(event.forgetsMs);
        this.time.after(event.forMs, () => redis.start());
        return;
      case 'master-lost': {
        const master = event.master % redis.store.masters;
        redis.stop(master);
        redis.store.lose(master);
        this.time.after(event.forMs, () => redis.start());
        return;
      }
      case 'slots-moved':
        redis.moveSlots();
        return;
      case 'keys-evicted':
        for (let n = 0; n < event.count; n++) {
          redis.store.evict((names) => (names.length === 0 ? undefined : this.dice.pick(names)));
        }
        return;
      case 'messages-lost':
        redis.losesOneIn = event.oneIn;
        this.time.after(event.forMs, () => void (redis.losesOneIn = 0));
        return;
      case 'redis-clock-jumps':
        redis.skewMs += event.byMs;
        this.judge.jumped(event.byMs);
        return;
      default:
        return;
    }
  }

  #network(links: Iterable<SimLink>, state: SimLink['network'], forMs: number): void {
    for (const link of new Set(links)) {
      link.network = state;
      link.look();
      this.time.after(forMs, () => void (link.network = 'open'));
    }
  }

  #edge(at: number, event: SimEvent): void {
    const edge = pick(this.edges, at);
    const isOther = edge.constructor !== SimEdge;
    const replace = (upgraded = false): void => {
      const next = new (isOther === upgraded ? SimEdge : this.Other)(this, edge.region);
      this.edges[at] = next;
      next.start();
    };
    if (event.do === 'edge-killed') {
      if (edge.process.dead) return;
      edge.kill();
      this.time.after(event.forMs, () => replace());
    } else if (event.do === 'edge-paused') {
      edge.process.pause();
      this.time.after(event.forMs, () => edge.process.resume());
    } else if (event.do === 'edge-upgraded' && edge.accepts && !edge.process.paused) {
      // The new one is there before the old one leaves, as in a rollout.
      replace(true);
      void edge.leave();
    }
  }
}

function pick<T>(all: readonly T[], number: number): T {
  const one = all[number % all.length];
  if (one === undefined) throw new RangeError('there is none');
  return one;
}
