import { backoffMs } from '#kernel';

/** How often something may happen, for one key (an address, a user, all). */
export type LimitRule =
  /** A token bucket: `burst` at once, `perSecond` after that. */
  | { readonly kind: 'rate'; readonly burst: number; readonly perSecond: number }
  /**
   * Failures: the first `free` cost nothing, the next one `firstWaitMs` of waiting, and each after it twice the wait
   * before, up to `maxWaitMs`. All are forgotten `forgetMs` after the last wait ended.
   */
  | {
      readonly kind: 'penalty';
      readonly free: number;
      readonly firstWaitMs: number;
      readonly maxWaitMs: number;
      readonly forgetMs: number;
    };

/** Rules by their names. */
export type LimitRules = Readonly<Record<string, LimitRule>>;

/** `retryAfterMs`: when the same would be allowed, as far as it is known now; at least 1. */
export type LimitVerdict = { readonly allowed: true } | { readonly allowed: false; readonly retryAfterMs: number };

/**
 * Limits how often something may be done. Each call is atomic, even when many processes count the same key. A limiter keeps a
 * bounded number of keys; beyond that, it forgets the one that was not used for the longest time, which favours strangers. When
 * its store is not available, calls throw `unavailable`, and the caller decides (an edge then counts for itself). `R` names the
 * rules; a call for a rule of the other kind throws `config`.
 */
export interface Limiter<R extends string = string> {
  /** Takes `amount` (1 by default) from a `rate`, or nothing if there is not that much. More than `burst` is never allowed. */
  take(rule: R, key: string, amount?: number): Promise<LimitVerdict>;
  /** Whether a `penalty` lets this key try now; changes nothing. */
  check(rule: R, key: string): Promise<LimitVerdict>;
  /** Notes a failure and answers whether the key may try again at once. */
  failed(rule: R, key: string): Promise<LimitVerdict>;
  /** Forgets all of a key under one rule. */
  clear(rule: R, key: string): Promise<void>;
}

/** What `failures` in a row cost under a penalty rule, in ms. */
export function penaltyMs(rule: Extract<LimitRule, { kind: 'penalty' }>, failures: number): number {
  if (failures <= rule.free) return 0;
  return backoffMs(failures - rule.free - 1, rule.firstWaitMs, rule.maxWaitMs);
}
