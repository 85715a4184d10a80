import type { Limiter, LimitRule, QuotaRule, QuotaRules } from '#access';
import type { LimitsConfig } from '#platform';

/** What an address (a /64 of IPv6) is counted for in Redis itself, since nothing of it may be missed; a whole office may be behind it. */
export const EDGE_LIMITS = {
  /**
   * Tokens, names and passwords that are wrong, by any way in: names and passwords are what can be guessed. After the twentieth
   * each costs a wait, twice as long each time, and from the twelfth wait on an hour.
   */
  'wrong-token': { kind: 'penalty', free: 20, firstWaitMs: 1000, maxWaitMs: 3_600_000, forgetMs: 3_600_000 },
} as const satisfies Readonly<Record<string, LimitRule>>;

/** The name of a limit that edges count in Redis. */
export type EdgeLimit = keyof typeof EDGE_LIMITS;

/** Faults of ours that ended the sessions of a host, by its address and its key: the first two may be chance. */
export const FAULT_LIMITS = {
  'session-fault': { kind: 'penalty', free: 2, firstWaitMs: 30_000, maxWaitMs: 3_600_000, forgetMs: 3_600_000 },
} as const satisfies Readonly<Record<string, LimitRule>>;

export type FaultLimit = keyof typeof FAULT_LIMITS;

/** The same as it is configured; undefined where it is off. */
export function edgeLimits({ settings }: LimitsConfig): Readonly<Record<EdgeLimit, LimitRule>> | undefined {
  const setting = settings['wrong-tokens-per-address'];
  if (setting?.kind !== 'free') return undefined;
  return { 'wrong-token': { ...EDGE_LIMITS['wrong-token'], free: setting.count } };
}

/** How many attempts from one address are looked at at once: as many as may be wrong for free; all where that is off. */
export function attemptsAtOnce({ settings }: LimitsConfig): number {
  const setting = settings['wrong-tokens-per-address'];
  return setting?.kind === 'free' ? Math.max(1, setting.count) : Infinity;
}

/** What edges count once a second. */
export type Quota = 'connections' | 'handshakes' | 'wrong-tokens' | 'hosts' | 'sessions' | 'joiners' | 'bytes';

/** The limits on those as they are configured. What nobody asked for does not hold for the addresses of proxies. */
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
  take: async () => ALLOWED,
  check: async () => ALLOWED,
  failed: async () => ALLOWED,
  clear: async () => undefined,
};
