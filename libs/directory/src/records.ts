import type { EdgeId, Generation, Role, SessionId } from '#kernel';
import type { TokenHash } from './token-hash.js';

/** What users are told to connect to. */
export interface PublicAddresses {
  readonly sshHost: string;
  readonly sshPort: number;
  /** Base of the web links, without a slash at its end; empty where there is no web edge. */
  readonly webUrl: string;
}

/** One running edge process, as its heartbeat describes it. */
export interface EdgeRecord {
  readonly id: EdgeId;
  readonly region: string;
  readonly addresses: PublicAddresses;
  readonly load: { readonly sessions: number; readonly participants: number };
  /** It takes no new hosts or joiners: do not send any there. */
  readonly draining: boolean;
}

/** What an edge says of a session that it becomes the home of. */
export interface NewSession {
  readonly id: SessionId;
  readonly tokens: Readonly<Record<Role, TokenHash>>;
  /** The home's region, and what connection strings of this session name. */
  readonly region: string;
  readonly addresses: PublicAddresses;
  /** When the session began, in ms since the epoch. */
  readonly createdAt: number;
  /**
   * What a joiner's edge must know before it lets anybody in (authorized keys and the like), as libs/access writes it.
   * At most 256 KiB; empty means that the token is enough. The directory does not read it.
   */
  readonly policy: string;
  /** For operators' eyes (the host's address, its version): at most 16 short texts, never a token. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A session as the directory keeps it. A snapshot: it does not change under the reader. */
export interface SessionRecord extends NewSession {
  readonly generation: Generation;
  /** The home; undefined once it was released. */
  readonly edgeId: EdgeId | undefined;
  /** When this generation began, in ms since the epoch. */
  readonly homeSince: number;
  /** Whether the home said that its host is connected. */
  readonly hostConnected: boolean;
  /** Whether the host is known to have got this generation's reconnection data; see `Directory.takeover`. */
  readonly confirmed: boolean;
  /** The generation of the data by which the host came to this one; undefined where it had none, or an older build wrote this. */
  readonly cameWith: Generation | undefined;
  /** When the host was lost or the home let go, in ms since the epoch; undefined while the host is connected. */
  readonly disconnectedAt: number | undefined;
  readonly closedAt: number | undefined;
  readonly closeReason: string | undefined;
}

/**
 * The oldest generation whose reconnection data the host may have nothing newer than: while no newer data is confirmed, that is
 * what it came with last, however often it was lost since.
 */
export function oldestData({ generation, confirmed, cameWith }: SessionRecord): number {
  return confirmed ? generation : (cameWith ?? generation - 1);
}

/** Who writes: every write of a session's home carries it. */
export interface Owner {
  readonly sessionId: SessionId;
  readonly edgeId: EdgeId;
  readonly generation: Generation;
}

/** An owner with the tokens that must lead to its session. */
export interface OwnerOfTokens extends Owner {
  readonly tokens?: Readonly<Record<Role, TokenHash>>;
}

/** What a home may change; a field left out stays as it is. */
export type SessionPatch = Partial<Pick<SessionRecord, 'hostConnected' | 'confirmed' | 'policy' | 'labels' | 'tokens'>>;

/**
 * Whether a host that takes its session over must bring the tokens that the session has (`same`), or gives it new ones
 * (`replaced`), because those that it knows were retired.
 */
export type TakeoverTokens = 'same' | 'replaced';

/** What there is to say of a takeover. */
export interface TakeoverOptions {
  /** `same` unless said otherwise. */
  readonly tokens?: TakeoverTokens;
  /** The generation of the data that the host came with, where that is older than what is expected to be stored. */
  readonly cameWith?: Generation;
}

/**
 * `live`: the home's lease stands and its host is connected. `reconnecting`: one of both is not so. `closed`: ended for
 * good, remembered for `DirectoryTimings.closedMemoryMs`.
 */
export type SessionState = 'live' | 'reconnecting' | 'closed';

/** A session with what follows from the leases at the moment of the answer. */
export interface SessionView {
  readonly session: SessionRecord;
  readonly state: SessionState;
  /** The home's record; undefined when the session has none or its lease ended. */
  readonly home: EdgeRecord | undefined;
  /** While `reconnecting`: since when, as far as it is known, in ms since the epoch, by the directory's clock. */
  readonly reconnectingSince: number | undefined;
  /** When the directory answered, by its clock: compare its stamps with this, never with another clock. */
  readonly asOf: number;
}

/** What a token or a name leads to. */
export interface Lookup extends SessionView {
  readonly role: Role;
}

/** A wish for a name `user/name`. */
export interface NameClaim {
  readonly name: string;
  readonly role: Role;
  /** How long the name stays with this session while it is reconnecting. */
  readonly graceMs?: number;
  /** Take it whoever holds it. */
  readonly steal?: boolean;
  /**
   * Take it from this session, at this generation, while that is not live: its host has started anew and asks again, as the caller
   * has made sure.
   */
  readonly from?: Pick<Owner, 'sessionId' | 'generation'>;
}

/** Who holds a name. */
export interface NameHolder {
  readonly name: string;
  readonly role: Role;
  readonly sessionId: SessionId;
  readonly claimedAt: number;
  readonly graceMs: number;
}

/** `held`: the name is the asker's now. `taken`: somebody else's, who is named. */
export type NameVerdict =
  { readonly result: 'held' } | { readonly result: 'taken'; readonly holder: NameHolder; readonly state: SessionState };

/** What to list: a page of at most `limit` (1 to 1,000) entries whose key comes after `after`, in the order of keys. */
export interface Page {
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Which sessions to list; a field that is left out does not filter. */
export interface SessionFilter {
  readonly region?: string;
  readonly edgeId?: EdgeId;
  readonly state?: SessionState;
}
