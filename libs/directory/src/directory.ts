import type { EdgeId, Generation, SessionId } from '#kernel';
import type {
  EdgeRecord,
  Lookup,
  NameClaim,
  NameHolder,
  NameVerdict,
  NewSession,
  Owner,
  OwnerOfTokens,
  Page,
  SessionFilter,
  SessionPatch,
  SessionRecord,
  SessionView,
  TakeoverOptions,
} from './records.js';
import type { TokenHash } from './token-hash.js';

/** Why a session was ended to which no host came back: an assumption, which its home disproves with `restore` if it is alive. */
export const EXPIRED = 'expired';
/**
 * Why the record that a session left behind in a region was ended: the session lives in another region, and may come back by
 * `takeover`.
 */
export const MOVED = 'moved';

/**
 * Who owns what: edges, sessions, tokens and names, over all processes of a fleet.
 *
 * - **Atomicity.** Each call on one session is atomic: it happens completely or not at all, and calls of many processes on one
 * session happen in one order. The same holds for each name. Nothing spans two sessions, or a session and a name. A reader
 * between the writes of a session's record and its tokens sees no session, never half of one.
 * - **Fencing.** A home's write carries `Owner`. It is refused with `conflict` when the session has another generation or
 *   another home: the caller has lost the session for good and must drop it. `not-found` when the directory does not know
 *   the session (it lost its memory: `restore`), `closed` when the session has ended.
 * - **Order.** Every call that any process makes after a call has resolved sees what that call wrote.
 * - **Repetition.** A call that failed with `unavailable` or `timeout` may have happened. Every call except `claim` and
 * `takeover` may be repeated; if one of those two is repeated, it ends in `conflict`, and `lookup` says who has the session.
 * - **Time.** Stamps that the directory makes (leases, `disconnectedAt`, `closedAt`) come from its own clock.
 * - **Errors.** Only `ShipmateError`: those named here, `limit` for what is too large or too many, `unavailable` and `timeout`
 * when the store is not available.
 */
export interface Directory {
  /**
   * Reports that this edge is alive, and its state; the lease runs `edgeLeaseMs` from now. Sent every `EDGE_RENEW_MS`. Returns
   * whether the lease was still valid. If not (a first heartbeat, or one after a pause), others may have taken this edge's
   * sessions, and it must `verify` them before it continues to serve them.
   */
  heartbeat(edge: EdgeRecord): Promise<{ readonly renewed: boolean }>;
  /** Ends an edge's lease at once, for a clean stop. For an unknown edge, nothing happens. */
  removeEdge(id: EdgeId): Promise<void>;
  /** The edges with a valid lease, in the order of their ids. */
  listEdges(): Promise<readonly EdgeRecord[]>;

  /** Writes a new session with generation 1 and `edgeId` as its home. `conflict` when its id or one of its tokens is taken. */
  claim(session: NewSession, edgeId: EdgeId): Promise<SessionRecord>;
  /**
   * Makes `edgeId` the home of a session whose host came back with the reconnection data of generation `expected`, even if it
   * comes back to the same edge. The new generation is one more than the greater of `expected` and what is stored, and the host
   * counts as connected.
   *
   * Wins when the stored generation is `expected` (or less: the store went back in time, the signed data did not), and when the
   * session is unknown: then it is written again from `session`, which is how sessions survive a loss of the directory. One
   * more case: the stored generation is newer, the session is not live, and none of the generations since `expected` was
   * `confirmed` (`oldestData`). Then the host was lost again, maybe more than once, before it could get newer data.
   *
   * `conflict` otherwise, and when the tokens are not the session's, unless they replace them. `closed` when it has ended,
   * except for the reason `MOVED`, and when a token was retired. If several try with the same `expected`, one wins.
   */
  takeover(
    session: NewSession,
    edgeId: EdgeId,
    expected: Generation,
    options?: TakeoverOptions,
  ): Promise<SessionRecord>;
  /**
   * Writes a live session again after the directory lost it: like `claim`, with the owner's generation. If it is still known
   * under this owner, only its tokens change, which the owner may have replaced meanwhile. If an older generation is stored,
   * this one replaces it. `conflict` if a newer one is stored, even if that has ended; `closed` if it has ended. The host counts
   * as connected and nothing as confirmed: `update` follows.
   *
   * Two ends do not count: by `closeOrphan` with the reason `EXPIRED`, for this owner's own generation or an older one, if
   * somebody assumed that the owner was dead, or that the host would not come back; and with the reason `MOVED`, for an older
   * one, because the session has come back here.
   *
   * `cameWith`: the generation of the data with which the host came to this owner, if it had any; see `SessionRecord`.
   */
  restore(session: NewSession, owner: Owner, cameWith?: Generation): Promise<SessionRecord>;
  /**
   * Changes fields. `hostConnected: false` stamps `disconnectedAt` (once), `true` clears it. `tokens` replaces both in one
   * step: before it, the old ones lead to the session, and after it, the new ones. `conflict` when another session has one of
   * them. A token that was replaced cannot be used again within `RETIRED_TOKEN_MS` (`closed`): copied reconnection data must
   * not bring it back, even after the session is forgotten.
   */
  update(owner: Owner, patch: SessionPatch): Promise<SessionRecord>;
  /** Releases a session that continues: it has no home and no connected host until a `takeover`. Repeating it does nothing. */
  release(owner: Owner): Promise<void>;
  /** Ends a session for good. If the same owner repeats it, nothing happens, and the first reason stays. */
  close(owner: Owner, reason: string): Promise<void>;
  /** For a reaper: ends a session that is not live and still has this generation; `conflict` when it is live or newer. */
  closeOrphan(id: SessionId, expected: Generation, reason: string): Promise<void>;
  /**
   * The ones of `owners` (at most 1,000 per call) whose writes would be refused, or whose tokens, if given, no longer lead to
   * their session: the directory has lost a part of what was written.
   */
  verify(owners: readonly OwnerOfTokens[]): Promise<readonly Owner[]>;

  /** What a token leads to, including closed sessions; undefined if it leads nowhere. */
  lookupByTokenHash(hash: TokenHash): Promise<Lookup | undefined>;
  lookup(id: SessionId): Promise<SessionView | undefined>;
  /** Sessions in the order of their ids; may miss or repeat those that change between pages. */
  listSessions(filter: SessionFilter, page: Page): Promise<readonly SessionView[]>;
  /** Sessions that have been reconnecting for at least `forMs`, for a reaper; at most `limit` of them. */
  listOrphans(forMs: number, limit: number): Promise<readonly SessionView[]>;

  /**
   * Asks for a name on behalf of a session that the owner holds. A name has one holder at any moment. It goes to the asker if
   * nobody holds it, if the asker already does (role and grace are written again), if its holder's session is closed,
   * forgotten, or has been reconnecting for longer than its grace, by `from`, or by `steal`. Otherwise it is `taken`. Nobody
   * renews a name: it lives as long as its session. Whether the asker owns the session is checked before, not in the same step.
   */
  claimName(owner: Owner, claim: NameClaim): Promise<NameVerdict>;
  /** Gives a name back if that session holds it; otherwise nothing happens. */
  releaseName(name: string, holder: SessionId): Promise<void>;
  /** What a name leads to, including closed sessions until another session takes the name. */
  lookupByName(name: string): Promise<Lookup | undefined>;
  /** Names that begin with `prefix`, in alphabetical order. */
  listNames(prefix: string, page: Page): Promise<readonly NameHolder[]>;
}
