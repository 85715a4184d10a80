import { Redis } from 'ioredis';
import { RedisServer } from '#testing';
import type { StoreStep } from '#redis/simulated';

/** Steps that are on their way to the server at once. */
const AT_ONCE = 500;

/**
 * Goes before each script: what Redis knows of time is that of the simulation. `TIME` is the simulated one, and ends of keys are
 * kept in a hash; keys whose end has come go first. The rest is the server's.
 */
const BEFORE = `
local server, now = redis, tonumber(table.remove(ARGV))
local ENDS = 'ends'
local function look(key)
  local ends = server.call('HGET', ENDS, key)
  if ends and tonumber(ends) <= now then server.call('DEL', key) end
  if server.call('EXISTS', key) == 0 then server.call('HDEL', ENDS, key) end
end
local function ending(key, at)
  if server.call('EXISTS', key) == 0 then return 0 end
  if at <= now then server.call('DEL', key) else server.call('HSET', ENDS, key, string.format('%.0f', at)) end
  return 1
end
local SIMULATED = {
  TIME = function()
    return {string.format('%.0f', math.floor(now / 1000)), string.format('%.0f', math.floor((now % 1000) * 1000))}
  end,
  PEXPIRE = function(key, ms) return ending(key, now + ms) end,
  PEXPIREAT = function(key, at) return ending(key, tonumber(at)) end,
  PTTL = function(key)
    if server.call('EXISTS', key) == 0 then return -2 end
    local ends = server.call('HGET', ENDS, key)
    return ends and tonumber(ends) - now or -1
  end,
  PERSIST = function(key) return server.call('HDEL', ENDS, key) end,
  SET = function(key, value, px, ms)
    server.call('HDEL', ENDS, key)
    local reply = server.call('SET', key, value)
    if px then ending(key, now + ms) end
    return reply
  end,
}
for _, key in ipairs(KEYS) do look(key) end
local redis = {call = function(command, ...)
  local simulated = SIMULATED[string.upper(command)]
  if simulated then return simulated(...) end
  return server.call(command, ...)
end}
local function run()
`;
const AFTER = `
end
local reply = run()
for _, key in ipairs(KEYS) do look(key) end
return reply
`;
const COMMAND = 'return redis.call(unpack(ARGV))';

/** What a real Redis answered otherwise than the simulated one. */
export interface Difference {
  readonly step: string;
  readonly simulated: string;
  readonly real: string;
}

/**
 * A real Redis that does what was done to a simulated one, in its order and at its simulated moments: scripts and commands must
 * have the same replies.
 */
export class Twin {
  readonly #redis: Redis;

  private constructor(private readonly server: RedisServer) {
    this.#redis = new Redis({ host: '127.0.0.1', port: server.port });
  }

  static async start(): Promise<Twin> {
    return new Twin(await RedisServer.start());
  }

  async stop(): Promise<void> {
    this.#redis.disconnect();
    await this.server.stop();
  }

  /** Does all of it from an empty Redis on; the first difference, if there is one. */
  async play(steps: readonly StoreStep[]): Promise<Difference | undefined> {
    await this.#redis.flushall();
    for (let at = 0; at < steps.length; at += AT_ONCE) {
      const some = steps.slice(at, at + AT_ONCE);
      const replies = await Promise.all(some.map(async (step) => await this.#step(step)));
      for (const [n, step] of some.entries()) {
        if (step.kind !== 'ran' || step.args[0] === 'zrandmember') continue;
        const [simulated, real] = [shown(step.reply), shown(replies[n])];
        const what = step.lua === undefined ? step.args.join(' ') : `${step.lua.slice(0, 200)}… ${step.args.join(' ')}`;
        if (simulated !== real) return { step: `${what} (${step.keys.join(' ')})`, simulated, real };
      }
    }
    return undefined;
  }

  async #step(step: StoreStep): Promise<unknown> {
    if (step.kind === 'ran') {
      const lua = (step.lua ?? COMMAND).replace(/^#![^\n]*\n/, '');
      const { keys, args, nowMs } = step;
      return await this.#redis.eval(`${BEFORE}${lua}${AFTER}`, keys.length, ...keys, ...args, String(nowMs));
    }
    const { name, key } = step;
    const sent: Promise<unknown>[] = [this.#redis.del(name), this.#redis.hdel('ends', name)];
    if (typeof key?.value === 'string') sent.push(this.#redis.set(name, key.value));
    else if (key?.isSorted === true) {
      sent.push(this.#redis.zadd(name, ...[...key.value].flatMap(([member, score]) => [score, member])));
    } else if (key !== undefined) sent.push(this.#redis.hset(name, ...[...key.value].flat()));
    if (key?.untilMs !== undefined) sent.push(this.#redis.hset('ends', name, key.untilMs));
    return await Promise.all(sent);
  }
}

/** A reply in a text; a hash has no order. */
const shown = (reply: unknown): string =>
  Array.isArray(reply) ? `[${sorted(reply).join(', ')}]` : JSON.stringify(reply);

const sorted = (replies: readonly unknown[]): readonly string[] => replies.map((one) => shown(one)).sort();
