import { randomUUID } from 'node:crypto';
import { isShipmateError, type Clock, type Disposable, type SessionId, type Timer } from '#kernel';
import type { EventLog, EventWriter, Housekeeping, ReaperReport, WebhookQueue } from '#control';
import { EXPIRED, MOVED, type Directory } from '#directory';
import type { DirectoryWatch } from './directory-watch.js';

export interface ReaperOptions {
  readonly directory: Directory;
  readonly housekeeping: Housekeeping;
  readonly webhooks: Pick<WebhookQueue, 'runWill' | 'listWills'>;
  readonly events: Pick<EventLog, 'forgetBefore'>;
  readonly audit: Pick<EventWriter, 'note'>;
  readonly clock: Clock;
  /** How long a session may be without its host, in ms. */
  readonly hostGraceMs: number;
  /** How long events are kept, in ms. */
  readonly eventsKeptMs: number;
  /** Tells for how long this process may take no session for dead: it was cut off, and cannot know who lives. */
  readonly watch: Pick<DirectoryWatch, 'start' | 'missingMs' | 'brokenMs' | 'dispose'>;
  /** Regions with their own directory: a session of one of these has moved, and lives there. */
  readonly otherRegions: ReadonlySet<string>;
  /** Hears of each round that did something, or found something wrong. */
  readonly reaped: (report: ReaperReport) => void;
}

/** How often a round begins, and how soon after the start the first one. */
const EVERY_MS = 60_000;
const FIRST_MS = 5_000;
/** A turn outlasts a round by far; a broker that died in one keeps the others waiting for so long. */
const TURN_MS = 3 * EVERY_MS;
/** Homes and replicas end their sessions themselves when the wait is over: the reaper comes for what they left. */
const MARGIN_MS = 10_000;
/** Orphans that are asked for at once. */
const BATCH = 200;
/** Batches of orphans, and steps through the store, of one round: the rest waits for the next one. */
const MOST_BATCHES = 50;
const MOST_STEPS = 200;

/**
 * Ends sessions to which no host comes back, reports their end, and removes what crashes left in the store. Each broker has
 * one; they take turns. Joiners of a session that it ends are notified by their edges, which look the session up.
 */
export class Reaper implements Disposable {
  readonly #id = randomUUID();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(private readonly options: ReaperOptions) {}

  start(): void {
    this.options.watch.start();
    this.#timer = this.options.clock.after(FIRST_MS, () => void this.#rounds());
  }

  dispose(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.options.watch.dispose();
    this.options.housekeeping.endTurn(this.#id).catch(() => undefined);
  }

  async #rounds(): Promise<void> {
    await this.round();
    const waitMs = this.options.watch.missingMs || EVERY_MS;
    if (!this.#stopped) this.#timer = this.options.clock.after(waitMs, () => void this.#rounds());
  }

  /** One round, if it is this broker's turn. */
  async round(): Promise<ReaperReport | undefined> {
    const { clock, housekeeping, events, eventsKeptMs } = this.options;
    const faults: string[] = [];
    const tried = async <T>(what: string, work: () => Promise<T>, otherwise: T): Promise<T> => {
      try {
        return this.#stopped ? otherwise : await work();
      } catch (error) {
        // The next round will do it. Either the store is not available, or this is a bug that the log should show.
        faults.push(`${what}: ${isShipmateError(error) ? error.message : String(error)}`);
        return otherwise;
      }
    };
    if (!(await tried('turn', async () => await housekeeping.takeTurn(this.#id, TURN_MS), false))) return undefined;
    const beganAt = clock.now();
    const beganMs = clock.monotonic();
    const orphans = await tried('orphans', async () => await this.#endOrphans(), 0);
    const wills = await tried('wills', async () => await this.#runWills(), 0);
    const leftovers = await tried('leftovers', async () => await this.#sweep(), {});
    const forgotten = await tried('events', async () => await events.forgetBefore(beganAt - eventsKeptMs), 0);
    const tookMs = Math.round(clock.monotonic() - beganMs);
    const report = { by: this.#id, beganAt, tookMs, orphans, wills, leftovers, events: forgotten, faults };
    await tried('report', async () => await housekeeping.keepReport(report), undefined);
    this.#tell(report);
    return report;
  }

  async #endOrphans(): Promise<number> {
    const { directory, hostGraceMs, audit, clock, webhooks, otherRegions, watch } = this.options;
    if (watch.missingMs > 0) return 0;
    const waitMs = hostGraceMs + MARGIN_MS;
    // Nobody could come back while the directory was away.
    const ageMs = waitMs + watch.brokenMs(waitMs);
    let ended = 0;
    for (let batch = 0; batch < MOST_BATCHES && !this.#stopped; batch++) {
      const orphans = await directory.listOrphans(ageMs, BATCH);
      let endedNow = 0;
      for (const { session } of orphans) {
        const hasMoved = otherRegions.has(session.region);
        try {
          await directory.closeOrphan(session.id, session.generation, hasMoved ? MOVED : EXPIRED);
        } catch (error) {
          // Its host is back, or it no longer exists.
          if (isShipmateError(error, 'conflict') || isShipmateError(error, 'not-found')) continue;
          throw error;
        }
        endedNow += 1;
        // It continues elsewhere: only the record that it left behind here has ended.
        if (hasMoved) continue;
        audit.note('session-closed', { session: session.id, by: 'reaper' }, { why: EXPIRED });
        await webhooks.runWill(session.id, clock.now());
      }
      ended += endedNow;
      if (orphans.length < BATCH || endedNow === 0) break;
    }
    return ended;
  }

  /** Tells the end of sessions that ended while nobody was there to tell it. */
  async #runWills(): Promise<number> {
    const { webhooks, directory, clock } = this.options;
    let told = 0;
    for (let after: string | undefined, step = 0; step < MOST_STEPS; step++) {
      const { sessions, next } = await webhooks.listWills(after);
      for (const session of sessions) {
        const view = await directory.lookup(session as SessionId);
        // One that is not known may be about to be written, or written again after the directory lost it.
        if (view?.state !== 'closed' || view.session.closeReason === MOVED) continue;
        if ((await webhooks.runWill(session, Math.min(clock.now(), view.session.closedAt ?? Infinity))) > 0) told += 1;
      }
      if (next === undefined || this.#stopped) break;
      after = next;
    }
    return told;
  }

  async #sweep(): Promise<Record<string, number>> {
    const all: Record<string, number> = {};
    for (let step = 0; step < MOST_STEPS && !this.#stopped; step++) {
      const { removed, whole } = await this.options.housekeeping.sweep();
      for (const [kind, count] of Object.entries(removed)) all[kind] = (all[kind] ?? 0) + count;
      if (whole) break;
    }
    return all;
  }

  #tell(report: ReaperReport): void {
    const { orphans, wills, leftovers, faults } = report;
    if (orphans + wills + Object.keys(leftovers).length + faults.length === 0) return;
    this.options.reaped(report);
    const counts = { orphans, wills, ...leftovers };
    const details = Object.fromEntries(Object.entries(counts).map(([kind, count]) => [kind, String(count)]));
    this.options.audit.note('reaped', { by: 'reaper' }, { ...details, faults: String(faults.length) });
  }
}
