import { isShipmateError, type SessionId } from '#kernel';
import type { Delivery } from '#control';
import type { SeatEnding, SessionHook } from '#session';
import { GRACE_MS, type SimEdge } from './edge.js';
import type { SimHost, SimHostLink } from './host.js';
import type { SimJoiner, Typed } from './joiner.js';
import type { SimRegion, SimWorld } from './world.js';

/** What must never be, and was. */
export interface Violation {
  readonly rule: Rule;
  readonly what: string;
  readonly atMs: number;
}

export type Rule =
  | 'session-lives'
  | 'one-home'
  | 'typed-once'
  | 'frozen-says-so'
  | 'recovers'
  | 'webhooks-true'
  | 'bounded'
  | 'nothing-left'
  | 'no-fault'
  | 'same-redis';

/** A host may be away for so much less than the grace before its session may end. */
const GRACE_MARGIN_MS = 6_000;
/** How long an edge that was cut off may take to tell all regions what it has. */
const TELL_MS = 10_000;
/** How long a screen may be old without saying so: a home that stands still is known by the end of its lease. */
export const FROZEN_MS = 25_000;
/** For so long a jump of Redis' clock counts: a lease, a grace, or the wait for a host, that it made shorter or longer. */
const JUMP_LASTS_MS = 75_000;
/** The same at the home itself, where the host is asked whether it is there: 5 s, and a look a second. */
export const HALF_OPEN_MS = 6_000;
/** Timers and channels of one edge of these small worlds, and keys of one Redis. */
const MAX_TIMERS = 400;
const MAX_CHANNELS = 100;
const MAX_KEYS = 60;

/** Watches a world: what must never be is noted, and ends the run. */
export class Judge {
  readonly violations: Violation[] = [];
  readonly #hosts = new Map<string, SimHost>();
  readonly #homes = new Map<string, SimEdge>();
  readonly #told = new Map<string, string[]>();
  readonly #deliveries = new Set<string>();
  /** What happened at an edge that could not say so at once, nor know what others did. */
  readonly #late = new Set<string>();
  /** When each joiner's screen was last as the host's, or said that it is not. */
  readonly #true = new Map<SimJoiner, number>();
  /** When edges were last cut off from a Redis that others reached. */
  readonly #aloneMs = new Map<SimEdge, number>();
  /** Edges that have been cut off since others reached their Redis. */
  readonly #alone = new Set<SimEdge>();
  readonly #arrived = new Set<number>();
  /** The last key that arrived of each joiner's stay. */
  readonly #newest = new Map<string, number>();

  /** Sessions that were considered lost: an edge that was cut off for too long may still report them. */
  readonly #takenForLost = new Set<string>();
  /** The most that a failover has forgotten. */
  #forgottenMs = 0;
  /** How far Redis' clocks jumped, and when. */
  readonly #jumps: { readonly ms: number; readonly atMs: number }[] = [];

  constructor(private readonly world: SimWorld) {}

  get done(): boolean {
    return this.violations.length > 0;
  }

  hostOf(session: SessionId | string): SimHost | undefined {
    return this.#hosts.get(session);
  }

  /** The session that a host has. */
  sessionOf(host: SimHost): string | undefined {
    return [...this.#hosts].findLast(([, one]) => one === host)?.[0];
  }

  /** A host has crashed: nobody needs the session that it had. */
  restarted(host: SimHost): void {
    for (const [session, one] of this.#hosts) if (one === host) this.#hosts.delete(session);
  }

  /** A failover has forgotten the last `ms`. */
  forgot(ms: number): void {
    this.#forgottenMs = Math.max(this.#forgottenMs, ms);
  }

  /** A Redis' clock has jumped. */
  jumped(ms: number): void {
    this.#jumps.push({ ms, atMs: this.world.time.nowMs });
  }

  note(rule: Rule, what: string): void {
    this.violations.push({ rule, what, atMs: this.world.time.nowMs });
  }

  fault(what: string): void {
    this.note('bounded', what);
  }

  /** An edge says that something failed: only what is away may. */
  failed(what: string, error: unknown): void {
    this.world.trace(() => `failed: ${what}: ${String(error)}`);
    // Another build has a class of its own.
    if (isShipmateError(error) || (error instanceof Error && error.name === 'ShipmateError')) return;
    this.note('no-fault', `${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  opened(session: SessionId, link: SimHostLink): void {
    const host = this.world.hostOf(link);
    if (host === undefined) return;
    this.world.trace(() => `${host.name} has a session at ${this.world.nameOf(link.edge)}`);
    const before = this.sessionOf(host);
    if (before === session) return;
    if (before !== undefined && this.#isOwed(host)) {
      this.note('session-lives', `${host.name} came back and got another session`);
    }
    this.#hosts.set(session, host);
  }

  closed(session: SessionId, why: string, edge: SimEdge): void {
    this.world.trace(() => `${this.#name(session)} ended at ${this.world.nameOf(edge)}: ${why}`);
    this.#mayEnd(session, `an edge of ${edge.region.name} ended it (${why})`);
    const host = this.#hosts.get(session);
    // The edge has just ended its connection, too.
    const isThere = host?.wants === true && host.link?.edge === edge && host.link.open && host.link.passes;
    // Whatever others had to take it for.
    if (why === 'expired' && isThere && this.sessionOf(host) === session) {
      this.note('session-lives', `${host.name}'s session ended at its home, which has its host`);
    }
  }

  reaped(session: string): void {
    this.world.trace(() => `the reaper ended ${this.#name(session)}`);
    this.#mayEnd(session, 'the reaper ended it');
  }

  ended(joiner: SimJoiner, ending: SeatEnding): void {
    this.world.trace(() => `${joiner.name} is sent away: ${ending}`);
    if (ending !== 'lost' && ending !== 'ended' && ending !== 'closed') return;
    if (joiner.session !== this.sessionOf(joiner.host)) return;
    if (joiner.host.wants && this.#isOwed(joiner.host)) {
      this.note('session-lives', `${joiner.name} was sent away (${ending}) while ${joiner.host.name} is there`);
    }
  }

  hook({ type, session, generation }: SessionHook, edge: SimEdge): void {
    this.world.trace(
      () => `hook ${type} of ${this.#name(session)}, generation ${generation}, at ${this.world.nameOf(edge)}`,
    );
    if (type !== 'session_register') return;
    const key = `${session} ${generation}`;
    const home = this.#homes.get(key);
    if (home !== undefined && home !== edge) {
      this.note('one-home', `two edges are homes of ${this.#name(session)} in generation ${generation}`);
    }
    this.#homes.set(key, edge);
  }

  /** Something happened at an edge of which receivers are told, later if it has no Redis now. */
  made({ id }: Delivery, edge: SimEdge): void {
    if (!edge.hasRedis) this.#late.add(id);
  }

  /** A receiver of webhooks is told something; the same again is known by its id. */
  told({ id, type, lane: { session } }: Delivery): void {
    if (this.#deliveries.has(id)) return;
    this.#deliveries.add(id);
    const told = this.#told.get(session) ?? [];
    this.#told.set(session, told);
    if (type === 'session_close') {
      const host = this.#hosts.get(session);
      // Its edge was cut off for too long, and everybody else had to take it for lost.
      const isRefuted = host?.wants === true && !this.#isOwed(host);
      if (isRefuted) return;
      if (told.includes(type)) this.note('webhooks-true', `the end of ${this.#name(session)} was told twice`);
      if (host !== undefined && host.wants && this.#isOwed(host) && this.sessionOf(host) === session) {
        this.note('webhooks-true', `receivers were told that ${host.name}'s session has closed, and it lives`);
      }
    } else if (told.includes('session_close') && !this.#takenForLost.has(session) && !this.#late.has(id)) {
      this.note('webhooks-true', `${type} of ${this.#name(session)} was told after its end`);
    }
    told.push(type);
  }

  /** A key has reached a host. */
  arrived(host: SimHost, char: number): void {
    const joiner = this.world.joiners.find(({ typed }) => typed.some((one) => one.char === char));
    const key = joiner?.typed.find((one) => one.char === char);
    if (joiner === undefined || key === undefined || joiner.host !== host) {
      this.note('typed-once', `${host.name} got a key that nobody typed there`);
      return;
    }
    this.world.trace(() => `${host.name} gets key ${char & 0xffff} of ${joiner.name}`);
    if (this.#arrived.has(char)) this.note('typed-once', `a key of ${joiner.name} arrived twice`);
    this.#arrived.add(char);
    const stay = `${joiner.name} ${key.stay}`;
    const last = this.#newest.get(stay) ?? 0;
    if (char < last) this.note('typed-once', `a key of ${joiner.name} arrived after one that was typed later`);
    this.#newest.set(stay, Math.max(char, last));
  }

  /** An edge has stopped, and had time to clear away. */
  left(edge: SimEdge): void {
    const { timers } = edge.process;
    if (timers > 0) this.note('nothing-left', `an edge that stopped has ${timers} timers`);
    for (const link of new Set(edge.links.values())) {
      if (link.subscriptions > 0) this.note('nothing-left', `an edge that stopped has ${link.subscriptions} channels`);
    }
  }

  /** Looks at everything; called every second. */
  look(): void {
    const { nowMs } = this.world.time;
    for (const edge of this.world.edges) this.#isKnown(edge);
    for (const host of this.world.hosts) {
      const { link } = host;
      if (link?.works === true && link.open && this.#isKnown(link.edge)) host.servedMs = nowMs;
    }
    for (const joiner of this.world.joiners) {
      joiner.lookAround();
      this.#lookAt(joiner);
    }
    for (const edge of this.world.edges) {
      if (edge.process.paused) continue;
      if (edge.process.timers > MAX_TIMERS) this.note('bounded', `an edge has ${edge.process.timers} timers`);
      for (const { subscriptions } of edge.links.values()) {
        if (subscriptions > MAX_CHANNELS) this.note('bounded', `an edge listens to ${subscriptions} channels`);
      }
    }
  }

  /** What a Redis keeps of so few hosts and edges, at the end. */
  lookAtStore({ redis, name }: SimRegion): void {
    const { size } = redis.store;
    if (size > MAX_KEYS) this.note('bounded', `Redis of ${name} has ${size} keys at the end`);
  }

  /** What keeps the world from being whole again; undefined when nothing does. */
  get wound(): string | undefined {
    const { nowMs } = this.world.time;
    for (const edge of this.world.edges) {
      if ([...edge.links.values()].some(({ up }) => !up)) return `${this.world.nameOf(edge)} has no Redis`;
    }
    for (const host of this.world.hosts) {
      if (host.wants && (host.link?.works !== true || !host.link.open)) return `${host.name} has no session`;
      // A region with a Redis of its own knows no names of others.
      const isOneRedis = this.world.brokers.length === 1;
      if (host.wants && isOneRedis && !host.hasItsName) return `${host.name} does not have its name`;
    }
    for (const joiner of this.world.joiners) {
      const { host } = joiner;
      if (!joiner.wants || !host.wants) continue;
      if (!joiner.seated) return `${joiner.name} has no seat (${joiner.refusal ?? joiner.ending ?? 'it waits'})`;
      const shown = joiner.version;
      if (shown < host.version && nowMs - host.sinceMs(shown + 1) > 2_000) {
        return `${joiner.name} sees version ${shown} of ${host.version}: ${joiner.line(7)}`;
      }
      if (joiner.saysFrozen) return `${joiner.name} reads: ${joiner.line(7)}`;
      if (shown === host.version && joiner.line(1) !== host.lines[1]) return `${joiner.name} sees another screen`;
    }
    return undefined;
  }

  /** What was typed has arrived, or whoever typed it knows that it may not have. */
  settle(): void {
    for (const joiner of this.world.joiners) {
      const silent = silentKeys(joiner);
      const [first] = silent;
      if (first !== undefined) {
        const at = (first.atMs / 1000).toFixed(1);
        this.note(
          'typed-once',
          `${silent.length} keys of ${joiner.name} vanished without a word, the first of ${at} s`,
        );
      }
    }
  }

  /** Whether a key is still neither with its host nor reported. */
  get owesKeys(): boolean {
    return this.world.joiners.some((joiner) => silentKeys(joiner).length > 0);
  }

  #lookAt(joiner: SimJoiner): void {
    const { host, edge } = joiner;
    const { nowMs } = this.world.time;
    const isLooking = joiner.seated && joiner.reads && host.wants && edge?.process.paused === false;
    const shown = joiner.version;
    const isTrue = shown >= host.version || joiner.saysFrozen || joiner.readsMessage;
    if (!isLooking || isTrue) {
      this.#true.set(joiner, nowMs);
      return;
    }
    const since = Math.max(host.sinceMs(shown + 1), this.#true.get(joiner) ?? 0);
    const { link } = host;
    const isCurrent = joiner.session === this.sessionOf(host);
    const isAtHome = isCurrent && link !== undefined && link.open && link.edge === edge;
    const mostMs = isAtHome ? HALF_OPEN_MS : FROZEN_MS + this.#jumpedMs(-1);
    if (nowMs - since <= mostMs) return;
    this.note('frozen-says-so', `${joiner.name} sees version ${shown} of ${host.version}, and reads ${joiner.line(7)}`);
  }

  #mayEnd(session: string, how: string): void {
    const host = this.#hosts.get(session);
    if (host?.wants === true) this.#takenForLost.add(session);
    if (host === undefined || !host.wants || this.sessionOf(host) !== session || !this.#isOwed(host)) return;
    this.note('session-lives', `${host.name}'s session ended: ${how}`);
  }

  /**
   * Whether others can know that an edge lives. One that is cut off while they are not is taken for dead, and its sessions for
   * lost once the grace is over; they must be there again when it is back.
   */
  #isKnown(edge: SimEdge): boolean {
    const { edges, brokers, time } = this.world;
    const { redis } = edge.region;
    const isCutOff = (): boolean =>
      this.#alone.has(edge) || [...edges, ...brokers].some((other) => other.region.redis === redis && other.hasRedis);
    if (edge.hasRedis) this.#alone.delete(edge);
    else if (isCutOff()) {
      // Also while nobody reaches it: the others wait on afterwards, from where they were.
      this.#alone.add(edge);
      this.#aloneMs.set(edge, time.nowMs);
    }
    return time.nowMs - (this.#aloneMs.get(edge) ?? -Infinity) >= TELL_MS;
  }

  /**
   * Whether a host had its session so short a time ago that it must have it still. A failover that forgets its edge's last heartbeats
   * makes the grace shorter by as much, and so does a Redis whose clock jumps ahead: no other clock is compared.
   */
  #isOwed(host: SimHost): boolean {
    const graceMs = GRACE_MS - GRACE_MARGIN_MS - this.#forgottenMs - this.#jumpedMs(1);
    return this.world.time.nowMs - host.servedMs < graceMs;
  }

  /** How far Redis' clocks have jumped lately, in one direction. */
  #jumpedMs(direction: 1 | -1): number {
    const fromMs = this.world.time.nowMs - JUMP_LASTS_MS;
    return this.#jumps.reduce((sum, { ms, atMs }) => sum + (atMs < fromMs ? 0 : Math.max(0, direction * ms)), 0);
  }

  #name(session: string): string {
    return `${this.#hosts.get(session)?.name ?? 'somebody'}'s session`;
  }
}

/** What somebody typed that is neither with its host nor reported. */
function silentKeys({ host, typed }: SimJoiner): readonly Typed[] {
  if (!host.wants) return [];
  const got = new Set(host.received.map(({ char }) => char));
  return typed.filter(({ char, toldMs }) => !got.has(char) && toldMs === undefined);
}
