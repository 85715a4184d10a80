import { HELD_KINDS, Ledger } from '#kernel';
import type { EdgeDeps } from '#fleet';
import type { Config, Metrics } from '#platform';
import { MemoryWatch } from './memory-watch.js';

/** What hosts and joiners cost an edge's process, and whether it has room for more. */
export interface Costs extends Pick<EdgeDeps, 'hasRoom'> {
  readonly ledger: Ledger;
}

/** Counts it, and shows it as metrics. */
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
