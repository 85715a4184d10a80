import { ShipmateError, type Clock } from '#kernel';
import { Commands } from './connection/commands.js';
import { openTopology } from './connect.js';
import { Refusal } from './connection/faults.js';
import { START_TIMEOUT_MS, type RedisContext, type RedisSettings } from './connection/options.js';
import { RedisBus } from './stores/redis-bus.js';
import { refusedCommands } from './rights-probe.js';
import { Status } from './connection/status.js';
import type { Node } from './topology/topology.js';

/** What one master reports about itself. */
export interface MasterFacts {
  /** Among several: `host:port`. */
  readonly id: string;
  /** `7.2.4` */
  readonly version: string;
  /** `maxmemory-policy`; undefined if this user may not read it. */
  readonly evictionPolicy: string | undefined;
  /** Bytes that may wait for a subscriber before it is cut off; 0 means no limit. Undefined if this user may not read it. */
  readonly subscriberLimit: number | undefined;
  /** Seconds after which idle connections are ended; 0 is never. Undefined as above. */
  readonly idleSeconds: number | undefined;
}

/** What to know about a Redis before relying on it. */
export interface RedisFacts {
  readonly masters: readonly MasterFacts[];
  /** Redis' clock less this machine's, in ms; as exact as half of `roundTripMs`. */
  readonly clockAheadMs: number;
  readonly roundTripMs: number;
  /** Commands that Shipmate needs and this user may not run. */
  readonly refused: readonly string[];
  /** Why it takes no writes now, as a sentence: it has no memory left, or cannot save; undefined where it does. */
  readonly unable: string | undefined;
}

/**
 * Connects as `connectRedis` does, inspects the server, and ends the connection. Leaves nothing behind. Throws the errors of
 * the connection: `config` for faults that waiting does not fix, otherwise `unavailable`.
 */
export async function inspectRedis(
  settings: RedisSettings,
  { clock, startTimeoutMs = START_TIMEOUT_MS }: { readonly clock: Clock; readonly startTimeoutMs?: number },
): Promise<RedisFacts> {
  const context: RedisContext = { clock, observer: {} };
  const topology = await openTopology(context, settings);
  const status = new Status(context, topology);
  const commands = new Commands(context, topology);
  try {
    topology.start();
    await status.started(startTimeoutMs);
    const masters = await Promise.all(topology.nodes.map(factsOf));
    const tried = await refusedCommands(commands);
    const refused = [...tried.refused, ...(await refusedToListen(context, commands))];
    // Not the first call: it opened nothing and loaded nothing any more.
    return { masters, refused, unable: tried.unable, ...(await compareClocks(commands, clock, refused)) };
  } finally {
    status.close();
    topology.close();
  }
}

async function factsOf({ id, commands }: Node): Promise<MasterFacts> {
  const about = toPairs(await commands.call('hello'));
  const setting = async (name: string): Promise<string | undefined> => {
    try {
      return toPairs(await commands.call('config', 'get', name)).get(name);
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  };
  const limits = await setting('client-output-buffer-limit');
  const limit = /\bpubsub (\d+)/.exec(limits ?? '')?.[1];
  const idle = await setting('timeout');
  return {
    id,
    version: about.get('version') ?? '',
    evictionPolicy: await setting('maxmemory-policy'),
    subscriberLimit: limit === undefined ? undefined : Number(limit),
    idleSeconds: idle === undefined ? undefined : Number(idle),
  };
}

/** A reply of names and values in turn. */
function toPairs(reply: unknown): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  if (Array.isArray(reply))
    for (let at = 0; at < reply.length; at += 2) pairs.set(String(reply[at]), String(reply[at + 1]));
  return pairs;
}

async function refusedToListen(context: RedisContext, commands: Commands): Promise<readonly string[]> {
  try {
    const bus = new RedisBus(context, commands);
    (await bus.subscribe('relay:{doctor}:in', { message: () => undefined })).dispose();
    return [];
  } catch (error) {
    if (error instanceof ShipmateError) return ['ssubscribe'];
    throw error;
  }
}

async function compareClocks(
  commands: Commands,
  clock: Clock,
  refused: readonly string[],
): Promise<Pick<RedisFacts, 'clockAheadMs' | 'roundTripMs'>> {
  const began = clock.monotonic();
  if (refused.includes('time')) return { clockAheadMs: 0, roundTripMs: 0 };
  const reply = await commands.call('shipmate:doctor', 'time');
  const roundTripMs = clock.monotonic() - began;
  const [seconds, micros] = Array.isArray(reply) ? reply.map(Number) : [];
  if (seconds === undefined || micros === undefined)
    throw new ShipmateError('unavailable', 'Redis does not return the time');
  return { clockAheadMs: seconds * 1000 + micros / 1000 - (clock.now() - roundTripMs / 2), roundTripMs };
}
