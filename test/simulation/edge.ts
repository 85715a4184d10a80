import { randomUUID } from 'node:crypto';
import { edgeId, type EdgeId } from '#kernel';
import { ReconnectionSigner } from '#access';
import { WebhookWriter } from '#control';
import type { DirectoryTimings } from '#directory';
import { EdgeSessions } from '#fleet';
import { BusRelay } from '#relay';
import { simulatedDirectory } from '#redis/simulated';
import { silentObserver } from '#session';
import type { SimHostLink } from './host.js';
import { SimLink } from './redis.js';
import { SimProcess } from './time.js';
import { delivery } from './webhooks.js';
import type { SimRegion, SimWorld } from './world.js';

/** Short enough that a schedule of minutes sees sessions forgotten. */
export const TIMINGS: DirectoryTimings = { edgeLeaseMs: 15_000, closedMemoryMs: 120_000 };
/** How long a lost host is waited for. */
export const GRACE_MS = 60_000;
/** How long a draining edge lets its joiners stay. */
const DRAIN_MS = 10_000;

/** An edge's process: the sessions of production, on what is simulated. */
export class SimEdge {
  readonly id: EdgeId = edgeId(randomUUID());
  readonly process: SimProcess;
  readonly links: ReadonlyMap<string, SimLink>;
  readonly sessions: EdgeSessions;
  /** It takes hosts and joiners. */
  accepts = false;
  readonly #own: SimLink;
  readonly #hosts = new Set<SimHostLink>();
  /** Ends the connections of those who are here. */
  readonly gone = new Set<() => void>();

  constructor(
    private readonly world: SimWorld,
    readonly region: SimRegion,
  ) {
    const clock = (this.process = new SimProcess(world.time));
    const planes = new Set(world.regions.map(({ redis }) => redis));
    const linkOf = new Map([...planes].map((redis) => [redis, new SimLink(redis, clock)] as const));
    this.links = new Map(world.regions.map((one) => [one.name, linkOf.get(one.redis)!] as const));
    const backplane = ({ name, redis }: SimRegion) => {
      const link = linkOf.get(redis)!;
      return {
        region: name,
        directory: simulatedDirectory(link, clock, link, TIMINGS),
        relay: new BusRelay(link, clock),
      };
    };
    const own = backplane(region);
    const others = world.regions.filter(({ redis }) => redis !== region.redis).map(backplane);
    const link = linkOf.get(region.redis)!;
    const hooks = new WebhookWriter(
      world.webhooks.over(link, region.redis),
      // It has nothing to stop it by, and needs nothing: it ends with its process.
      {
        after: (ms, run) => world.time.after(ms, () => clock.deliver(run)),
        now: () => clock.now(),
        monotonic: () => clock.monotonic(),
      },
      (count) => world.judge.fault(`${count} webhooks were dropped`),
      () => undefined,
    );
    this.sessions = new EdgeSessions({
      edgeId: this.id,
      clock,
      addresses: { sshHost: region.name, sshPort: 22, webUrl: '' },
      signer: new ReconnectionSigner('0123456789abcdef0123456789abcdef'),
      ...own,
      ...(others.length > 0 ? { regions: others } : {}),
      observer: {
        ...silentObserver,
        sessionClosed: (id, why) => world.judge.closed(id, why, this),
        failed: (what, error) => world.judge.failed(what, error),
        sessionFault: (_, { what, error }) => world.judge.failed(what, error),
      },
      commands: { ssh: (token) => `ssh ${token}@${region.name}` },
      names: { userOf: async () => 'user', openUser: undefined },
      hostGraceMs: GRACE_MS,
      requireAuthorizedKeys: false,
      onHook: (hook) => {
        world.judge.hook(hook, this);
        if (hook.type === 'session_close') return hooks.runWill(hook.session, hook.generation);
        const event = delivery(hook, clock.now(), hook.type);
        world.judge.made(event, this);
        hooks.append(event);
        if (hook.type === 'session_register') {
          hooks.setWill(hook.session, [delivery(hook, clock.now(), 'session_close')], hook.generation);
        }
      },
    });
    this.#own = link;
    link.onBack = () => clock.deliver(() => void this.sessions.directoryIsBack());
  }

  /** It can reach the Redis of its region. */
  get hasRedis(): boolean {
    return this.#own.isUseful;
  }

  start(): void {
    this.process.deliver(() => void this.sessions.start().then(() => void (this.accepts = true)));
  }

  /** A host has connected. */
  accept(link: SimHostLink): void {
    this.#hosts.add(link);
    this.process.deliver(() => {
      link.connection = this.sessions.acceptHost(link, (outcome) => {
        if ('session' in outcome) {
          link.open = true;
          this.world.judge.opened(outcome.session, link);
        }
      });
    });
  }

  /** The process dies; its connections end with it. */
  kill(): void {
    this.accepts = false;
    this.process.kill();
    for (const link of new Set(this.links.values())) link.gone();
    this.#endConnections();
  }

  /** Gives its sessions away and ends, as for an upgrade. */
  async leave(): Promise<void> {
    if (!this.accepts) return;
    this.accepts = false;
    await this.sessions.drain(DRAIN_MS);
    await this.sessions.stop();
    // What was on its way may still leave, and timers that only wait for it.
    await new Promise<void>((resolve) => this.process.after(10_000, resolve));
    this.world.judge.left(this);
    this.kill();
  }

  #endConnections(): void {
    for (const link of this.#hosts) {
      link.ended = true;
      link.toHost.send(() => this.world.hostOf(link)?.lost(link));
    }
    for (const end of this.gone) end();
    this.gone.clear();
  }
}
