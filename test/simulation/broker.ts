import { MemoryHousekeeping } from '#control';
import { simulatedDirectory } from '#redis/simulated';
import { DirectoryWatch } from '../../apps/broker/src/reaper/directory-watch.js';
import { Reaper } from '../../apps/broker/src/reaper/reaper.js';
import { GRACE_MS, TIMINGS } from './edge.js';
import { SimLink } from './redis.js';
import { SimProcess } from './time.js';
import type { SimRegion, SimWorld } from './world.js';

/** A broker's process, as far as it reaps. */
export class SimBroker {
  readonly process: SimProcess;
  readonly link: SimLink;
  readonly #reaper: Reaper;

  constructor(
    world: SimWorld,
    readonly region: SimRegion,
  ) {
    const { redis } = region;
    const clock = (this.process = new SimProcess(world.time));
    this.link = new SimLink(redis, clock);
    const directory = simulatedDirectory(this.link, clock, this.link, TIMINGS);
    const elsewhere = world.regions.filter((one) => one.redis !== redis);
    this.#reaper = new Reaper({
      directory,
      watch: new DirectoryWatch(directory, clock),
      otherRegions: new Set(elsewhere.map(({ name }) => name)),
      housekeeping: new MemoryHousekeeping(),
      webhooks: world.webhooks.over(this.link, redis),
      events: { forgetBefore: async () => 0 },
      audit: {
        note: (type, { session }) => {
          if (type === 'session-closed' && session !== undefined) world.judge.reaped(session);
        },
      },
      clock,
      hostGraceMs: GRACE_MS,
      eventsKeptMs: 3_600_000,
      reaped: () => undefined,
    });
  }

  get hasRedis(): boolean {
    return this.link.isUseful;
  }

  start(): void {
    this.#reaper.start();
  }

  stop(): void {
    this.#reaper.dispose();
    this.process.kill();
    this.link.gone();
  }
}
