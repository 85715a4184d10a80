import type { Limiter, PenaltyRule, QuotaRule, QuotaRules } from '#access';
import type { LimitsConfig } from '#platform';

/**
 * What is counted for an address (a /64 of IPv6) in Redis itself, since nothing may be missed; a whole office may be behind it.
 */
export const EDGE_LIMITS = {
  /**
   * Tokens, names and passwords that are wrong, by any way in: names and passwords are what can be guessed. After the
   * twentieth, each costs a wait, twice as long each time, and an hour from the twelfth wait on.
   */
  'wrong-token': { free: 20, firstWaitMs: 1000, maxWaitMs: 3_600_000, forgetMs: 3_600_000 },
} as const satisfies Readonly<Record<string, PenaltyRule>>;

/** The name of a limit that edges count in Redis. */
export type EdgeLimit = keyof typeof EDGE_LIMITS;

/** Faults in the server that ended a host's sessions, by its address and its key: the first two may be chance. */
export const FAULT_LIMITS = {
  'session-fault': { free: 2, firstWaitMs: 30_000, maxWaitMs: 3_600_000, forgetMs: 3_600_000 },
} as const satisfies Readonly<Record<string, PenaltyRule>>;

export type FaultLimit = keyof typeof FAULT_LIMITS;

/** The same as configured; undefined if it is off. */
export function edgeLimits({ settings }: LimitsConfig): Readonly<Record<EdgeLimit, PenaltyRule>> | undefined {
  const setting = settings['wrong-tokens-per-address'];
  if (setting?.kind !== 'free') return undefined;
  return { 'wrong-token': { ...EDGE_LIMITS['wrong-token'], free: setting.count } };
}

/** How many attempts from one address are checked at the same time: as many as are free, or all if the limit is off. */
export function attemptsAtOnce({ settings }: LimitsConfig): number {
  const setting = settings['wrong-tokens-per-address'];
  return setting?.kind === 'free' ? Math.max(1, setting.count) : Infinity;
}

/** What edges count once a second. */
export type Quota = 'connections' | 'handshakes' | 'wrong-tokens' | 'hosts' | 'sessions' | 'joiners' | 'bytes';

/** The limits on those as configured. Defaults do not apply to the addresses of trusted proxies. */
export function quotaRules({ settings, given }: LimitsConfig): QuotaRules<Quota> {
  const rules: Record<string, QuotaRule> = {};
  for (const [name, setting] of Object.entries(settings)) {
    if (setting.kind === 'free') continue;
    const sparesProxies = name.endsWith('-per-address') && ![...given].some((one) => one === name);
    rules[name] = { ...setting, sparesProxies };
  }
  return rules;
}

const ALLOWED = { allowed: true } as const;

/** Allows everything. */
export const NO_LIMITER: Limiter<EdgeLimit> = {
  check: async () => ALLOWED,
  failed: async () => ALLOWED,
};
