import type { Disposable } from '#kernel';
import type { Bus } from '#relay';
import {
  HOOK_KINDS,
  MAX_DEAD,
  MAX_IN_LANE,
  MAX_LANES,
  MAX_WILLS,
  type DeadDelivery,
  type Delivery,
  type Due,
  type HookKind,
  type TakeOptions,
  type Taken,
  type WaitingDeliveries,
  type WaitingReceiver,
  type WebhookQueue,
} from '#control';
import type { Commands } from '../connection/commands.js';
import { DUE_CHANNEL, keys } from './keys.js';
import { strings } from './redis-edges.js';
import type { Script } from '../connection/script.js';
import {
  APPEND_HOOK,
  BURY_HOOK,
  LIST_RECEIVERS,
  POSTPONE_HOOK,
  REVIVE_HOOK,
  RUN_WILL,
  SET_WILL,
  SETTLE_HOOK,
  TAKE_HOOKS,
} from '../scripts/webhooks.lua.js';
import { readHash } from './session-fields.js';

const { state, dead, wills } = keys.webhooks;
/** Wills that are looked at with one call. */
const WILLS = 500;

/** The queue of webhooks on Redis: a stream a lane, all in one slot, each step one script. */
export class RedisWebhooks implements WebhookQueue {
  constructor(
    private readonly commands: Commands,
    private readonly bus: Bus,
  ) {}

  async append({ lane, id, type, at, sealed }: Delivery): Promise<boolean> {
    const about = [lane.kind, lane.group, lane.session, id, type, String(at), sealed];
    return (await this.#run(APPEND_HOOK, lane.kind, ...about, String(MAX_IN_LANE), String(MAX_LANES))) === 1;
  }

  async setWill(session: string, deliveries: readonly Delivery[], generation: number): Promise<boolean> {
    const will = JSON.stringify(deliveries.map((delivery) => ({ ...delivery, generation })));
    return (await this.#run(SET_WILL, 'fleet', session, will, String(MAX_WILLS), String(generation))) === 1;
  }

  async runWill(session: string, at: number, generation?: number): Promise<number> {
    const limits = [String(MAX_IN_LANE), String(MAX_LANES), generation === undefined ? '' : String(generation)];
    return Number(await this.#run(RUN_WILL, 'fleet', session, String(at), ...limits));
  }

  async listWills(after: string | undefined): Promise<{ sessions: readonly string[]; next?: string }> {
    const reply = await this.commands.call(wills, 'hscan', wills, after ?? '0', 'COUNT', String(WILLS));
    const [next, fields] = Array.isArray(reply) ? (reply as unknown[]) : [];
    const sessions = strings(fields).filter((_, i) => i % 2 === 0);
    return { sessions, ...(typeof next === 'string' && next !== '0' && { next }) };
  }

  async take(kind: HookKind, { claim, count, perGroup, busy, claimMs }: TakeOptions): Promise<Due> {
    const limits = [claimMs, count, perGroup].map(String);
    const under = [...busy].flatMap(([group, number]) => [group, String(number)]);
    const reply = await this.#run(TAKE_HOOKS, kind, kind, claim, ...limits, ...under);
    const [found, next]: unknown[] = Array.isArray(reply) ? reply : [];
    const taken = Array.isArray(found) ? (found as unknown[]).flatMap((one) => readTaken(kind, claim, one) ?? []) : [];
    return { taken, nextMs: typeof next === 'string' && next !== '' ? Number(next) : undefined };
  }

  async onDue(listener: (kind: HookKind) => void): Promise<Disposable> {
    return await this.bus.subscribe(DUE_CHANNEL, {
      message(bytes) {
        const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
        for (const kind of HOOK_KINDS) if (text === kind) listener(kind);
      },
      interrupted: () => HOOK_KINDS.forEach(listener),
    });
  }

  async settle(taken: Taken): Promise<boolean> {
    return await this.#close(SETTLE_HOOK, taken);
  }

  async postpone(taken: Taken, waitMs: number): Promise<boolean> {
    return await this.#close(POSTPONE_HOOK, taken, String(Math.ceil(waitMs)));
  }

  async bury(taken: Taken, why: string): Promise<boolean> {
    return await this.#close(BURY_HOOK, taken, why, String(MAX_DEAD));
  }

  async listDead({ before, limit }: { before?: string | undefined; limit: number }): Promise<readonly DeadDelivery[]> {
    const from = before === undefined ? '+' : `(${before}`;
    const reply = await this.commands.call(dead, 'xrevrange', dead, from, '-', 'COUNT', String(limit));
    return Array.isArray(reply) ? (reply as unknown[]).flatMap((entry) => readDead(entry) ?? []) : [];
  }

  async revive(entry: string): Promise<boolean> {
    return (await this.#run(REVIVE_HOOK, 'fleet', entry, String(MAX_IN_LANE), String(MAX_LANES))) === 1;
  }

  async dropDead(entry: string): Promise<boolean> {
    return (await this.commands.call(dead, 'xdel', dead, entry)) === 1;
  }

  async waiting(): Promise<WaitingDeliveries> {
    const [lanes, buried] = await Promise.all([
      this.commands.call(state, 'hlen', state),
      this.commands.call(dead, 'xlen', dead),
    ]);
    return { lanes: Number(lanes), dead: Number(buried) };
  }

  async listReceivers(kind: HookKind, limit: number): Promise<readonly WaitingReceiver[]> {
    const reply = await this.#run(LIST_RECEIVERS, kind, kind, String(limit));
    return Array.isArray(reply) ? (reply as unknown[]).flatMap((one) => readReceiver(kind, one) ?? []) : [];
  }

  async #close(script: Script, { delivery, claim, entry }: Taken, ...rest: readonly string[]): Promise<boolean> {
    const { kind, group, session } = delivery.lane;
    return (await this.#run(script, kind, kind, group, session, claim, entry, ...rest)) === 1;
  }

  async #run(script: Script, kind: HookKind, ...args: readonly string[]): Promise<unknown> {
    return await this.commands.run(script, [keys.webhooks.groups(kind), state, dead, wills], ...args);
  }
}

function readTaken(kind: HookKind, claim: string, reply: unknown): Taken | undefined {
  const [group, session, entry, tries, age, about]: unknown[] = Array.isArray(reply) ? reply : [];
  if (typeof group !== 'string' || typeof session !== 'string' || typeof entry !== 'string') return undefined;
  const delivery = { lane: { kind, group, session }, ...readFields(readHash(about)) };
  return { delivery, claim, entry, tries: Number(tries), ageMs: Number(age) };
}

function readReceiver(kind: HookKind, reply: unknown): WaitingReceiver | undefined {
  const [group, lanes, due, session, tries, about]: unknown[] = Array.isArray(reply) ? reply : [];
  if (typeof group !== 'string' || typeof session !== 'string') return undefined;
  const next = { lane: { kind, group, session }, ...readFields(readHash(about)) };
  return { lanes: Number(lanes), next, tries: Number(tries), dueMs: Number(due) };
}

function readDead(reply: unknown): DeadDelivery | undefined {
  const [entry, about]: unknown[] = Array.isArray(reply) ? reply : [];
  if (typeof entry !== 'string') return undefined;
  const fields = readHash(about);
  const lane = {
    kind: fields.get('k') as HookKind,
    group: fields.get('g') ?? '',
    session: fields.get('n') ?? '',
  };
  const delivery = { lane, ...readFields(fields) };
  const diedAt = Number.parseInt(entry, 10);
  return { entry, delivery, diedAt, why: fields.get('w') ?? '', tries: Number(fields.get('c')) };
}

const readFields = (fields: ReadonlyMap<string, string>): Omit<Delivery, 'lane'> => ({
  id: fields.get('i') ?? '',
  type: fields.get('t') ?? '',
  at: Number(fields.get('a')),
  sealed: fields.get('s') ?? '',
});
