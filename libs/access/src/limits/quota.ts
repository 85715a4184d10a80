import { durationText } from '#kernel';

/** How much one address, one key or everybody may have or use. */
export type QuotaRule = LevelRule | FlowRule;

interface AnyRule {
  /** Trusted proxies' own addresses do not count: each may stand for many people. */
  readonly sparesProxies?: boolean;
}

/** Things that are there at once: connections, hosts. */
export interface LevelRule extends AnyRule {
  readonly kind: 'level';
  readonly most: number;
}

/** Things that are used up: `amount` at once, and what was used comes back evenly within `perMs`. */
export interface FlowRule extends AnyRule {
  readonly kind: 'flow';
  readonly amount: number;
  readonly perMs: number;
}

/** Whom a rule counts: an address (a /64 of IPv6), the fingerprint of a proven key, or everybody together. */
export const QUOTA_SCOPES = ['per-address', 'per-key', 'in-all'] as const;
/** Whose use a quota counts: an address's, a key's, or everyone's. */
export type QuotaScope = (typeof QUOTA_SCOPES)[number];

/** The rules by `WHAT-SCOPE`; what has none is not limited. */
export type QuotaRules<W extends string = string> = Readonly<Partial<Record<`${W}-${QuotaScope}`, QuotaRule>>>;

/** Who wants something. */
export interface QuotaWho {
  readonly address: string;
  /** The fingerprint of a key that they have proven to have; an unproven one names nobody. */
  readonly key?: string | undefined;
}

/** A limit stands in the way. */
export interface Exceeded {
  /** Its name: `hosts-per-address`. */
  readonly limit: string;
  readonly most: number;
  /** When the same is allowed again, as far as it is known now; undefined: when another one has gone. */
  readonly retryAfterMs: number | undefined;
}

const NOUNS: Readonly<Record<string, string>> = {
  handshakes: 'new connections',
  'wrong-tokens': 'wrong tokens',
};
const WHOSE: Readonly<Record<QuotaScope, string>> = {
  'per-address': 'from your address',
  'per-key': 'with your key',
  'in-all': 'at this server',
};

/** Says what the limit is and until when it stands, as whoever is refused reads it. */
export function exceededText({ limit, most, retryAfterMs }: Exceeded): string {
  const scope = QUOTA_SCOPES.find((one) => limit.endsWith(`-${one}`)) ?? 'in-all';
  const what = limit.slice(0, -scope.length - 1);
  const noun = NOUNS[what] ?? what;
  return retryAfterMs === undefined
    ? `The limit is ${most} ${noun} at once ${WHOSE[scope]}: try again when one has left`
    : `Too many ${noun} ${WHOSE[scope]}: try again in ${durationText(retryAfterMs)}`;
}

/**
 * What the edges of a fleet tell each other of what they count; nobody waits for it. Errors: `unavailable` and `timeout` when it
 * is away.
 */
export interface QuotaStore {
  /**
   * Tells how many of each an edge has now, which holds for `leaseMs` and is prolonged by the next report. Answers how many all edges
   * have; undefined when nothing is known of this edge (its lease had ended): it must report all it has, with `anew`, which
   * forgets what it reported before.
   */
  report(
    edge: string,
    counts: ReadonlyMap<string, number>,
    how: { readonly leaseMs: number; readonly anew: boolean },
  ): Promise<ReadonlyMap<string, number> | undefined>;
  /** Takes what was used already, and answers how much is left, which may be less than nothing, down to minus `amount`. */
  spend(limit: string, key: string, rule: FlowRule, used: number): Promise<number>;
  /** The edge has nothing any more. */
  leave(edge: string): Promise<void>;
}
