import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isEventId, type Delivery, type HookKind, type TakeOptions, type WebhookQueue } from '#control';
import { until } from '../until.js';

/** What the contract suite of a `WebhookQueue` needs. */
export interface WebhooksHarness {
  connect(): Promise<WebhookQueue>;
  /** Lets time pass. */
  advance(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

const GROUP = 'a-receiver-00000';
const OTHER = 'another-00000000';
/** Long enough that no slow machine sees it end. */
const LONG_MS = 60_000;
const SHORT_MS = 40;

function delivery(id: string, session = 's1', group = GROUP, kind: HookKind = 'fleet'): Delivery {
  return { lane: { kind, group, session }, id, type: 'session_join', at: 1_000, sealed: `sealed ${id}` };
}

let claims = 0;
const options = (patch: Partial<TakeOptions> = {}): TakeOptions => {
  claims += 1;
  return { claim: `claim-${claims}`, count: 10, perGroup: 10, busy: new Map(), claimMs: LONG_MS, ...patch };
};

/** What every `WebhookQueue` must do. */
export function webhooksContract(name: string, make: () => Promise<WebhooksHarness>): void {
  describe(`${name}: the contract of the queue of webhooks`, () => {
    let harness: WebhooksHarness;
    let one: WebhookQueue;
    let two: WebhookQueue;

    beforeEach(async () => {
      harness = await make();
      [one, two] = [await harness.connect(), await harness.connect()];
    });
    afterEach(async () => {
      await harness.dispose();
    });

    const ids = (list: readonly { delivery: Delivery }[]): string[] => list.map((each) => each.delivery.id);
    const takeOne = async (queue: WebhookQueue, patch: Partial<TakeOptions> = {}) => {
      const [taken] = (await queue.take('fleet', options(patch))).taken;
      if (taken === undefined) throw new Error('nothing was due');
      return taken;
    };

    it('gives a delivery as it was appended, once, and forgets it when it is settled', async () => {
      expect(await one.append(delivery('a'))).toBe(true);
      const taken = await takeOne(two);
      expect(taken).toMatchObject({ delivery: delivery('a'), tries: 0 });
      expect((await one.take('fleet', options())).taken).toEqual([]);
      expect(await two.settle(taken)).toBe(true);
      expect(await one.waiting()).toEqual({ lanes: 0, dead: 0 });
      expect(await two.settle(taken)).toBe(false);
    });

    it('keeps the order of a lane: the second comes when the first is settled', async () => {
      for (const id of ['a', 'b', 'c']) await one.append(delivery(id));
      const seen: string[] = [];
      for (let i = 0; i < 3; i++) {
        const taken = await takeOne(i % 2 === 0 ? one : two);
        seen.push(taken.delivery.id);
        expect((await two.take('fleet', options())).taken).toEqual([]);
        await one.settle(taken);
      }
      expect(seen).toEqual(['a', 'b', 'c']);
    });

    it('holds a lane back while its first is to be tried again, and no other', async () => {
      for (const id of ['a', 'b']) await one.append(delivery(id));
      await one.append(delivery('x', 's2'));
      const [first, other] = (await one.take('fleet', options())).taken;
      if (first === undefined || other === undefined) throw new Error('two lanes are due');
      expect(ids([first, other])).toEqual(['a', 'x']);
      expect(await one.postpone(first, SHORT_MS)).toBe(true);
      expect(await two.settle(other)).toBe(true);
      await harness.advance(SHORT_MS);
      const again = await takeOne(two);
      expect(again).toMatchObject({ delivery: { id: 'a' }, tries: 1 });
      expect(again.ageMs).toBeGreaterThanOrEqual(SHORT_MS);
      await two.settle(again);
      expect(await takeOne(one)).toMatchObject({ delivery: { id: 'b' }, tries: 0 });
    });

    it('does not give what is to wait before its time', async () => {
      await one.append(delivery('a'));
      await one.postpone(await takeOne(one), LONG_MS);
      await harness.advance(SHORT_MS);
      expect((await two.take('fleet', options())).taken).toEqual([]);
    });

    it('gives again what a taker did not settle in time, and takes nothing from that one any more', async () => {
      await one.append(delivery('a'));
      const late = await takeOne(one, { claimMs: SHORT_MS });
      await harness.advance(SHORT_MS + 5);
      const again = await takeOne(two);
      expect(again).toMatchObject({ delivery: { id: 'a' }, tries: 1 });
      expect(await one.settle(late)).toBe(false);
      expect(await one.postpone(late, LONG_MS)).toBe(false);
      expect(await one.bury(late, 'late')).toBe(false);
      expect(await two.settle(again)).toBe(true);
    });

    it('gives each group no more than its share, so that a slow one hides nobody', async () => {
      for (let i = 0; i < 5; i++) await one.append(delivery(`slow-${i}`, `s${i}`));
      await one.append(delivery('quick', 's1', OTHER));
      const taken = (await one.take('fleet', options({ perGroup: 2, count: 3 }))).taken;
      expect(ids(taken).sort()).toEqual(['quick', 'slow-0', 'slow-1'].sort());
      const busy = new Map([[GROUP, 2]]);
      expect((await two.take('fleet', options({ perGroup: 2, busy }))).taken).toEqual([]);
      await two.append(delivery('more', 's9', OTHER));
      expect(ids((await two.take('fleet', options({ perGroup: 2, count: 1, busy }))).taken)).toEqual(['more']);
    });

    it('says when the next lane is due, those included that are somebody’s', async () => {
      expect(await one.take('fleet', options())).toEqual({ taken: [], nextMs: undefined });
      await one.append(delivery('a'));
      await one.append(delivery('b', 's2'));
      const { taken, nextMs } = await one.take('fleet', options({ count: 1, claimMs: LONG_MS }));
      expect(taken).toHaveLength(1);
      expect(nextMs).toBeLessThanOrEqual(0);
      const [rest] = (await two.take('fleet', options({ claimMs: LONG_MS }))).taken;
      if (rest === undefined) throw new Error('nothing was due');
      await two.postpone(rest, LONG_MS / 2);
      const waiting = await one.take('fleet', options());
      expect(waiting.taken).toEqual([]);
      expect(waiting.nextMs).toBeGreaterThan(LONG_MS / 2 - 10_000);
      expect(waiting.nextMs).toBeLessThanOrEqual(LONG_MS / 2);
      expect(await one.take('session', options())).toEqual({ taken: [], nextMs: undefined });
    });

    it('calls who listens when a lane becomes due, until they do not want it', async () => {
      const heard: string[] = [];
      const listening = await two.onDue((kind) => void heard.push(kind));
      await one.append(delivery('a'));
      await one.append(delivery('own', 's1', GROUP, 'session'));
      await until(() => heard.length === 2, { what: 'both to be heard' });
      // A delivery behind another one is found when that one is finished.
      await one.append(delivery('b'));
      await one.setWill('s9', [delivery('end', 's9')], 1);
      await one.runWill('s9', 1);
      await until(() => heard.length === 3, { what: 'the will to be heard' });
      expect(heard).toEqual(['fleet', 'session', 'fleet']);
      await one.bury(await takeOne(one, { count: 1 }), 'gone');
      for (let n = 0; n < 2; n++) await one.settle(await takeOne(one, { count: 1 }));
      const [dead] = await one.listDead({ limit: 1 });
      await one.revive(dead?.entry ?? '');
      await until(() => heard.length === 4, { what: 'the revived one to be heard' });
      listening.dispose();
      await one.append(delivery('x', 's7'));
      expect(await takeOne(two)).toBeDefined();
      expect(heard).toHaveLength(4);
    });

    it('keeps the kinds apart', async () => {
      await one.append(delivery('own', 's1', GROUP, 'session'));
      expect((await one.take('fleet', options())).taken).toEqual([]);
      const [taken] = (await one.take('session', options())).taken;
      expect(taken?.delivery).toEqual(delivery('own', 's1', GROUP, 'session'));
    });

    it('lists receivers that something waits for, the one first that is due first', async () => {
      for (const id of ['a', 'b']) await one.append(delivery(id));
      await one.append(delivery('c', 's2'));
      await one.append(delivery('x', 's1', OTHER));
      await one.append(delivery('own', 's1', OTHER, 'session'));
      for (const taken of (await one.take('fleet', options())).taken) {
        const isOther = taken.delivery.lane.group === OTHER;
        await one.postpone(taken, isOther ? LONG_MS / 2 : LONG_MS);
      }
      const [first, second, ...rest] = await two.listReceivers('fleet', 10);
      expect(rest).toEqual([]);
      expect(first).toMatchObject({ lanes: 1, tries: 1, next: delivery('x', 's1', OTHER) });
      expect(first?.dueMs).toBeGreaterThan(0);
      expect(second).toMatchObject({ lanes: 2, tries: 1 });
      expect(['a', 'c']).toContain(second?.next.id);
      expect(second?.dueMs).toBeGreaterThan(LONG_MS / 2);
      expect(await two.listReceivers('fleet', 1)).toHaveLength(1);
      expect(await two.listReceivers('session', 10)).toMatchObject([{ lanes: 1, tries: 0, next: { id: 'own' } }]);
    });

    it('remembers the dead, newest first, and goes on with what was behind them', async () => {
      for (const id of ['a', 'b', 'c']) await one.append(delivery(id));
      await one.bury(await takeOne(one), 'it was refused');
      await one.bury(await takeOne(two), 'gone');
      const [newest, ...rest] = await two.listDead({ limit: 10 });
      expect(newest).toMatchObject({ delivery: delivery('b'), why: 'gone', tries: 1 });
      expect(isEventId(newest?.entry ?? '')).toBe(true);
      expect(await two.listDead({ limit: 10, before: newest?.entry })).toEqual(rest);
      expect(ids(rest)).toEqual(['a']);
      expect(await one.waiting()).toEqual({ lanes: 1, dead: 2 });
      expect(await takeOne(two)).toMatchObject({ delivery: { id: 'c' } });
    });

    it('revives a dead one at the end of its lane, or drops it, each once', async () => {
      for (const id of ['a', 'b', 'c']) await one.append(delivery(id));
      await one.bury(await takeOne(one), 'gone');
      await one.bury(await takeOne(one), 'gone');
      const [b, a] = await two.listDead({ limit: 10 });
      expect(await two.revive(a?.entry ?? '')).toBe(true);
      expect(await two.revive(a?.entry ?? '')).toBe(false);
      expect(await one.dropDead(b?.entry ?? '')).toBe(true);
      expect(await one.dropDead(b?.entry ?? '')).toBe(false);
      await one.settle(await takeOne(one));
      expect(await takeOne(one)).toMatchObject({ delivery: delivery('a'), tries: 0 });
      expect(await one.listDead({ limit: 10 })).toEqual([]);
    });

    it("keeps a newer home's will from an older one, which may neither replace nor run it", async () => {
      await one.setWill('s1', [delivery('new')], 3);
      expect(await two.setWill('s1', [delivery('old')], 2)).toBe(true);
      expect(await two.runWill('s1', 7_000, 2)).toBe(0);
      expect((await one.listWills(undefined)).sessions).toEqual(['s1']);
      expect(await one.runWill('s1', 8_000, 3)).toBe(1);
      expect((await takeOne(one)).delivery).toEqual({ ...delivery('new'), at: 8_000 });
    });

    it('runs a will once, behind what its lanes have', async () => {
      await one.append(delivery('a'));
      expect(await one.setWill('s1', [delivery('old')], 1)).toBe(true);
      expect(await one.setWill('s1', [delivery('end'), delivery('own', 's1', OTHER, 'session')], 1)).toBe(true);
      expect((await two.listWills(undefined)).sessions).toEqual(['s1']);
      expect(await two.runWill('s1', 7_000)).toBe(2);
      expect(await one.runWill('s1', 8_000)).toBe(0);
      expect((await two.listWills(undefined)).sessions).toEqual([]);
      await one.settle(await takeOne(one));
      expect((await takeOne(one)).delivery).toEqual({ ...delivery('end'), at: 7_000 });
      const [own] = (await one.take('session', options())).taken;
      expect(own?.delivery).toMatchObject({ id: 'own', at: 7_000 });
    });
  });
}
