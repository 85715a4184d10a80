import type { Clock, SessionId } from '#kernel';
import type { Housekeeping, ReaperReport, SweepStep } from '#control';
import type { Commands } from '../connection/commands.js';
import { keys } from './keys.js';
import { readNameValue } from '../connection/name-value.js';
import { strings } from './redis-edges.js';
import { DROP_LEFTOVER, END_TURN, TAKE_TURN } from '../scripts/reaper.lua.js';
import { Stale } from './stale.js';
import type { Node } from '../topology/topology.js';

/** Keys that one SCAN reads: Redis does nothing else meanwhile, for about 0.1 ms. */
const SCANNED = 200;
const TOKEN = 'shipmate:token:';
const NAME = 'shipmate:name:';

/** The order of a sweep: keys of every master, then the two lists. */
type Phase = 'keys' | 'sessions' | 'names';

/** Finds what a crash between two writes can leave behind: tokens and names that lead nowhere, and entries of lists. */
export class RedisHousekeeping implements Housekeeping {
  readonly #stale: Stale;
  #phase: Phase = 'keys';
  /** Masters whose keys must still be scanned, and the position in the first one. */
  #nodes: readonly Node[] | undefined;
  #cursor = '0';
  #after: string | undefined;

  constructor(
    private readonly commands: Commands,
    clock: Clock,
  ) {
    this.#stale = new Stale(clock);
  }

  async takeTurn(holder: string, forMs: number): Promise<boolean> {
    return (await this.commands.run(TAKE_TURN, [keys.reaper.turn], holder, String(forMs))) === 1;
  }

  async endTurn(holder: string): Promise<void> {
    await this.commands.run(END_TURN, [keys.reaper.turn], holder);
  }

  async keepReport(report: ReaperReport): Promise<void> {
    await this.commands.call(keys.reaper.report, 'set', keys.reaper.report, JSON.stringify(report));
  }

  async lastReport(): Promise<ReaperReport | undefined> {
    const text = await this.commands.call(keys.reaper.report, 'get', keys.reaper.report);
    return typeof text === 'string' ? (JSON.parse(text) as ReaperReport) : undefined;
  }

  async sweep(): Promise<SweepStep> {
    switch (this.#phase) {
      case 'keys':
        return await this.#sweepKeys();
      case 'sessions':
        return await this.#sweepList(
          keys.sessions,
          'listed-session',
          async (id) => this.#isSession(id as SessionId),
          'names',
        );
      case 'names':
        return await this.#sweepList(keys.names, 'listed-name', async (name) => this.#exists(keys.name(name)), 'keys');
    }
  }

  async #sweepKeys(): Promise<SweepStep> {
    const [node, ...rest] = (this.#nodes ??= this.commands.topology.nodes);
    if (node === undefined) return this.#next('sessions');
    const reply = await node.commands.call('scan', this.#cursor, 'MATCH', 'shipmate:*', 'COUNT', String(SCANNED));
    const [cursor, found]: unknown[] = Array.isArray(reply) ? reply : [];
    const removed: Record<string, number> = {};
    const look = async (key: string): Promise<void> => {
      const kind = key.startsWith(TOKEN) ? 'token' : key.startsWith(NAME) ? 'name' : undefined;
      if (kind !== undefined && (await this.#dropped(kind, key))) removed[kind] = (removed[kind] ?? 0) + 1;
    };
    await Promise.all(strings(found).map(look));
    this.#cursor = typeof cursor === 'string' ? cursor : '0';
    if (this.#cursor !== '0') return { removed, whole: false };
    this.#nodes = rest;
    return rest.length > 0 ? { removed, whole: false } : this.#next('sessions', removed);
  }

  /** Removes a token or name that has no TTL and does not lead to a session that has it. */
  async #dropped(kind: 'token' | 'name', key: string): Promise<boolean> {
    const value = await this.commands.call(key, 'get', key);
    if (typeof value !== 'string' || (await this.#leadsSomewhere(kind, key, value))) {
      this.#stale.there(key);
      return false;
    }
    if (!this.#stale.missing(key)) return false;
    return (await this.commands.run(DROP_LEFTOVER, [key], value)) === 1;
  }

  async #leadsSomewhere(kind: 'token' | 'name', key: string, value: string): Promise<boolean> {
    if (kind === 'name') {
      const held = readNameValue(key.slice(NAME.length), value);
      return held !== undefined && (await this.#isSession(held.holder.sessionId));
    }
    const role = value.startsWith('w:') ? 'writer' : 'reader';
    const session = keys.session(value.slice(2) as SessionId);
    return (await this.commands.call(session, 'hget', session, role)) === key.slice(TOKEN.length);
  }

  async #sweepList(
    list: string,
    kind: string,
    isThere: (member: string) => Promise<boolean>,
    next: Phase,
  ): Promise<SweepStep> {
    const from = this.#after === undefined ? '-' : `(${this.#after}`;
    const range = ['zrangebylex', list, from, '+', 'LIMIT', '0', String(SCANNED)] as const;
    const members = strings(await this.commands.call(list, ...range));
    const there = await Promise.all(members.map(isThere));
    const gone = members.filter((member, i) => {
      if (there[i] !== true) return this.#stale.missing(`${list}:${member}`);
      this.#stale.there(`${list}:${member}`);
      return false;
    });
    for (const member of gone) await this.commands.call(list, 'zrem', list, member);
    const removed = gone.length > 0 ? { [kind]: gone.length } : {};
    this.#after = members.at(-1);
    return members.length < SCANNED ? this.#next(next, removed) : { removed, whole: false };
  }

  #next(phase: Phase, removed: Record<string, number> = {}): SweepStep {
    this.#phase = phase;
    this.#nodes = undefined;
    this.#cursor = '0';
    this.#after = undefined;
    return { removed, whole: phase === 'keys' };
  }

  async #isSession(id: SessionId): Promise<boolean> {
    const key = keys.session(id);
    const [generation]: unknown[] = (await this.commands.call(key, 'hmget', key, 'generation')) as unknown[];
    return typeof generation === 'string';
  }

  async #exists(key: string): Promise<boolean> {
    return typeof (await this.commands.call(key, 'get', key)) === 'string';
  }
}
