import type { EdgeId, Generation, Role, SessionId } from '#kernel';
import type { TokenHash } from './token-hash.js';

/** The host and port that users connect to. */
export interface PublicAddresses {
  readonly sshHost: string;
  readonly sshPort: number;
  /** Base of the web links, without a slash at its end; empty if there is no web edge. */
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
  /** Whether hosts can connect to it; undefined in records of earlier releases, where they may. */
  readonly takesHosts?: boolean;
}

/** What an edge reports about a session when it becomes its home. */
export interface NewSession {
  readonly id: SessionId;
  readonly tokens: Readonly<Record<Role, TokenHash>>;
  /** The home's region, which the connection strings of this session contain. */
  readonly region: string;
  readonly addresses: PublicAddresses;
  /** When the session began, in ms since the epoch. */
  readonly createdAt: number;
  /**
   * What a joiner's edge must know before it lets anybody in (such as authorized keys), as libs/access writes it. At most 256
   * KiB; empty if the token is enough. The directory does not read it.
   */
  readonly policy: string;
  /** For operators (the host's address, its version): at most 16 short texts, never a token. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A session as the directory stores it. This object never changes. */
export interface SessionRecord extends NewSession {
  readonly generation: Generation;
  /** The home; undefined once it was released. */
  readonly edgeId: EdgeId | undefined;
  /** When this generation began, in ms since the epoch. */
  readonly homeSince: number;
  /** Whether the home reported that its host is connected. */
  readonly hostConnected: boolean;
  /** Whether the host is known to have got this generation's reconnection data; see `Directory.takeover`. */
  readonly confirmed: boolean;
  /** The generation of the data with which the host came to this one; undefined if it had none, or an older build wrote this. */
  readonly cameWith: Generation | undefined;
  /** When the host was lost or the home released the session, in ms since the epoch; undefined while the host is connected. */
  readonly disconnectedAt: number | undefined;
  readonly closedAt: number | undefined;
  readonly closeReason: string | undefined;
}

/**
 * The oldest generation whose reconnection data may be the newest that the host has: as long as no newer data is confirmed, the
 * data that it used last, however often it was lost since then.
 */
export function oldestData({
  generation,
  confirmed,
  cameWith,
}: Pick<SessionRecord, 'generation' | 'confirmed' | 'cameWith'>): number {
  return confirmed ? generation : (cameWith ?? generation - 1);
}

/** The writer: every write by a session's home contains it. */
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
 * Whether a host that takes its session over must bring the tokens that the session has (`same`), or sets new ones
 * (`replaced`), because the ones that it knows were retired.
 */
export type TakeoverTokens = 'same' | 'replaced';

/** Details of a takeover. */
export interface TakeoverOptions {
  /** `same` unless said otherwise. */
  readonly tokens?: TakeoverTokens;
  /** The generation of the data that the host used, if that is older than the one that is expected to be stored. */
  readonly cameWith?: Generation;
}

/**
 * `live`: the home's lease is valid and its host is connected. `reconnecting`: one of these is not true. `closed`: ended for
 * good, remembered for `DirectoryTimings.closedMemoryMs`.
 */
export type SessionState = 'live' | 'reconnecting' | 'closed';

/** A session, with its state according to the leases at the moment of the answer. */
export interface SessionView {
  readonly session: SessionRecord;
  readonly state: SessionState;
  /** The home's record; undefined if the session has no home, or the home's lease has ended. */
  readonly home: EdgeRecord | undefined;
  /** While `reconnecting`: since when, if known, in ms since the epoch, by the directory's clock. */
  readonly reconnectingSince: number | undefined;
  /** When the directory answered, by its clock: compare its times with this one, never with another clock. */
  readonly asOf: number;
}

/** What a token or a name leads to. */
export interface Lookup extends SessionView {
  readonly role: Role;
}

/** A claim for a name `user/name`. */
export interface NameClaim {
  readonly name: string;
  readonly role: Role;
  /** How long the name stays with this session while it is reconnecting. */
  readonly graceMs?: number;
  /** Take it, whoever holds it. */
  readonly steal?: boolean;
  /**
   * Take it from this session, at this generation, if that is not live: the caller has verified that it is the same host, which
   * has started again.
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

/** `held`: the asker has the name now. `taken`: another session has it, which is given. */
export type NameVerdict =
  { readonly result: 'held' } | { readonly result: 'taken'; readonly holder: NameHolder; readonly state: SessionState };

/** A page of at most `limit` (1 to 1,000) entries whose keys come after `after`, in the order of keys. */
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
