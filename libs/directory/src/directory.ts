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

/** Why a session was ended that nobody came back to: a presumption, which its living home refutes by `restore`. */
export const EXPIRED = 'expired';
/** Why what a session left behind in a region was ended: it lives in another one, and may come back by `takeover`. */
export const MOVED = 'moved';

/**
 * Who owns what: edges, sessions, tokens and names, over all processes of a fleet.
 *
 * - **Atomicity.** Each call on one session is one step: it happens wholly or not at all, and calls of many processes on
 *   one session happen in some one order. The same holds for each name. Nothing spans two sessions, or a session and
 *   a name; a reader that comes between a session's record and its tokens sees no session, never half of one.
 * - **Fencing.** A home's write carries `Owner`. It is refused with `conflict` when the session has another generation or
 *   another home: the caller has lost the session for good and must drop it. `not-found` when the directory does not know
 *   the session (it lost its memory: `restore`), `closed` when the session has ended.
 * - **Order.** What a resolved call wrote is seen by every call that any process makes after that.
 * - **Repetition.** A call that failed with `unavailable` or `timeout` may have happened. Every call but `claim` and
 *   `takeover` may be repeated; a repeated one of those two ends in `conflict`, and `lookup` tells who has the session.
 * - **Time.** Stamps that the directory makes (leases, `disconnectedAt`, `closedAt`) come from one clock of its own.
 * - **Errors.** Only `ShipmateError`: those named here, `limit` for what is too large or too many, `unavailable` and
 *   `timeout` when the store is away.
 */
export interface Directory {
  /**
   * Says that this edge is alive, and how it is; the lease runs `edgeLeaseMs` from now. Sent every `EDGE_RENEW_MS`.
   * Answers whether the lease still stood: if not (a first heartbeat, or one after a pause), others may have taken this
   * edge's sessions, and it must `verify` them before it serves them on.
   */
  heartbeat(edge: EdgeRecord): Promise<{ readonly renewed: boolean }>;
  /** Ends an edge's lease at once, for a clean stop. Of an unknown edge: nothing happens. */
  removeEdge(id: EdgeId): Promise<void>;
  /** The edges whose lease stands, in the order of their ids. */
  listEdges(): Promise<readonly EdgeRecord[]>;

  /** Writes a new session with generation 1 and `edgeId` as its home. `conflict` when its id or one of its tokens is taken. */
  claim(session: NewSession, edgeId: EdgeId): Promise<SessionRecord>;
  /**
   * Makes `edgeId` the home of a session whose host came back with the reconnection data of generation `expected`, also
   * when it comes back to the same edge. The new generation is one more than the greater of `expected` and what is
   * stored, and the host counts as connected.
   *
   * Wins when the stored generation is `expected` (or less: the store went back in time, the signed data did not), and
   * when the session is unknown: then it is written anew from `session`, which is how sessions outlive the directory.
   * One case more: the stored generation is newer, the session is not live, and none of the generations since `expected` was
   * `confirmed` (`oldestData`). Then the host was lost again, perhaps more than once, before it could get newer data.
   *
   * `conflict` otherwise, and when the tokens are not the session's, unless they replace them; `closed` when it has ended,
   * unless by the reason `MOVED`, and when a token was retired. Of many that try with the same `expected`, one wins.
   */
  takeover(
    session: NewSession,
    edgeId: EdgeId,
    expected: Generation,
    options?: TakeoverOptions,
  ): Promise<SessionRecord>;
  /**
   * Writes a live session again after the directory lost it: as `claim`, with the owner's generation. Where it is still
   * known under this owner, nothing changes but its tokens, which the owner may have replaced meanwhile; where an older
   * generation is stored, this one replaces it. `conflict` when a newer one is, `closed` when it has ended. The host counts
   * as connected and nothing as confirmed: `update` follows.
   *
   * One end does not count: that by `closeOrphan` with the reason `EXPIRED`, of this owner's own generation. Somebody took the
   * owner for dead; it lives, and the session with it.
   */
  restore(session: NewSession, owner: Owner): Promise<SessionRecord>;
  /**
   * Changes fields. `hostConnected: false` stamps `disconnectedAt` (once), `true` clears it. `tokens` replaces both in one
   * step: whoever looks one up before it gets the session by the old ones, and after it by the new ones; `conflict` when
   * another session has one of them. No session gets one that was replaced again within `RETIRED_TOKEN_MS` (`closed`):
   * reconnection data that was copied before must not bring it back, not even once the session is forgotten.
   */
  update(owner: Owner, patch: SessionPatch): Promise<SessionRecord>;
  /** Lets go of a session that goes on: no home, host not connected, until a `takeover`. Repeated: nothing happens. */
  release(owner: Owner): Promise<void>;
  /** Ends a session for good. Repeated by the same owner: nothing happens, the first reason stays. */
  close(owner: Owner, reason: string): Promise<void>;
  /** Ends, for a reaper, a session that is not live and still of this generation; `conflict` when it is live or newer. */
  closeOrphan(id: SessionId, expected: Generation, reason: string): Promise<void>;
  /**
   * Those of `owners` (at most 1,000 a call) whose writes would be refused, or whose tokens, where they name them, do not lead
   * to their session for good: the directory has lost a part of what it was told.
   */
  verify(owners: readonly OwnerOfTokens[]): Promise<readonly Owner[]>;

  /** What a token leads to, closed sessions included; undefined when it leads nowhere. */
  lookupByTokenHash(hash: TokenHash): Promise<Lookup | undefined>;
  lookup(id: SessionId): Promise<SessionView | undefined>;
  /** Sessions in the order of their ids; may miss or repeat what changes while somebody pages. */
  listSessions(filter: SessionFilter, page: Page): Promise<readonly SessionView[]>;
  /** Sessions that have been reconnecting for at least `forMs`, for a reaper; at most `limit` of them. */
  listOrphans(forMs: number, limit: number): Promise<readonly SessionView[]>;

  /**
   * Asks for a name on behalf of a session that the owner holds. A name has one holder at any moment. It goes to the
   * asker when nobody holds it, when the asker does already (role and grace are written anew), when its holder's session
   * is closed, forgotten, or has been reconnecting for longer than its grace, by `from`, or by `steal`. Else it is `taken`.
   * Nobody renews a name: it lives by its session. Whether the asker owns the session is looked at before, not in the
   * same step.
   */
  claimName(owner: Owner, claim: NameClaim): Promise<NameVerdict>;
  /** Gives a name back if that session holds it; else nothing happens. */
  releaseName(name: string, holder: SessionId): Promise<void>;
  /** What a name leads to, closed sessions included until another takes the name. */
  lookupByName(name: string): Promise<Lookup | undefined>;
  /** Names in their order, those that begin with `prefix`. */
  listNames(prefix: string, page: Page): Promise<readonly NameHolder[]>;
}
