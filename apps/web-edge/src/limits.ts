import type { LimitRule } from '#access';

/** What one address (a /64 of IPv6) may do; a whole office may be behind it. */
export const WEB_LIMITS = {
  /** New connections: everybody behind an address comes back at once after a server's restart. */
  connect: { kind: 'rate', burst: 600, perSecond: 50 },
  /** Tokens and names that lead nowhere, as pages and as connections: names are what can be guessed. */
  'wrong-token': { kind: 'penalty', free: 20, firstWaitMs: 1000, maxWaitMs: 60_000, forgetMs: 600_000 },
} as const satisfies Readonly<Record<string, LimitRule>>;

export type WebLimit = keyof typeof WEB_LIMITS;
