import {
  isWanted,
  MAX_EVENTS,
  MAX_LOOKED_AT,
  MAX_REFUSALS,
  REFUSED,
  type AuditEvent,
  type EventFilter,
  type EventLog,
  type EventPage,
  type FoundEvents,
  type StoredEvent,
} from '#control';
import type { Commands } from '../connection/commands.js';
import { keys } from './keys.js';

/** Entries of each stream that are read with one call where a filter may leave most of them out. */
const BATCH = 500;

/** Events on two Redis streams, which are cut at their old ends: refusals have their own, and flush out nothing else. */
export class RedisEvents implements EventLog {
  constructor(private readonly commands: Commands) {}

  async append(event: AuditEvent): Promise<void> {
    const about = JSON.stringify(event);
    const [key, most] = event.type === REFUSED ? [keys.refusals, MAX_REFUSALS] : [keys.events, MAX_EVENTS];
    await this.commands.call(key, 'xadd', key, 'MAXLEN', '~', String(most), '*', 'e', about);
  }

  async list({ before, limit, ...filter }: EventPage): Promise<FoundEvents> {
    const streams = streamsOf(filter);
    const isFiltered = Object.values(filter).some((value) => value !== undefined);
    const batch = isFiltered ? BATCH : limit;
    const found: StoredEvent[] = [];
    let next = before;
    for (let looked = 0; looked < MAX_LOOKED_AT; looked += batch) {
      const { entries, whole } = await this.#page(streams, next, batch);
      for (const entry of entries) {
        // It came later than it happened: nothing older is left.
        if (filter.from !== undefined && Number.parseInt(entry.id, 10) < filter.from)
          return { events: found, next: undefined };
        next = entry.id;
        if (entry.event !== undefined && isWanted(entry.event, filter)) found.push({ ...entry.event, id: entry.id });
        if (found.length === limit) return { events: found, next };
      }
      if (whole) return { events: found, next: undefined };
    }
    return { events: found, next };
  }

  async oldest(after: string | undefined, limit: number): Promise<readonly StoredEvent[]> {
    const found: StoredEvent[] = [];
    for (let next = after; ;) {
      const { entries, whole } = await this.#page(streamsOf({}), next, limit, 'forward');
      for (const { id, event } of entries) if (event !== undefined) found.push({ ...event, id });
      next = entries.at(-1)?.id;
      // A page of damaged entries only is not the end.
      if (found.length > 0 || whole) return found;
    }
  }

  async forgetBefore(at: number): Promise<number> {
    const cut = async (key: string): Promise<number> =>
      Number(await this.commands.call(key, 'xtrim', key, 'MINID', '~', `${Math.max(0, Math.floor(at))}-0`));
    return (await cut(keys.events)) + (await cut(keys.refusals));
  }

  /** The entries of several streams next to `from`, merged, newest first unless `forward`; `whole`: there are no more. */
  async #page(
    streams: readonly string[],
    from: string | undefined,
    count: number,
    direction: 'back' | 'forward' = 'back',
  ): Promise<{ entries: readonly Entry[]; whole: boolean }> {
    const back = direction === 'back';
    const start = from === undefined ? (back ? '+' : '-') : `(${from}`;
    const range = back ? (['xrevrange', start, '-'] as const) : (['xrange', start, '+'] as const);
    const [command, ...ends] = range;
    const pages = await Promise.all(
      streams.map(async (key) => {
        const reply = await this.commands.call(key, command, key, ...ends, 'COUNT', String(count));
        return Array.isArray(reply) ? (reply as unknown[]).map(readEntry) : [];
      }),
    );
    const all = pages.flat().sort((a, b) => (back ? compareIds(b.id, a.id) : compareIds(a.id, b.id)));
    let end = Math.min(count, all.length);
    // Two streams may have given one id: a page must not end between the two, for the next one begins after both.
    while (end < all.length && all[end]?.id === all[end - 1]?.id) end += 1;
    return { entries: all.slice(0, end), whole: end === all.length && pages.every((page) => page.length < count) };
  }
}

/** An entry; its event is missing if it is damaged, so that one entry does not hide all others. */
interface Entry {
  readonly id: string;
  readonly event: AuditEvent | undefined;
}

function streamsOf({ type }: EventFilter): readonly string[] {
  if (type === undefined) return [keys.events, keys.refusals];
  return [type === REFUSED ? keys.refusals : keys.events];
}

/** `[id, ['e', JSON]]` */
function readEntry(entry: unknown): Entry {
  const [id, fields]: unknown[] = Array.isArray(entry) ? entry : [];
  const text: unknown = Array.isArray(fields) ? fields[1] : undefined;
  return { id: String(id), event: typeof text === 'string' ? readEvent(text) : undefined };
}

function readEvent(text: string): AuditEvent | undefined {
  try {
    return JSON.parse(text) as AuditEvent;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function compareIds(one: string, other: string): number {
  const [ms = 0, count = 0] = one.split('-').map(Number);
  const [otherMs = 0, otherCount = 0] = other.split('-').map(Number);
  return ms - otherMs || count - otherCount;
}
