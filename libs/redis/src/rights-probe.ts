import { randomUUID } from 'node:crypto';
import { UNABLE, type Commands } from './connection/commands.js';
import { Refusal, toShipmateError } from './connection/faults.js';

/**
 * One harmless call of each command that Shipmate needs; `KEY` is a key of the probe's own, of the type that the letter
 * before it says. Redis looks at the number of arguments before it looks at rights, so that each must be a right one.
 */
const PROBES: readonly string[] = [
  'set s:KEY 1',
  'get s:KEY',
  'exists s:KEY',
  'pttl s:KEY',
  'persist s:KEY',
  'pexpire s:KEY 60000',
  'pexpireat s:KEY 4102444800000',
  'time',
  'scan 0 MATCH s:KEY COUNT 1',
  'hset h:KEY a 1',
  'hsetnx h:KEY a 1',
  'hget h:KEY a',
  'hmget h:KEY a',
  'hgetall h:KEY',
  'hexists h:KEY a',
  'hlen h:KEY',
  'hscan h:KEY 0',
  'hdel h:KEY a',
  'zadd z:KEY 1 a',
  'zcard z:KEY',
  'zscore z:KEY a',
  'zrange z:KEY 0 0',
  'zrangebylex z:KEY - +',
  'zrangebyscore z:KEY 0 0',
  'zrandmember z:KEY',
  'zrem z:KEY a',
  'xadd x:KEY * a 1',
  'xrevrange x:KEY + - COUNT 1',
  'xrange x:KEY - + COUNT 1',
  'xlen x:KEY',
  'xdel x:KEY 0-1',
  'xtrim x:KEY MAXLEN 1',
  'eval return 0',
  'evalsha 0000000000000000000000000000000000000000 0',
  'spublish CHANNEL 1',
  // The links' own connections subscribe; here it would end the use of this one for commands.
  'ssubscribe',
  'sunsubscribe CHANNEL',
  'del s:KEY',
];

/** The commands that are tried. */
export const PROBED_COMMANDS: readonly string[] = PROBES.map((probe) => probe.split(' ')[0] ?? '');

/** What trying has shown. */
export interface TriedCommands {
  /** Those that this user may not run. */
  readonly refused: readonly string[];
  /** Why Redis runs none that writes, as a sentence. */
  readonly unable: string | undefined;
}

/** Tries each command on keys below `shipmate:doctor:`. */
export async function refusedCommands(commands: Commands): Promise<TriedCommands> {
  const id = randomUUID();
  const refused: string[] = [];
  let unable: string | undefined;
  const used = new Set<string>();
  for (const probe of PROBES) {
    const [command = '', ...words] = probe.split(' ');
    if (command === 'ssubscribe') continue; // `inspectRedis` subscribes by a bus.
    const channel = `relay:{${id}}:out`;
    let key = `shipmate:doctor:${id}`;
    const args = words.map((word) => {
      if (word === 'CHANNEL') return (key = channel);
      if (!word.endsWith(':KEY')) return word;
      used.add((key = `shipmate:doctor:${id}:${word.charAt(0)}`));
      return key;
    });
    const call = command === 'eval' ? ['return 0', '0'] : args;
    const refusal = await refusalOf(commands, key, [command, ...call]);
    if (refusal?.code === 'NOPERM') refused.push(command);
    else if (refusal !== undefined && UNABLE.has(refusal.code)) unable = toShipmateError(refusal).message;
  }
  // Keys that a user may write but not delete expire after a minute, if the user may set that.
  for (const key of used) await refusalOf(commands, key, ['del', key]);
  return { refused, unable };
}

/** Any refusal but NOPERM came after the rights had been looked at: NOSCRIPT, WRONGTYPE. */
async function refusalOf(
  commands: Commands,
  key: string,
  [command = '', ...args]: readonly string[],
): Promise<Refusal | undefined> {
  try {
    await commands.tryCall(key, command, ...args);
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error;
  }
}
