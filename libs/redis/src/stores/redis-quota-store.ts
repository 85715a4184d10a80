import type { FlowRule, QuotaStore } from '#access';
import type { Commands } from '../connection/commands.js';
import { keys } from './keys.js';
import { strings } from './redis-edges.js';
import { FORGET_HELD, REPORT_HELD } from '../scripts/held.lua.js';
import { SPEND } from '../scripts/limit.lua.js';

/** How long all of it is kept when no edge writes any more. */
const KEPT_MS = 3_600_000;

/** The counts of edges are in one slot: a report is one command, whatever the edge carries. Each flow has its own key. */
export class RedisQuotaStore implements QuotaStore {
  constructor(private readonly commands: Commands) {}

  async report(
    edge: string,
    counts: ReadonlyMap<string, number>,
    { leaseMs, anew }: { readonly leaseMs: number; readonly anew: boolean },
  ): Promise<ReadonlyMap<string, number> | undefined> {
    const pairs = [...counts].flatMap(([id, count]) => [id, String(count)]);
    const args = [edge, String(leaseMs), String(KEPT_MS), anew ? '1' : '0', ...pairs];
    const [ended, ...sums] = strings(await this.commands.run(REPORT_HELD, family(edge), ...args));
    if (ended === undefined) return undefined;
    // One at a time: there is the next report for the next one.
    if (ended !== '') await this.commands.run(FORGET_HELD, family(ended), ended, '1');
    return new Map([...counts.keys()].map((id, n) => [id, Number(sums[n])]));
  }

  async spend(limit: string, key: string, { amount, perMs }: FlowRule, used: number): Promise<number> {
    const args = [amount, perMs, Math.ceil(used)].map(String);
    const left = await this.commands.run(SPEND, [keys.limit(limit, key)], ...args);
    return typeof left === 'number' ? left : 0;
  }

  async leave(edge: string): Promise<void> {
    await this.commands.run(FORGET_HELD, family(edge), edge, '0');
  }
}

const family = (edge: string) => [keys.held.leases, keys.held.sums, keys.held.of(edge)] as const;
