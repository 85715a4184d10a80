import type { Role, SessionId } from '#kernel';
import { asksForNames, type NameWish } from '#access';
import { type HomeSession, type JoinNames, type NameChange, NameText } from '#session';
import type { Owner } from '#directory';
import { NO_NAMES_YET, type Claimant, type NameClaims, type NamesOutcome } from './name-claims.js';

/** A session's names, as they are and as its host wants them. */
interface Named {
  readonly session: HomeSession;
  readonly wish: () => NameWish;
  /** Its host, until its first names are settled: a host that begins anew may have them from a session that it left behind. */
  mark: (() => string | undefined) | undefined;
  /** Whether its token or name is enough to join. */
  readonly isOpen: () => boolean;
  names: JoinNames;
  user: string | undefined;
  /** Refused names that were told of. */
  readonly refused: Set<string>;
  /** How often something was told of its names. */
  notices: number;
  /** To be claimed at the next chance. */
  due: boolean;
  /** The host has been told that it has to wait. */
  waitNoticeSent: boolean;
  claiming: Promise<void> | undefined;
}

/** What a session's host wants of names, as it says so far. */
export interface Wished {
  readonly wish: () => NameWish;
  /** Whether its token or name is enough to join. */
  readonly isOpen: () => boolean;
  /** What the host is known by, if by anything. */
  readonly mark: () => string | undefined;
}

/** What a host does all the time is not told all the time. */
const MAX_TOLD = 64;

export interface SessionNamesDeps {
  readonly claims: NameClaims;
  readonly owner: (session: HomeSession) => Owner;
  /** A session belongs to another user than was known. */
  readonly onUser: (session: HomeSession) => void;
  /** Something became of a name; at most `MAX_TOLD` times of one session. */
  readonly changed: (session: HomeSession, change: NameChange, name: string) => void;
  readonly failed: (what: string, error: unknown) => void;
}

/** The names of an edge's sessions: claimed, claimed again when what was away is back, given back when not wanted. */
export class SessionNames {
  readonly #named = new Map<HomeSession, Named>();

  constructor(private readonly deps: SessionNamesDeps) {}

  /** The names of a session that is not open yet, so that its host is told of them at once. */
  async first(owner: Claimant, wish: NameWish, inDirectory: boolean, isOpen: boolean): Promise<NamesOutcome> {
    if (!asksForNames(wish)) return NO_NAMES_YET;
    if (!inDirectory) return { ...NO_NAMES_YET, notices: [NameText.later], again: true };
    const outcome = await this.deps.claims.claim(owner, wish);
    return { ...outcome, notices: [...outcome.notices, ...guessable(outcome.names, isOpen)] };
  }

  /** Looks after a session's names from now on; without `outcome` they are claimed now. */
  keep(session: HomeSession, { wish, isOpen, mark }: Wished, outcome: NamesOutcome | undefined): void {
    const old = this.#named.get(session);
    const named: Named = {
      session,
      wish,
      isOpen,
      mark: outcome?.again === true ? mark : undefined,
      names: outcome?.names ?? old?.names ?? {},
      user: outcome?.user ?? old?.user,
      refused: new Set(old?.refused),
      notices: old?.notices ?? 0,
      due: outcome?.again ?? true,
      waitNoticeSent: outcome?.again ?? false,
      claiming: undefined,
    };
    this.#named.set(session, named);
    if (outcome === undefined) this.#claim(named);
    else {
      if (outcome.user !== undefined) this.deps.onUser(session);
      this.#reportChanges(named, {}, outcome);
    }
  }

  /** Whose API key the session's host gave. */
  userOf(session: HomeSession): string | undefined {
    return this.#named.get(session)?.user;
  }

  /** The session that has a name, as far as this edge knows: for when the directory is away. */
  find(name: string): { id: SessionId; role: Role } | undefined {
    for (const { session, names } of this.#named.values()) {
      for (const role of ['writer', 'reader'] as const) if (names[role] === name) return { id: session.id, role };
    }
    return undefined;
  }

  /** The host asks for other names. */
  wishChanged(session: HomeSession): void {
    const named = this.#named.get(session);
    if (named === undefined) return;
    named.due = true;
    this.#claim(named);
  }

  /** Claims what is due; with `lost`, the directory may have forgotten all. */
  renew(lost: boolean): void {
    for (const named of this.#named.values()) {
      if (lost && asksForNames(named.wish())) named.due = true;
      if (named.due) this.#claim(named);
    }
  }

  /** Looks whether the names that sessions have still lead to them; those that do not are claimed again. */
  async look(): Promise<void> {
    const held = [...this.#named.values()].filter((named) => named.claiming === undefined && !named.due);
    for (const named of held) {
      for (const name of Object.values(named.names)) {
        const holder = await this.deps.claims.holder(name);
        if (holder === named.session.id || this.#named.get(named.session) !== named) continue;
        named.due = true;
        this.#claim(named);
      }
    }
  }

  drop(session: HomeSession): void {
    this.#named.delete(session);
  }

  #claim(named: Named): void {
    named.claiming ??= this.#claimAll(named)
      .catch((error: unknown) => this.deps.failed('names', error))
      .finally(() => (named.claiming = undefined));
  }

  async #claimAll(named: Named): Promise<void> {
    const { session } = named;
    while (named.due && this.#named.get(session) === named && session.state !== 'closed') {
      named.due = false;
      const owner = { ...this.deps.owner(session), mark: named.mark?.() };
      const outcome = await this.deps.claims.claim(owner, named.wish());
      if (this.#named.get(session) !== named) return;
      if (outcome.again) {
        named.due = true;
        if (!named.waitNoticeSent) session.host.notify(outcome.notices);
        named.waitNoticeSent = true;
        return;
      }
      await this.#take(named, owner, outcome);
    }
  }

  async #take(named: Named, owner: Owner, outcome: NamesOutcome): Promise<void> {
    const { session, names: before, user } = named;
    named.names = outcome.names;
    named.user = outcome.user;
    named.waitNoticeSent = false;
    named.mark = undefined;
    const now = Object.values(outcome.names);
    const unwanted = Object.values(before).filter((name) => !now.includes(name));
    if (session.host.named(outcome.names, outcome.notices))
      session.host.notify(guessable(outcome.names, named.isOpen()));
    if (outcome.user !== user) this.deps.onUser(session);
    this.#reportChanges(named, before, outcome);
    await this.deps.claims.release(owner, unwanted);
  }

  /** What is not as it was `before`; a name that is refused is told of once. */
  #reportChanges(named: Named, before: JoinNames, { names, refused }: NamesOutcome): void {
    const [old, now] = [Object.values(before), Object.values(names)];
    const tell = (change: NameChange, name: string): void => {
      if (named.notices++ < MAX_TOLD) this.deps.changed(named.session, change, name);
    };
    for (const name of old) if (!now.includes(name)) tell(refused.includes(name) ? 'lost' : 'released', name);
    for (const name of now) if (!old.includes(name)) tell('claimed', name);
    for (const name of refused) if (!old.includes(name) && !named.refused.has(name)) tell('refused', name);
    named.refused.clear();
    for (const name of refused) named.refused.add(name);
  }
}

const guessable = (names: JoinNames, isOpen: boolean): string[] =>
  isOpen ? Object.values(names).map((name) => NameText.guessable(name)) : [];
