import type { EdgeId, SessionId } from '#kernel';
import { controlChannel, type HookKind } from '#control';
import type { TokenHash } from '#directory';
import type { SignInId, SignInKind } from '#identity';

/**
 * Every key that Shipmate writes; `docs/redis.md` has the same list with sizes. Keys that one script touches together
 * have one hash tag (the part in braces), so that a Redis Cluster keeps them on one node.
 */
export const keys = {
  /**
   * Hash: a session's record. Written by its home through scripts that check the generation, read by every edge that
   * looks for it. No TTL while it is live; `closedMemoryMs` once it has ended.
   */
  session: (id: SessionId): string => `shipmate:session:${id}`,
  /**
   * String `w:ID` or `r:ID`: the session that a token leads to, and in which role. A TTL of a minute while the session is being
   * written, none while it is live, the session's own after its end.
   */
  token: (hash: TokenHash): string => `shipmate:token:${hash}`,
  /** String: who holds a name, as `name-value.ts` writes it. No TTL: it is removed when its session is forgotten. */
  name: (name: string): string => `shipmate:name:${name}`,
  /** Sorted set, all scores 0: the ids of all sessions, for lists in their order and for the reaper. No TTL. */
  sessions: 'shipmate:sessions',
  /** Sorted set, all scores 0: the names that may be held, for lists in their order. No TTL. */
  names: 'shipmate:names',
  /** Stream: events, each as JSON in the field `e`; cut at about 100,000. Written by edges and brokers. No TTL. */
  events: 'shipmate:events',
  /**
   * Hash: how often an address or a key did something (`l`, `a`: how much, at what time). Written by edges, one script a decision,
   * or one a second where much was used; its TTL ends when it says nothing any more.
   */
  limit: (rule: string, key: string): string => `shipmate:limit:${rule}:${key.slice(0, 256)}`,
  /**
   * What edges have at once that is limited, such as hosts of an address: `leases` (sorted set) until when each edge's word
   * holds, `sums` (hash) of all edges, `of` (hash) each edge's own. Written by edges, once a second where something changed; an
   * hour of TTL. All in one slot.
   */
  held: {
    leases: 'shipmate:{held}:leases',
    sums: 'shipmate:{held}:sums',
    of: (edge: string): string => `shipmate:{held}:of:${edge}`,
  },
  /** Stream: events about refused people; cut at about 20,000. Otherwise like `events`. */
  refusals: 'shipmate:refusals',
  /** Users, their API keys (hashed) and operators' tokens; written by brokers. No TTL. All in one slot. */
  accounts: {
    users: 'shipmate:{accounts}:users',
    userOrder: 'shipmate:{accounts}:user-order',
    credentials: 'shipmate:{accounts}:credentials',
    hashes: 'shipmate:{accounts}:hashes',
    owned: 'shipmate:{accounts}:owned',
  },
  /** Strings: whose turn it is to clear away, with that turn's TTL, and what the last one did, as JSON. Written by brokers. */
  reaper: { turn: 'shipmate:reaper:turn', report: 'shipmate:reaper:report' },
  /**
   * What the processes that serve HTTPS share for ACME: `turn` (string) whose turn it is to order, `text` (strings, sealed) the account's key,
   * the certificate with its key, and answers to challenges, with a TTL of 15 minutes. Only the first two have none.
   */
  vault: { turn: 'shipmate:vault:turn', text: (name: string): string => `shipmate:vault:text:${name.slice(0, 512)}` },
  /**
   * String, sealed: what is kept of a sign-in (libs/identity), by kind and hash. Written by edges; a TTL of minutes for `code` and
   * `answer`, of as long as it counts for `browser`, `key` and `ended`.
   */
  signIn: (kind: SignInKind, id: SignInId): string => `shipmate:sign-in:${kind}:${id}`,
  /**
   * Waiting webhooks: written by edges (events) and brokers (results). No TTL: they are delivered or given up within hours. All
   * in one slot. Also `due:KIND:GROUP` (sorted set) and `lane:KIND:GROUP:SESSION` (stream).
   */
  webhooks: {
    groups: (kind: HookKind): string => `shipmate:{webhooks}:groups:${kind}`,
    state: 'shipmate:{webhooks}:state',
    dead: 'shipmate:{webhooks}:dead',
    wills: 'shipmate:{webhooks}:wills',
  },
  /**
   * Sorted set: edge ids, each with the time its lease ends (ms since the epoch). Every edge writes its own every 5 s. An
   * ended lease stays for `closedMemoryMs`, so that sessions know since when they have no home. TTL a little longer.
   */
  leases: 'shipmate:{edges}:leases',
  /** Hash: edge id to its record as JSON. Written and forgotten with `leases`. */
  records: 'shipmate:{edges}:records',
} as const;

/**
 * The channel that an edge hears its own heartbeats on. It has the slot of the leases: a Cluster that loses another master must not
 * keep edges from renewing theirs. Sessions' channels are those of libs/relay, `relay:{ID}:…`.
 */
export const pulseChannel = (id: EdgeId): string => `shipmate:pulse:{edges}:${id}`;

/** The channel that brokers hear on that a webhook has become due. Scripts publish on it: it has the webhooks' slot. */
export const DUE_CHANNEL = controlChannel('webhooks');

/** What the keys above look like: nothing else is ever written. */
export const KEY_PATTERNS: readonly RegExp[] = [
  /^shipmate:session:.+$/s,
  /^shipmate:token:[\w-]{43}$/,
  /^shipmate:name:.+$/s,
  /^shipmate:sessions$/,
  /^shipmate:names$/,
  /^shipmate:events$/,
  /^shipmate:limit:[a-z-]+:.{1,256}$/s,
  /^shipmate:refusals$/,
  /^shipmate:reaper:(turn|report)$/,
  /^shipmate:vault:(turn|text:.{1,512})$/s,
  /^shipmate:sign-in:(code|answer|browser|key|ended):[\w-]{43}$/,
  /^shipmate:\{accounts\}:(users|user-order|credentials|hashes|owned)$/,
  /^shipmate:\{webhooks\}:(state|dead|wills|groups:(fleet|session))$/,
  /^shipmate:\{webhooks\}:(due|lane):(fleet|session):[\w-]{16}(:.+)?$/s,
  /^shipmate:\{held\}:(leases|sums|of:.+)$/s,
  /^shipmate:\{edges\}:(leases|records)$/,
];
