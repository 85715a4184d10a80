import type { Clock } from '#kernel';
import { SLOTS, slotOf } from '../connection/slot.js';
import type { Script } from '../connection/script.js';
import { compileLua, type LuaScript, type LuaTable, type LuaValue } from './lua.fixture.js';

type Value = string | Map<string, string>;

interface Key {
  /** A string, or a hash; a sorted set is a hash of scores. */
  readonly value: Value;
  untilMs: number | undefined;
  readonly isSorted?: boolean;
}

/** What was done to a store, for somebody who does the same to another one. */
export type StoreStep =
  /** A script, or without `lua` a command with its name first; the reply as ioredis gives it. */
  | {
      readonly kind: 'ran';
      readonly nowMs: number;
      readonly lua: string | undefined;
      readonly keys: readonly string[];
      readonly args: readonly string[];
      readonly reply: unknown;
    }
  /** A fault has changed a key; undefined: it is gone. */
  | { readonly kind: 'changed'; readonly name: string; readonly key: Readonly<Key> | undefined };

/** As they were compiled: there are as many as in our code. */
const SCRIPTS = new Map<string, LuaScript>();
/** How long writes can be taken back, for a failover. */
const UNDO_MS = 30_000;

/**
 * What a Redis keeps: keys with their TTL, changed by the scripts that a real one runs, and all that can happen to them.
 * Its time is `clock`'s wall time, as a real one's is its host's.
 */
export class SimulatedStore {
  #keys = new Map<string, Key>();
  /** How often slots have moved. */
  #moved = 0;
  /** What keys were before they were written, oldest first. */
  #undo: { readonly atMs: number; readonly name: string; readonly was: Key | undefined }[] = [];
  #isInScript = false;
  /** Is notified of everything that is done. */
  onStep: ((step: StoreStep) => void) | undefined;

  constructor(
    private readonly clock: Clock,
    /** Over how many masters the slots are spread. */
    readonly masters = 1,
    private readonly random: (below: number) => number = () => 0,
  ) {}

  get size(): number {
    return this.#keys.size;
  }

  get names(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /** The master that has a key or a channel. */
  masterOf(name: string): number {
    return (Math.floor((slotOf(name) * this.masters) / SLOTS) + this.#moved) % this.masters;
  }

  /** Each master gives its slots, with their keys, to the next one. */
  moveSlots(): void {
    this.#moved += 1;
  }

  /** Everything is forgotten, or what one master had. */
  lose(master?: number): void {
    for (const name of this.names) {
      if (master === undefined || this.masterOf(name) === master) this.#restore(name, undefined);
    }
    this.#undo = [];
  }

  /** A replica takes over that has not received the writes of the last `ms`. */
  failover(ms: number): void {
    const fromMs = this.clock.monotonic() - ms;
    for (let last = this.#undo.at(-1); last !== undefined && last.atMs >= fromMs; last = this.#undo.at(-1)) {
      this.#undo.pop();
      this.#restore(last.name, last.was);
    }
  }

  /** Removes a key that `choose` picks among all names. */
  evict(choose: (names: readonly string[]) => string | undefined): void {
    const name = choose(this.names);
    if (name !== undefined) this.#restore(name, undefined);
  }

  /** Runs a script as one step. */
  run(script: Script, keys: readonly string[], args: readonly string[]): unknown {
    let compiled = SCRIPTS.get(script.sha);
    if (compiled === undefined) SCRIPTS.set(script.sha, (compiled = compileLua(script.lua)));
    this.#isInScript = true;
    try {
      const reply = toReply(compiled(keys, args, (call) => fromReply(this.call(call))));
      this.onStep?.({ kind: 'ran', nowMs: this.nowMs, lua: script.lua, keys, args, reply });
      return reply;
    } finally {
      this.#isInScript = false;
    }
  }

  /** Runs one command, and answers as ioredis does. */
  call([command = '', ...args]: readonly string[]): unknown {
    const name = command.toLowerCase();
    const found = (COMMANDS as Partial<Record<string, (store: SimulatedStore, args: readonly string[]) => unknown>>)[
      name
    ];
    if (found === undefined) throw new Error(`a command that the simulated Redis does not know: ${command}`);
    const reply = found(this, args);
    if (!this.#isInScript) {
      const keys = args.slice(0, 1);
      this.onStep?.({ kind: 'ran', nowMs: this.nowMs, lua: undefined, keys, args: [name, ...args], reply });
    }
    return reply;
  }

  get nowMs(): number {
    return this.clock.now();
  }

  rolled(below: number): number {
    return this.random(below);
  }

  key(name: string): Key | undefined {
    const key = this.#keys.get(name);
    if (key?.untilMs === undefined || key.untilMs > this.nowMs) return key;
    this.#keys.delete(name);
    return undefined;
  }

  text(name: string): string | undefined {
    const value = this.key(name)?.value;
    return typeof value === 'string' ? value : undefined;
  }

  fields(name: string): ReadonlyMap<string, string> {
    const value = this.key(name)?.value;
    return value instanceof Map ? value : NONE;
  }

  /** Sets a key; undefined or an empty hash removes it. */
  put(name: string, value: Value | undefined, untilMs?: number, isSorted = false): void {
    const atMs = this.clock.monotonic();
    this.#undo.push({ atMs, name, was: this.#keys.get(name) });
    if (this.#undo.length > 64 && (this.#undo[0]?.atMs ?? 0) < atMs - 2 * UNDO_MS) {
      this.#undo = this.#undo.filter((one) => one.atMs >= atMs - UNDO_MS);
    }
    if (value === undefined || (value instanceof Map && value.size === 0)) this.#keys.delete(name);
    else this.#keys.set(name, { value, untilMs, isSorted });
  }

  change(name: string, change: (fields: Map<string, string>) => void, isSorted = this.key(name)?.isSorted): void {
    const fields = new Map(this.fields(name));
    change(fields);
    this.put(name, fields, this.key(name)?.untilMs, isSorted);
  }

  #restore(name: string, was: Key | undefined): void {
    if (was === undefined) this.#keys.delete(name);
    else this.#keys.set(name, was);
    this.onStep?.({ kind: 'changed', name, key: was });
  }
}

const NONE: ReadonlyMap<string, string> = new Map();

const byScore = (a: readonly [string, string], b: readonly [string, string]): number =>
  Number(a[1]) - Number(b[1]) || (a[0] < b[0] ? -1 : 1);

const pairs = (args: readonly string[]): [string, string][] =>
  Array.from({ length: args.length / 2 }, (_, i) => [args[2 * i] ?? '', args[2 * i + 1] ?? '']);

function expire(store: SimulatedStore, name: string, untilMs: number): number {
  const key = store.key(name);
  if (key === undefined) return 0;
  store.put(name, untilMs <= store.nowMs ? undefined : key.value, untilMs, key.isSorted);
  return 1;
}

function removed(store: SimulatedStore, name: string, members: readonly string[]): number {
  const gone = members.filter((one) => store.fields(name).has(one));
  if (gone.length > 0) store.change(name, (fields) => gone.forEach((one) => fields.delete(one)));
  return gone.length;
}

type Given = readonly (readonly [string, string])[];

function added(store: SimulatedStore, name: string, given: Given, isSorted = false): number {
  const fresh = given.filter(([field]) => !store.fields(name).has(field)).length;
  store.change(name, (fields) => given.forEach(([field, value]) => fields.set(field, value)), isSorted);
  return fresh;
}

const COMMANDS = {
  time: ({ nowMs }) => [String(Math.floor(nowMs / 1000)), String(Math.floor((nowMs % 1000) * 1000))],
  get: (store, [name = '']) => store.text(name) ?? null,
  set(store, [name = '', value = '', px, ms]) {
    store.put(name, value, px?.toUpperCase() === 'PX' ? store.nowMs + Number(ms) : undefined);
    return 'OK';
  },
  del(store, names) {
    const there = names.filter((name) => store.key(name) !== undefined);
    for (const name of there) store.put(name, undefined);
    return there.length;
  },
  exists: (store, names) => names.filter((name) => store.key(name) !== undefined).length,
  pttl(store, [name = '']) {
    const key = store.key(name);
    if (key === undefined) return -2;
    return key.untilMs === undefined ? -1 : key.untilMs - store.nowMs;
  },
  persist(store, [name = '']) {
    const key = store.key(name);
    if (key?.untilMs === undefined) return 0;
    store.put(name, key.value, undefined, key.isSorted);
    return 1;
  },
  pexpire: (store, [name = '', ms]) => expire(store, name, store.nowMs + Number(ms)),
  pexpireat: (store, [name = '', at]) => expire(store, name, Number(at)),
  hget: (store, [name = '', field = '']) => store.fields(name).get(field) ?? null,
  hmget: (store, [name = '', ...wanted]) => wanted.map((field) => store.fields(name).get(field) ?? null),
  hgetall: (store, [name = '']) => [...store.fields(name)].flat(),
  hexists: (store, [name = '', field = '']) => Number(store.fields(name).has(field)),
  hset: (store, [name = '', ...rest]) => added(store, name, pairs(rest)),
  hsetnx(store, [name = '', field = '', value = '']) {
    return store.fields(name).has(field) ? 0 : added(store, name, [[field, value]]);
  },
  hdel: (store, [name = '', ...fields]) => removed(store, name, fields),
  zadd(store, [name = '', ...rest]) {
    return added(
      store,
      name,
      pairs(rest).map(([score, member]) => [member, score]),
      true,
    );
  },
  zrem: (store, [name = '', ...members]) => removed(store, name, members),
  zscore: (store, [name = '', member = '']) => store.fields(name).get(member) ?? null,
  zcard: (store, [name = '']) => store.fields(name).size,
  zrange(store, [name = '', from, to, withScores]) {
    if (from !== '0' || to !== '-1') throw new Error('only whole ranges');
    const all = [...store.fields(name)].sort(byScore);
    return withScores === undefined ? all.map(([member]) => member) : all.flat();
  },
  zrangebyscore(store, [name = '', , most = '', , skip, count]) {
    const all = [...store.fields(name)].filter(([, score]) => Number(score) <= Number(most)).sort(byScore);
    return all.slice(Number(skip ?? 0), count === undefined ? undefined : Number(count)).map(([member]) => member);
  },
  zrangebylex(store, [name = '', from = '-', , , , count]) {
    const start = from.slice(1);
    const after = (member: string): boolean =>
      from === '-' || (from.startsWith('(') ? member > start : member >= start);
    const members = [...store.fields(name).keys()].filter(after).sort((a, b) => (a < b ? -1 : 1));
    return members.slice(0, count === undefined ? undefined : Number(count));
  },
  zrandmember(store, [name = '', count]) {
    const members = [...store.fields(name).keys()];
    const drawn: string[] = [];
    while (drawn.length < Number(count) && members.length > 0) {
      drawn.push(...members.splice(store.rolled(members.length), 1));
    }
    return drawn;
  },
} satisfies Record<string, (store: SimulatedStore, args: readonly string[]) => unknown>;

function fromReply(reply: unknown): LuaValue {
  if (reply === null) return false;
  if (Array.isArray(reply)) return [undefined, ...reply.map((one) => fromReply(one))];
  return reply as LuaValue;
}

/** As Redis answers: an array ends at its first nil, false is null, and numbers are whole. */
function toReply(value: LuaValue): unknown {
  if (value === undefined || value === false) return null;
  if (value === true) return 1;
  if (typeof value === 'number') return Math.trunc(value);
  if (!Array.isArray(value)) return value;
  const table: LuaTable = value.slice(1);
  const end = table.indexOf(undefined);
  return (end < 0 ? table : table.slice(0, end)).map((one) => toReply(one));
}
