import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isEventId, type AuditEvent, type EventLog } from '#control';

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
      const events = await one.list({ limit: 10 });
      expect(events.map(({ type }) => type)).toEqual(['second', 'first']);
      expect(events).toMatchObject([event('second'), event('first')]);
      for (const { id } of events) expect(isEventId(id)).toBe(true);
    });

    it('goes back page by page, and an event that comes meanwhile shifts nothing', async () => {
      for (let i = 0; i < 5; i++) await one.append(event(`e${i}`));
      const first = await one.list({ limit: 2 });
      await two.append(event('late'));
      const second = await one.list({ limit: 2, before: first.at(-1)?.id });
      const third = await one.list({ limit: 2, before: second.at(-1)?.id });
      expect([...first, ...second, ...third].map(({ type }) => type)).toEqual(['e4', 'e3', 'e2', 'e1', 'e0']);
      expect(await one.list({ limit: 2, before: third.at(-1)?.id })).toEqual([]);
    });

    it('is empty at first', async () => {
      expect(await one.list({ limit: 1 })).toEqual([]);
    });
  });
}
