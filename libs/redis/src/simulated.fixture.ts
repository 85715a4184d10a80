import type { Clock } from '#kernel';
import type { Directory, DirectoryTimings } from '#directory';
import type { Bus } from '#relay';
import { Commands } from './connection/commands.js';
import { Pulse } from './connection/pulse.js';
import type { Script } from './connection/script.js';
import { RedisDirectory } from './stores/redis-directory.js';
import type { SimulatedStore } from './simulated/store.fixture.js';

export { SimulatedStore, type StoreStep } from './simulated/store.fixture.js';
export { Channel } from './topology/channel.js';

/** A process' way to a simulated Redis: takes its time, or fails, as that of a real one does. */
export interface SimulatedWay {
  /** Does `work` at the master that has `key`, if it can be reached. */
  reach<T>(key: string, work: (store: SimulatedStore) => T): Promise<T>;
}

/** The directory of production on a simulated Redis, as one process has it. */
export function simulatedDirectory(way: SimulatedWay, clock: Clock, bus: Bus, timings: DirectoryTimings): Directory {
  return new RedisDirectory(new SimulatedCommands(way), clock, new Pulse(bus, clock), timings);
}

class SimulatedCommands extends Commands {
  constructor(private readonly way: SimulatedWay) {
    // Neither is used by what is overridden.
    super(undefined as never, undefined as never);
  }

  override async call(key: string, ...args: readonly [string, ...(string | Buffer)[]]): Promise<unknown> {
    return await this.way.reach(key, (store) => store.call(args.map(String)));
  }

  override async tryCall(key: string, ...args: readonly [string, ...(string | Buffer)[]]): Promise<unknown> {
    return await this.call(key, ...args);
  }

  override async run(script: Script, keys: readonly [string, ...string[]], ...args: string[]): Promise<unknown> {
    return await this.way.reach(keys[0], (store) => store.run(script, keys, args));
  }
}
