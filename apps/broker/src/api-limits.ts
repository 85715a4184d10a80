import type { LimitRules } from '#access';

/** What an address may ask of the API. */
export const API_LIMITS = {
  /** Requests: far more than a person or a script of theirs makes. */
  api: { kind: 'rate', burst: 200, perSecond: 50 },
  /** Wrong tokens: a few slips, then waits that double, up to five minutes. */
  'wrong-bearer': { kind: 'penalty', free: 10, firstWaitMs: 1_000, maxWaitMs: 300_000, forgetMs: 600_000 },
} as const satisfies LimitRules;

export type ApiLimit = keyof typeof API_LIMITS;
