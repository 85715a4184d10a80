import { HELD_KINDS, Ledger, Work, WORK_KINDS, type Clock } from '#kernel';
import { addressKey, AddressRanges } from '#address';
import type { EdgeDeps } from '#fleet';
import type { Config, Metrics } from '#platform';
import { SHARED_RANGES } from '#ssh';
import { MemoryWatch } from './memory-watch.js';
import type { TurnedAway } from './turned-away.js';

/** What hosts and joiners cost an edge's process, and whether it has room for more. */
export interface Costs extends Pick<EdgeDeps, 'hasRoom'> {
  readonly ledger: Ledger;
}

/** Counts memory, and exports it as metrics. */
export function edgeCosts({ memoryHigh }: Pick<Config, 'memoryHigh'>, metrics: Metrics): Costs {
  const watch = new MemoryWatch(memoryHigh);
  const ledger = new Ledger(watch.countable, (limit) => metrics.turnedAway.add({ limit }));
  metrics.memoryHigh.set({}, watch.high);
  metrics.onScrape(() => {
    metrics.memoryUsed.set({}, watch.ratio);
    for (const kind of HELD_KINDS) metrics.countedBytes.set({ kind }, ledger.held(kind));
  });
  return {
    ledger,
    hasRoom: () => {
      if (watch.ratio > 1) metrics.turnedAway.add({ limit: 'memory-high' });
      watch.check();
    },
  };
}

/** Counts the CPU time that hosts and joiners cost an edge's process, and exports it as a metric. */
export function edgeWork(clock: Clock, metrics: Pick<Metrics, 'workSeconds'>, turnedAway: TurnedAway): Work {
  const shared = new AddressRanges(SHARED_RANGES);
  for (const kind of WORK_KINDS) metrics.workSeconds.add({ kind }, 0);
  return new Work({
    clock,
    source: (address, announced) => (!announced && shared.has(address) ? undefined : addressKey(address)),
    reached: (limit, address) => turnedAway(limit, address, 'ssh'),
    spent: (kind, ms) => metrics.workSeconds.add({ kind }, ms / 1000),
  });
}
