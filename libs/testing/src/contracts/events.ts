import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isEventId, REFUSED, type AuditEvent, type EventLog } from '#control';

/** What the contract suite of an `EventLog` needs. */
export interface EventsHarness {
  connect(): Promise<EventLog>;
  dispose(): Promise<void>;
}

const event = (type: string): AuditEvent => ({ at: 1_000, type, session: 's', by: 'admin', details: { why: 'ä "x"' } });

/** What every `EventLog` must do. */
export function eventsContract(name: string, make: () => Promise<EventsHarness>): void {
  describe(`${name}: the event log's contract`, () => {
    let harness: EventsHarness;
    let one: EventLog;
    let two: EventLog;

    beforeEach(async () => {
      harness = await make();
      [one, two] = [await harness.connect(), await harness.connect()];
    });
    afterEach(async () => {
      await harness.dispose();
    });

    it('tells the newest first, whoever wrote it, just as it was written', async () => {
      await one.append(event('first'));
      await two.append(event('second'));
      const { events } = await one.list({ limit: 10 });
      expect(events.map(({ type }) => type)).toEqual(['second', 'first']);
      expect(events).toMatchObject([event('second'), event('first')]);
      for (const { id } of events) expect(isEventId(id)).toBe(true);
    });

    it('goes back page by page, and an event that comes meanwhile shifts nothing', async () => {
      for (let i = 0; i < 5; i++) await one.append(event(`e${i}`));
      const first = (await one.list({ limit: 2 })).events;
      await two.append(event('late'));
      const second = (await one.list({ limit: 2, before: first.at(-1)?.id })).events;
      const third = (await one.list({ limit: 2, before: second.at(-1)?.id })).events;
      expect([...first, ...second, ...third].map(({ type }) => type)).toEqual(['e4', 'e3', 'e2', 'e1', 'e0']);
      expect(await one.list({ limit: 2, before: third.at(-1)?.id })).toEqual({ events: [], next: undefined });
    });

    it('finds by type, session, user and time, page by page', async () => {
      const start = Date.now();
      const make = (type: string, patch: Partial<AuditEvent>): AuditEvent => ({ ...event(type), at: start, ...patch });
      await one.append(make('joined', { session: 'a' }));
      await one.append(make('key-added', { by: 'user:ada' }));
      await one.append(make('user-added', { by: 'admin', details: { user: 'ada' } }));
      await one.append(make(REFUSED, { session: 'a' }));
      await one.append(make('joined', { session: 'b', at: start + 3_600_000 }));
      // Refusals are stored separately: their order among others of the same millisecond is undefined, so they come first here.
      const types = async (filter: object): Promise<string[]> => {
        const found = (await two.list({ limit: 10, ...filter })).events.map(({ type }) => type);
        return [...found.filter((type) => type === REFUSED), ...found.filter((type) => type !== REFUSED)];
      };
      expect(await types({})).toEqual([REFUSED, 'joined', 'user-added', 'key-added', 'joined']);
      expect(await types({ type: 'joined' })).toEqual(['joined', 'joined']);
      expect(await types({ type: REFUSED })).toEqual([REFUSED]);
      expect(await types({ session: 'a' })).toEqual([REFUSED, 'joined']);
      expect(await types({ user: 'ada' })).toEqual(['user-added', 'key-added']);
      expect(await types({ until: start })).toEqual([REFUSED, 'user-added', 'key-added', 'joined']);
      expect(await types({ from: start - 1_000, until: start - 1 })).toEqual([]);
      const { events, next } = await one.list({ type: 'joined', limit: 1 });
      expect(events).toMatchObject([{ session: 'b' }]);
      expect((await one.list({ type: 'joined', limit: 1, before: next })).events).toMatchObject([{ session: 'a' }]);
    });

    it('goes forward from the oldest, and misses none of either list', async () => {
      for (const type of ['a', REFUSED, 'b', REFUSED, 'c']) await one.append(event(type));
      const found: string[] = [];
      for (let after: string | undefined; ;) {
        const events = await two.oldest(after, 2);
        after = events.at(-1)?.id;
        if (after === undefined) break;
        found.push(...events.map(({ type }) => type));
      }
      expect(found.filter((type) => type !== REFUSED)).toEqual(['a', 'b', 'c']);
      expect(found).toHaveLength(5);
    });

    it('keeps the place of an event in its chain as it is', async () => {
      const chain = { id: 'A'.repeat(16), number: 2, before: 'b', beforeAt: 999, signature: 's' };
      await one.append({ ...event('joined'), chain });
      expect(await two.oldest(undefined, 10)).toMatchObject([{ ...event('joined'), chain }]);
    });

    it('forgets what is older than it may be', async () => {
      await one.append(event('old'));
      await one.append(event(REFUSED));
      await one.forgetBefore(Date.now() + 60_000);
      // A stream is cut by whole blocks: some of the old may stay, never the new be lost.
      await one.append(event('new'));
      expect((await one.list({ limit: 10 })).events.map(({ type }) => type)).toContain('new');
    });

    it('is empty at first', async () => {
      expect(await one.list({ limit: 1 })).toEqual({ events: [], next: undefined });
    });
  });
}
