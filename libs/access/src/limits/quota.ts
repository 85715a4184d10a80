import { durationText } from '#kernel';

/** How much one address, one key or everybody may have or use. */
export type QuotaRule = LevelRule | FlowRule;

interface AnyRule {
  /** Trusted proxies' own addresses do not count: each may stand for many people. */
  readonly sparesProxies?: boolean;
}

/** Things that exist at the same time: connections, hosts. */
export interface LevelRule extends AnyRule {
  readonly kind: 'level';
  readonly most: number;
}

/** Things that are used up: a burst of `amount`, which refills evenly within `perMs`. */
export interface FlowRule extends AnyRule {
  readonly kind: 'flow';
  readonly amount: number;
  readonly perMs: number;
}

/** Whom a rule counts: an address (a /64 of IPv6), the fingerprint of a proven key, or everybody together. */
export const QUOTA_SCOPES = ['per-address', 'per-key', 'in-all'] as const;
/** Whose use a quota counts: an address's, a key's, or everyone's. */
export type QuotaScope = (typeof QUOTA_SCOPES)[number];

/** The rules by `WHAT-SCOPE`; anything without a rule is not limited. */
export type QuotaRules<W extends string = string> = Readonly<Partial<Record<`${W}-${QuotaScope}`, QuotaRule>>>;

/** Who wants something. */
export interface QuotaWho {
  readonly address: string;
  /** The fingerprint of a key that they have proved to have; an unproved one does not count. */
  readonly key?: string | undefined;
}

/** A limit that refuses something. */
export interface Exceeded {
  /** Its name: `hosts-per-address`. */
  readonly limit: string;
  readonly most: number;
  /** When the same will be allowed, as far as is known; undefined: when another one has ended. */
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

/** What the limit is and how long to wait, for the person who is refused. */
export function exceededText({ limit, most, retryAfterMs }: Exceeded): string {
  const scope = QUOTA_SCOPES.find((one) => limit.endsWith(`-${one}`)) ?? 'in-all';
  const what = limit.slice(0, -scope.length - 1);
  const noun = NOUNS[what] ?? what;
  return retryAfterMs === undefined
    ? `The limit is ${most} ${noun} at once ${WHOSE[scope]}: try again when one has left`
    : `Too many ${noun} ${WHOSE[scope]}: try again in ${durationText(retryAfterMs)}`;
}

/**
 * How the edges of a fleet share their counts; nobody waits for it. Errors: `unavailable` and `timeout` if it is not available.
 */
export interface QuotaStore {
  /**
   * Reports how many of each an edge has now. The report is valid for `leaseMs`, or until the next one. Returns how many all
   * edges have; undefined if nothing is known about this edge (its lease had ended): then it must report everything, with
   * `anew`, which replaces its earlier reports.
   */
  report(
    edge: string,
    counts: ReadonlyMap<string, number>,
    how: { readonly leaseMs: number; readonly anew: boolean },
  ): Promise<ReadonlyMap<string, number> | undefined>;
  /** Reports what was used, and returns how much is left, which may be negative, down to minus `amount`. */
  spend(limit: string, key: string, rule: FlowRule, used: number): Promise<number>;
  /** The edge has nothing any more. */
  leave(edge: string): Promise<void>;
}
