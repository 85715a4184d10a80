import type { LimitRule } from '#access';

/** What one address (a /64 of IPv6) may do; a whole office may be behind it. */
export const EDGE_LIMITS = {
  /** New connections: everybody behind an address comes back at once after a server's restart. */
  connect: { kind: 'rate', burst: 600, perSecond: 50 },
  /**
   * Tokens, names and passwords that are wrong, by any way in: names and passwords are what can be guessed. After the twentieth
   * each costs a wait, twice as long each time, and from the twelfth wait on an hour.
   */
  'wrong-token': { kind: 'penalty', free: 20, firstWaitMs: 1000, maxWaitMs: 3_600_000, forgetMs: 3_600_000 },
} as const satisfies Readonly<Record<string, LimitRule>>;

export type EdgeLimit = keyof typeof EDGE_LIMITS;
