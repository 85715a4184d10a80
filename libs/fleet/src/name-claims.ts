import { isShipmateError, type Clock, type ErrorCode, type Role, type SessionId } from '#kernel';
import { asksForNames, checkNames, isNamePart, type NameRequest } from '#access';
import { type JoinNames, NameText } from '#session';
import type { Directory, NameClaim, NameHolder, NameVerdict, Owner, SessionState } from '#directory';
import type { AbandonedSessions } from './abandoned-sessions.js';

/** Who may have which names. */
export interface NameAuthority {
  /** The user who has this API key; undefined if nobody has. Throws `unavailable` or `timeout` if it cannot be found out now. */
  userOf(apiKey: string): Promise<string | undefined>;
  /** The user under which hosts without an API key may have names; undefined: they may not have names. */
  readonly openUser: string | undefined;
}

/** The result of a request for names. */
export interface NamesOutcome {
  readonly names: JoinNames;
  /** The user with the API key. */
  readonly user: string | undefined;
  /** Requested names that belong to another session or another user, with their user if known. */
  readonly refused: readonly string[];
  /** What the host should be told. */
  readonly notices: readonly string[];
  /** Something was not available: ask again later. */
  readonly again: boolean;
}

/** The one that asks for names. */
export interface Claimant extends Owner {
  /**
   * The mark of a host that opens a session, if it can be recognized: names of a session that it abandoned go to it at once.
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

/** How often a name is claimed that a former session of the same host holds: an attempt to start that failed may have got it meanwhile. */
const ATTEMPTS = 3;

/**
 * The directory does not know the session yet, or only under its former home, or took it for dead: it will be written soon. If it has
 * really moved away or ended, this edge will find that out, and claims no more.
 */
const UNWRITTEN: ReadonlySet<ErrorCode> = new Set(['not-found', 'conflict', 'closed']);

export const NO_NAMES_YET: NamesOutcome = { names: {}, user: undefined, refused: [], notices: [], again: false };

/**
 * Claims the names that hosts ask for. The directory decides who holds a name, and the authority who may ask for it. While
 * either is not available, the session continues with its tokens.
 */
export class NameClaims {
  constructor(private readonly deps: NameClaimsDeps) {}

  /** Claims the requested names for the owner's session. Rejects only because of bugs. */
  async claim(owner: Claimant, request: NameRequest): Promise<NamesOutcome> {
    if (!asksForNames(request)) return NO_NAMES_YET;
    const { authority } = this.deps;
    if (authority === undefined) return { ...NO_NAMES_YET, notices: [NameText.notHere] };
    if (request.apiKey === '' && authority.openUser === undefined)
      return { ...NO_NAMES_YET, notices: [NameText.needKey] };
    try {
      const user = request.apiKey === '' ? authority.openUser : await authority.userOf(request.apiKey);
      if (user === undefined || !isNamePart(user)) {
        return { ...NO_NAMES_YET, notices: [NameText.badKey], refused: Object.values(checkNames(request).names) };
      }
      return await this.#claimAll(owner, user, request);
    } catch (error) {
      if (!isShipmateError(error)) throw error;
      this.deps.failed('names', error);
      const again = error.temporary || UNWRITTEN.has(error.code);
      return { ...NO_NAMES_YET, notices: [again ? NameText.later : NameText.refused], again };
    }
  }

  /** The session that a name leads to, according to the directory. Rejects as that does. */
  async holder(name: string): Promise<SessionId | undefined> {
    return (await this.deps.directory.lookupByName(name))?.session.id;
  }

  /** Gives back names that the session no longer needs. */
  async release(owner: Owner, names: readonly string[]): Promise<void> {
    try {
      for (const name of names) await this.deps.directory.releaseName(name, owner.sessionId);
    } catch (error) {
      this.deps.failed('names', error);
    }
  }

  async #claimAll(owner: Claimant, user: string, request: NameRequest): Promise<NamesOutcome> {
    const { names: wanted, faults } = checkNames(request);
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
    let verdict = await directory.claimName(owner, claim);
    for (let attempt = 1; verdict.result === 'taken' && owner.mark !== undefined && attempt <= ATTEMPTS; attempt++) {
      const left = await former.find(verdict.holder.sessionId, owner.mark);
      if (left === undefined) break;
      const { id: sessionId, generation } = left.session;
      verdict = await directory.claimName(owner, { ...claim, from: { sessionId, generation } });
      if (verdict.result === 'held') {
        void former.replaced(left).catch((error: unknown) => this.deps.failed('a former session', error));
      }
    }
    return verdict;
  }

  /** Says who holds it: both have the same key, so one may know about the other. */
  async #takenText({ name, sessionId, claimedAt, graceMs }: NameHolder, state: SessionState): Promise<string> {
    const view = await this.deps.directory.lookup(sessionId);
    const now = view?.asOf ?? this.deps.clock.now();
    const address = view?.session.labels['address'] ?? 'an unknown address';
    const leftMs = state === 'reconnecting' ? (view?.reconnectingSince ?? now) + graceMs - now : undefined;
    return NameText.taken(name, { address, heldMs: now - claimedAt, leftMs });
  }
}
