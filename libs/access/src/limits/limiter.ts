import { backoffMs } from '#kernel';

/**
 * What failures cost a key (an address, a user): the first `free` nothing, the next one `firstWaitMs` of waiting, and each after it
 * twice the wait before, up to `maxWaitMs`. All are forgotten `forgetMs` after the last wait ended.
 */
export interface PenaltyRule {
  readonly free: number;
  readonly firstWaitMs: number;
  readonly maxWaitMs: number;
  readonly forgetMs: number;
}

/** `retryAfterMs`: when the key may try again, as far as it is known now; at least 1. */
export type LimitVerdict = { readonly allowed: true } | { readonly allowed: false; readonly retryAfterMs: number };

/**
 * Counts failures. Each call is one step, also if many processes count the same key. A limiter keeps a bounded number of keys; if
 * there are more, it forgets the one that was unused for longest, in that key's favour. If its store is not available: `unavailable`;
 * the caller decides (an edge then uses its own counts). `R` names the rules.
 */
export interface Limiter<R extends string = string> {
  /** Whether this key may try now; changes nothing. */
  check(rule: R, key: string): Promise<LimitVerdict>;
  /** Counts a failure and returns whether the key may try again at once. */
  failed(rule: R, key: string): Promise<LimitVerdict>;
}

/** The wait after so many failures in a row, in ms. */
export function penaltyMs({ free, firstWaitMs, maxWaitMs }: PenaltyRule, failures: number): number {
  return failures <= free ? 0 : backoffMs(failures - free - 1, firstWaitMs, maxWaitMs);
}
