import { isShipmateError, type Clock, type Role, type SessionId } from '#kernel';
import { asksForNames, checkNames, isNamePart, type NameWish } from '#access';
import { type JoinNames, NameText } from '#session';
import type { Directory, NameClaim, NameHolder, NameVerdict, Owner, SessionState } from '#directory';
import type { AbandonedSessions } from './abandoned-sessions.js';

/** Who may have which names. */
export interface NameAuthority {
  /** The user whose API key this is; undefined: nobody's. `unavailable` or `timeout` when it cannot be told now. */
  userOf(apiKey: string): Promise<string | undefined>;
  /** The user below whom hosts without an API key may have names; undefined: they may have none. */
  readonly openUser: string | undefined;
}

/** What came of a wish. */
export interface NamesOutcome {
  readonly names: JoinNames;
  /** Whose API key it was. */
  readonly user: string | undefined;
  /** What was asked for and is another session's, or anybody's but the key's: with its user, where that is known. */
  readonly refused: readonly string[];
  /** What the host should be told. */
  readonly notices: readonly string[];
  /** Something was away: ask again later. */
  readonly again: boolean;
}

/** Who asks for names. */
export interface Claimant extends Owner {
  /**
   * Of a host that begins a session, where it can be known again: names that a session of its own has, which it has left behind, go
   * to it at once.
   */
  readonly mark?: string | undefined;
}

export interface NameClaimsDeps {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly authority: NameAuthority | undefined;
  readonly former: Pick<AbandonedSessions, 'find' | 'replaced'>;
  readonly failed: (what: string, error: unknown) => void;
}

export const NO_NAMES_YET: NamesOutcome = { names: {}, user: undefined, refused: [], notices: [], again: false };

/**
 * Gets sessions the names that their hosts ask for. The directory decides who holds a name; who may ask for it is the
 * authority's to say, and where that is away the session goes on with its tokens.
 */
export class NameClaims {
  constructor(private readonly deps: NameClaimsDeps) {}

  /** Claims the names of a wish for the owner's session. Rejects for faults of our own only. */
  async claim(owner: Claimant, wish: NameWish): Promise<NamesOutcome> {
    if (!asksForNames(wish)) return NO_NAMES_YET;
    const { authority } = this.deps;
    if (authority === undefined) return { ...NO_NAMES_YET, notices: [NameText.notHere] };
    if (wish.apiKey === '' && authority.openUser === undefined) return { ...NO_NAMES_YET, notices: [NameText.needKey] };
    try {
      const user = wish.apiKey === '' ? authority.openUser : await authority.userOf(wish.apiKey);
      if (user === undefined || !isNamePart(user)) {
        return { ...NO_NAMES_YET, notices: [NameText.badKey], refused: Object.values(checkNames(wish).names) };
      }
      return await this.#claimAll(owner, user, wish);
    } catch (error) {
      if (!isShipmateError(error)) throw error;
      this.deps.failed('names', error);
      // A session that the directory does not know yet is written soon; one that moved away is no more this edge's.
      const again = error.temporary || error.code === 'not-found';
      return { ...NO_NAMES_YET, notices: [again ? NameText.later : NameText.refused], again };
    }
  }

  /** The session that a name leads to, as the directory has it. Rejects as that does. */
  async holder(name: string): Promise<SessionId | undefined> {
    return (await this.deps.directory.lookupByName(name))?.session.id;
  }

  /** Gives names back that the session needs no more. */
  async release(owner: Owner, names: readonly string[]): Promise<void> {
    try {
      for (const name of names) await this.deps.directory.releaseName(name, owner.sessionId);
    } catch (error) {
      this.deps.failed('names', error);
    }
  }

  async #claimAll(owner: Claimant, user: string, wish: NameWish): Promise<NamesOutcome> {
    const { names: wanted, faults } = checkNames(wish);
    const names: Partial<Record<Role, string>> = {};
    const notices = [...faults];
    const refused: string[] = [];
    for (const role of ['writer', 'reader'] as const) {
      const part = wanted[role];
      if (part === undefined) continue;
      const name = `${user}/${part}`;
      const verdict = await this.#claimOne(owner, { name, role });
      if (verdict.result === 'held') names[role] = name;
      else {
        refused.push(name);
        notices.push(await this.#takenText(verdict.holder, verdict.state));
      }
    }
    return { names, user, refused, notices, again: false };
  }

  async #claimOne(owner: Claimant, claim: NameClaim): Promise<NameVerdict> {
    const { directory, former } = this.deps;
    const verdict = await directory.claimName(owner, claim);
    if (verdict.result === 'held' || owner.mark === undefined) return verdict;
    const left = await former.find(verdict.holder.sessionId, owner.mark);
    if (left === undefined) return verdict;
    const { id: sessionId, generation } = left.session;
    const again = await directory.claimName(owner, { ...claim, from: { sessionId, generation } });
    if (again.result === 'held') {
      void former.replaced(left).catch((error: unknown) => this.deps.failed('a former session', error));
    }
    return again;
  }

  /** Who holds it: they have one key, so one may know of the other. */
  async #takenText({ name, sessionId, claimedAt, graceMs }: NameHolder, state: SessionState): Promise<string> {
    const view = await this.deps.directory.lookup(sessionId);
    const now = view?.asOf ?? this.deps.clock.now();
    const address = view?.session.labels['address'] ?? 'an unknown address';
    const leftMs = state === 'reconnecting' ? (view?.reconnectingSince ?? now) + graceMs - now : undefined;
    return NameText.taken(name, { address, heldMs: now - claimedAt, leftMs });
  }
}
