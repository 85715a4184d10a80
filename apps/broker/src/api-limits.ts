import type { PenaltyRule, QuotaRules } from '#access';

/** Requests that an address may make: far more than a person or a script of theirs makes. 200 at once, then 50 a second. */
export const API_REQUESTS: QuotaRules<'requests'> = {
  'requests-per-address': { kind: 'flow', amount: 200, perMs: 4_000 },
};

/** Wrong tokens: a few slips, then waits that double, up to five minutes. */
export const API_LIMITS = {
  'wrong-bearer': { free: 10, firstWaitMs: 1_000, maxWaitMs: 300_000, forgetMs: 600_000 },
} as const satisfies Readonly<Record<string, PenaltyRule>>;

export type ApiLimit = keyof typeof API_LIMITS;
