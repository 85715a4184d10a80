import type { Role, SessionId } from '#kernel';
import { asksForNames, type NameRequest } from '#access';
import { type HomeSession, type JoinNames, type NameChange, NameText } from '#session';
import type { Owner } from '#directory';
import { NO_NAMES_YET, type Claimant, type NameClaims, type NamesOutcome } from './name-claims.js';

/** A session's names: the ones that it has and the ones that its host wants. */
interface Named {
  readonly session: HomeSession;
  readonly request: () => NameRequest;
  /** Its host, if that can be recognized: see `#mark`. */
  readonly mark: () => string | undefined;
  /** Its first names are not decided yet. */
  isNew: boolean;
  /** Whether its token or name is enough to join. */
  readonly isOpen: () => boolean;
  names: JoinNames;
  user: string | undefined;
  /** Refused names that were reported. */
  readonly refused: Set<string>;
  /** How often something was reported about its names. */
  notices: number;
  /** Must be claimed at the next opportunity. */
  due: boolean;
  /** The host was told that it has to wait. */
  waitNoticeSent: boolean;
  claiming: Promise<void> | undefined;
}

/** The names that a session's host has asked for so far. */
export interface Requested {
  readonly request: () => NameRequest;
  /** Whether its token or name is enough to join. */
  readonly isOpen: () => boolean;
  /** What identifies the host, if anything does. */
  readonly mark: () => string | undefined;
  /** The directory does not know the session, so nobody has decided about its names. */
  readonly isUnknown: boolean;
}

/** Something that a host repeats is not reported each time. */
const MAX_REPORTED = 64;

export interface SessionNamesDeps {
  readonly claims: NameClaims;
  readonly owner: (session: HomeSession) => Owner;
  /** A session turns out to belong to another user. */
  readonly onUser: (session: HomeSession) => void;
  /** Something happened to a name; reported at most `MAX_REPORTED` times per session. */
  readonly changed: (session: HomeSession, change: NameChange, name: string) => void;
  readonly failed: (what: string, error: unknown) => void;
}

/**
 * The names of an edge's sessions: claims them, claims them again after an outage, and gives them back when they are not
 * wanted.
 */
export class SessionNames {
  readonly #named = new Map<HomeSession, Named>();

  constructor(private readonly deps: SessionNamesDeps) {}

  /** Claims the names of a session that is not open yet, so that its host gets them at once. */
  async first(owner: Claimant, request: NameRequest, inDirectory: boolean, isOpen: boolean): Promise<NamesOutcome> {
    if (!asksForNames(request)) return NO_NAMES_YET;
    if (!inDirectory) return { ...NO_NAMES_YET, notices: [NameText.later], again: true };
    const outcome = await this.deps.claims.claim(owner, request);
    return { ...outcome, notices: [...outcome.notices, ...guessable(outcome.names, isOpen)] };
  }

  /** Manages a session's names from now on; without `outcome`, they are claimed now. */
  keep(session: HomeSession, { request, isOpen, mark, isUnknown }: Requested, outcome: NamesOutcome | undefined): void {
    const old = this.#named.get(session);
    const named: Named = {
      session,
      request,
      isOpen,
      mark,
      isNew: outcome?.again ?? old?.isNew ?? isUnknown,
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

  /** The session that has a name, as far as this edge knows: for when the directory is not available. */
  find(name: string): { id: SessionId; role: Role } | undefined {
    for (const { session, names } of this.#named.values()) {
      for (const role of ['writer', 'reader'] as const) if (names[role] === name) return { id: session.id, role };
    }
    return undefined;
  }

  /** The host asks for other names. */
  requestChanged(session: HomeSession): void {
    const named = this.#named.get(session);
    if (named === undefined) return;
    named.due = true;
    this.#claim(named);
  }

  /** Claims the names that are due; with `lost`, the directory may have lost everything. */
  renew(lost: boolean): void {
    for (const named of this.#named.values()) {
      if (lost && asksForNames(named.request())) named.due = true;
      if (named.due) this.#claim(named);
    }
  }

  /** Checks whether the names of sessions still lead to them; those that do not are claimed again. */
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
      const owner = { ...this.deps.owner(session), mark: this.#mark(named) };
      const outcome = await this.deps.claims.claim(owner, named.request());
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

  /**
   * A host that starts again may get the names of a session that it abandoned. It keeps them if the directory has forgotten that: the
   * former session, whose host is away, may have claimed them first.
   */
  #mark({ session, mark, isNew, names }: Named): string | undefined {
    const isHolder = Object.keys(names).length > 0 && session.state === 'live';
    return isNew || isHolder ? mark() : undefined;
  }

  async #take(named: Named, owner: Owner, outcome: NamesOutcome): Promise<void> {
    const { session, names: before, user } = named;
    named.names = outcome.names;
    named.user = outcome.user;
    named.waitNoticeSent = false;
    named.isNew = false;
    const now = Object.values(outcome.names);
    const unwanted = Object.values(before).filter((name) => !now.includes(name));
    if (session.host.named(outcome.names, outcome.notices))
      session.host.notify(guessable(outcome.names, named.isOpen()));
    if (outcome.user !== user) this.deps.onUser(session);
    this.#reportChanges(named, before, outcome);
    await this.deps.claims.release(owner, unwanted);
  }

  /** Reports what has changed since `before`; a refused name is reported once. */
  #reportChanges(named: Named, before: JoinNames, { names, refused }: NamesOutcome): void {
    const [old, now] = [Object.values(before), Object.values(names)];
    const tell = (change: NameChange, name: string): void => {
      if (named.notices++ < MAX_REPORTED) this.deps.changed(named.session, change, name);
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
