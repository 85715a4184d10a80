import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COST_LIMITS, HELD_KINDS, type HeldKind } from './cost-limits.js';
import { BEFORE_READY_LIMITS, Ledger, MODEL_LIMITS, OverLimit, PROCESS_LIMIT, type Holding } from './ledger.js';

const reachedBy = (act: () => void): string | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof OverLimit) return error.limit;
    throw error;
  }
};

describe('a ledger', () => {
  it('counts what is below each account, by kind, and gives it back when one is closed', () => {
    const ledger = new Ledger();
    const [one, other] = [ledger.open(MODEL_LIMITS), ledger.open(MODEL_LIMITS)];
    one.hold('screens').set(100);
    const history = one.hold('history');
    history.set(50);
    history.set(20);
    other.hold('screens').set(7);
    expect([ledger.total, ledger.held('screens'), ledger.held('history')]).toEqual([127, 107, 20]);
    one.close();
    history.set(1000);
    expect([ledger.total, ledger.held('screens'), ledger.held('history')]).toEqual([7, 7, 0]);
  });

  it('refuses what goes over a limit and leaves everything as it was', () => {
    const told: string[] = [];
    const ledger = new Ledger(100 * 2 ** 20, (limit) => told.push(limit));
    const host = ledger.open(BEFORE_READY_LIMITS);
    const [screen, other] = [host.hold('screens'), host.hold('history')];
    screen.set(500_000);
    expect(reachedBy(() => other.set(100_000))).toBe('host-before-ready');
    expect([host.total, other.bytes, ledger.total]).toEqual([500_000, 0, 500_000]);
    host.limitTo(MODEL_LIMITS);
    other.set(100_000);
    expect(other.trySet(COST_LIMITS['session-history'].most + 1)).toBe(false);
    expect(reachedBy(() => screen.set(101 * 2 ** 20))).toBe(PROCESS_LIMIT);
    expect(host.total).toBe(600_000);
    expect(told).toEqual(['host-before-ready', PROCESS_LIMIT]);
  });

  it('is never above its limits, and exact, whatever is set in whatever order', () => {
    const steps = fc.array(
      fc.record({
        holding: fc.nat(5),
        bytes: fc.nat(2 ** 27),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 2 ** 20, max: 2 ** 29 }), (all, most) => {
        const ledger = new Ledger(most);
        const accounts = [ledger.open(MODEL_LIMITS), ledger.open(BEFORE_READY_LIMITS)];
        const holdings: Holding[] = accounts.flatMap((account) =>
          (['screens', 'history', 'asleep'] satisfies HeldKind[]).map((kind) => account.hold(kind)),
        );
        for (const { holding, bytes } of all) holdings[holding]?.trySet(bytes);
        const sum = holdings.reduce((total, { bytes }) => total + bytes, 0);
        expect(ledger.total).toBe(sum);
        expect(ledger.total).toBeLessThanOrEqual(most);
        expect(HELD_KINDS.reduce((total, kind) => total + ledger.held(kind), 0)).toBe(sum);
        expect(accounts[0]?.held('screens')).toBeLessThanOrEqual(COST_LIMITS['session-screens'].most);
        expect(accounts[1]?.total).toBeLessThanOrEqual(COST_LIMITS['host-before-ready'].most);
      }),
    );
  });
});
