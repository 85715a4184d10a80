import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FlowRule, QuotaStore } from '#access';

/** One store and connections to it, made for each test. */
export interface QuotaStoreHarness {
  /** Another client of the same store. */
  connect(): Promise<QuotaStore>;
  advance(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

const LEASE_MS = 400;
const HOSTS = 'hosts-per-address 192.0.2.1';
const JOINERS = 'joiners-per-key SHA256:x/+ y';
const FLOW: FlowRule = { kind: 'flow', amount: 1_000, perMs: 2_000 };

/** What every `QuotaStore` must do. */
export function quotaStoreContract(name: string, make: () => Promise<QuotaStoreHarness>): void {
  describe(`${name}: the quota store's contract`, () => {
    let harness: QuotaStoreHarness;
    let one: QuotaStore;
    let two: QuotaStore;

    beforeEach(async () => {
      harness = await make();
      one = await harness.connect();
      two = await harness.connect();
    });
    afterEach(async () => {
      await harness.dispose();
    });

    const report = async (
      store: QuotaStore,
      edge: string,
      counts: Readonly<Record<string, number>>,
      { anew = false, leaseMs = LEASE_MS } = {},
    ): Promise<Record<string, number> | undefined> => {
      const sums = await store.report(edge, new Map(Object.entries(counts)), { leaseMs, anew });
      return sums === undefined ? undefined : Object.fromEntries(sums);
    };

    it('adds up what the edges have', async () => {
      expect(await report(one, 'a', { [HOSTS]: 2 }, { anew: true })).toEqual({ [HOSTS]: 2 });
      expect(await report(two, 'b', { [HOSTS]: 3, [JOINERS]: 1 }, { anew: true })).toEqual({
        [HOSTS]: 5,
        [JOINERS]: 1,
      });
      expect(await report(one, 'a', { [HOSTS]: 1 })).toEqual({ [HOSTS]: 4 });
      expect(await report(one, 'a', { [JOINERS]: 0 })).toEqual({ [JOINERS]: 1 });
      expect(await report(one, 'a', { [HOSTS]: 0 })).toEqual({ [HOSTS]: 3 });
      expect(await report(two, 'b', {})).toEqual({});
    });

    it('adds each edge once, whoever reports at whatever moment and how often', async () => {
      const edges = Array.from({ length: 8 }, (_, n) => `edge-${n}`);
      await Promise.all(
        edges.map(async (edge, n) => await report(n % 2 ? one : two, edge, {}, { anew: true, leaseMs: 60_000 })),
      );
      const counts = [5, 2, 7, 7, 1, 3];
      await Promise.all(
        edges.flatMap((edge) => counts.map(async (count) => await report(one, edge, { [HOSTS]: count }))),
      );
      expect(await report(two, 'edge-0', { [HOSTS]: 3 })).toEqual({ [HOSTS]: 8 * 3 });
    });

    it('knows no edge that has not reported all it has', async () => {
      expect(await report(one, 'a', { [HOSTS]: 2 })).toBeUndefined();
      await report(one, 'a', { [HOSTS]: 2, [JOINERS]: 4 }, { anew: true });
      expect(await report(one, 'a', { [HOSTS]: 1 }, { anew: true })).toEqual({ [HOSTS]: 1 });
      expect(await report(one, 'a', { [JOINERS]: 0 })).toEqual({ [JOINERS]: 0 });
    });

    it('forgets an edge that reports no more, and not one that does', async () => {
      await report(one, 'dead', { [HOSTS]: 2 }, { anew: true });
      await report(one, 'dead-too', { [HOSTS]: 3, [JOINERS]: 1 }, { anew: true });
      await report(two, 'b', { [HOSTS]: 1 }, { anew: true, leaseMs: 60_000 });
      await harness.advance(LEASE_MS / 2);
      expect(await report(two, 'b', { [HOSTS]: 1 }, { leaseMs: 60_000 })).toEqual({ [HOSTS]: 6 });
      await harness.advance(LEASE_MS / 2 + 50);
      // A report may clear one edge away after it has answered.
      for (let n = 0; n < 2; n++) await report(two, 'b', {}, { leaseMs: 60_000 });
      expect(await report(two, 'b', { [HOSTS]: 1, [JOINERS]: 0 }, { leaseMs: 60_000 })).toEqual({
        [HOSTS]: 1,
        [JOINERS]: 0,
      });
      expect(await report(one, 'dead', { [HOSTS]: 2 })).toBeUndefined();
    });

    it('forgets an edge that leaves', async () => {
      await report(one, 'a', { [HOSTS]: 2 }, { anew: true });
      await report(two, 'b', { [HOSTS]: 1 }, { anew: true });
      await one.leave('a');
      await one.leave('nobody');
      expect(await report(two, 'b', { [HOSTS]: 1 })).toEqual({ [HOSTS]: 1 });
      expect(await report(one, 'a', {})).toBeUndefined();
    });

    it('takes what was used out of one bucket, which fills up again', async () => {
      expect(await one.spend('bytes-per-address', 'a', FLOW, 300)).toBe(700);
      const left = await two.spend('bytes-per-address', 'a', FLOW, 500);
      expect(left).toBeGreaterThanOrEqual(200);
      expect(left).toBeLessThan(500);
      expect(await one.spend('bytes-per-address', 'b', FLOW, 1)).toBe(999);
      expect(await one.spend('bytes-per-key', 'a', FLOW, 1)).toBe(999);
      await harness.advance(2_100);
      expect(await one.spend('bytes-per-address', 'a', FLOW, 100)).toBe(900);
    });

    it('lets it fall below nothing, but not without end', async () => {
      expect(await one.spend('bytes-in-all', 'all', FLOW, 1_500)).toBe(-500);
      expect(await one.spend('bytes-in-all', 'all', FLOW, 1e12)).toBe(-1_000);
      await harness.advance(1_100);
      const left = await two.spend('bytes-in-all', 'all', FLOW, 1);
      expect(left).toBeGreaterThan(-600);
      expect(left).toBeLessThan(200);
    });
  });
}
