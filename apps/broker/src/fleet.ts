import {
  keptBy,
  readPolicy,
  type Invitation,
  type Lifting,
  type Person as Known,
  type SentAway,
  type SessionLock,
} from '#access';
import { addressKey } from '#address';
import { ShipmateError, type Clock, type ParticipantId, type SessionId, type Tracer } from '#kernel';
import { ControlClient, type ControlReply, type ControlRequest, type Person, type WaitingPerson } from '#control';
import type { Directory, EdgeRecord, SessionFilter, SessionView } from '#directory';
import type { Bus } from '#relay';

/** Sessions that are looked at for one page of a filter that the directory does not have. */
const MAX_LOOKED_AT = 5_000;
const BATCH = 500;

/** What a caller, `by`, says about somebody who waits. */
export type Word = Pick<Extract<ControlRequest, { kind: 'decide' }>, 'admit' | 'as'> & { readonly by: string };

/** What came of it. */
export interface Decided {
  readonly who: WaitingPerson;
  readonly decision: 'admitted' | 'refused' | 'agreed';
  readonly agreed: readonly string[];
  readonly needed: number;
}

/** Whoever has a link to decide by. */
export interface LinkCaller {
  readonly session: SessionId;
  readonly code: string;
}

const LINK_OVER = 'This link has been used, or its time is over, or whoever waited has left';
const SIGN_IN_FIRST =
  'Somebody has agreed by such a link already: sign in first, so that it is known that you are another person';
const NOBODY_WAITS = 'Nobody with that id is waiting to be let in';
const NOT_DECIDED: Readonly<Record<'full' | 'again' | 'own', string>> = {
  full: 'The session is full: they are still waiting',
  again: 'You have agreed already: somebody else must agree, too',
  own: 'You cannot agree to your own request',
};

function decided({ waiting: [who] = [], decision = 'unknown', agreed = [], needed = 1 }: ControlReply): Decided {
  if (who === undefined || decision === 'unknown') throw new ShipmateError('not-found', NOBODY_WAITS);
  if (decision === 'full' || decision === 'again' || decision === 'own') {
    throw new ShipmateError('conflict', NOT_DECIDED[decision]);
  }
  return { who, decision, agreed, needed };
}

/** What a broker sees of its fleet, and does to it. Nothing is kept here: any broker will do. */
export class Fleet {
  readonly #control: ControlClient;

  constructor(
    readonly directory: Directory,
    bus: Bus,
    clock: Clock,
    tracer?: Tracer,
  ) {
    this.#control = new ControlClient(bus, clock, tracer);
  }

  async edges(): Promise<readonly EdgeRecord[]> {
    return await this.directory.listEdges();
  }

  /**
   * Sessions in the order of their ids. With `user`, those of that user: looked for among the next 5,000, so that a page may
   * be short though more follow. `next`: where to go on, if there may be more.
   */
  async sessions(
    filter: SessionFilter & { readonly user?: string | undefined },
    page: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<{ found: readonly SessionView[]; next: string | undefined }> {
    const { user, ...rest } = filter;
    const found: SessionView[] = [];
    let { after } = page;
    for (let looked = 0; looked < MAX_LOOKED_AT; looked += BATCH) {
      const limit = user === undefined ? page.limit : BATCH;
      const views = await this.directory.listSessions(rest, { after, limit });
      for (const view of views) {
        after = view.session.id;
        if (user === undefined || view.session.labels['user'] === user) found.push(view);
        if (found.length === page.limit) return { found, next: after };
      }
      if (views.length < limit) return { found, next: undefined };
    }
    return { found, next: after };
  }

  /** `not-found` when there is no such session. */
  async session(id: SessionId): Promise<SessionView> {
    const view = await this.directory.lookup(id);
    if (view === undefined) throw new ShipmateError('not-found', 'There is no such session');
    return view;
  }

  /** Who is in a session, at whatever edge. */
  async people(session: SessionId): Promise<readonly Person[]> {
    return (await this.#askAll({ kind: 'people', session })).flatMap(({ people }) => people);
  }

  /** Ends a session; one that nobody holds as well. */
  async close(view: SessionView): Promise<void> {
    const { id: session, generation } = view.session;
    if (view.state === 'closed') return;
    const { home } = view;
    if (home !== undefined && (await this.#control.ask(home.id, { kind: 'close', session })).done) return;
    await this.directory.closeOrphan(session, generation, 'operator');
  }

  /**
   * Sends somebody away who is in the session, or makes them a reader, and keeps them so; answers whom the entries mean. `not-found`
   * when nobody of that id is there; `conflict` when no edge is the session's home.
   */
  async sendAwayParticipant(
    view: SessionView,
    participant: ParticipantId,
    { may, until }: Pick<SentAway, 'may' | 'until'>,
  ): Promise<readonly Known[]> {
    const session = view.session.id;
    const person = (await this.people(session)).find(({ id }) => id === participant);
    if (person === undefined) throw new ShipmateError('not-found', 'Nobody with that id is in this session');
    if (may === 'look' && person.role === 'reader') {
      throw new ShipmateError('not-found', 'No writer with that id is in this session');
    }
    const known = keptBy(person.knownBy ?? shownOf(person), takesKeysOnly(view));
    const entries = known.map((one) => ({ ...one, may, until }));
    let old: unknown;
    try {
      // Others may share their address: who is inside stays.
      await this.#order(view, { kind: 'send-away', session, entries, inside: false });
    } catch (error) {
      if (!(error instanceof ShipmateError) || !error.temporary) throw error;
      old = error;
    }
    const done = await this.#anyDid({ kind: may === 'nothing' ? 'kick' : 'make-reader', session, participant });
    // A home of an earlier release keeps nobody away, and still lets this one go.
    if (old !== undefined && !done) throw old;
    return known;
  }

  /** Keeps people away, or lets them only look. `conflict` when no edge is the session's home, or too many are kept away. */
  async sendAway(view: SessionView, entries: readonly SentAway[]): Promise<void> {
    await this.#order(view, { kind: 'send-away', session: view.session.id, entries, inside: true });
  }

  /** Lifts entries; answers which those were. */
  async lift(view: SessionView, lifting: Lifting): Promise<readonly SentAway[]> {
    return (await this.#order(view, { kind: 'lift', session: view.session.id, lifting })).lifted ?? [];
  }

  /** Adds an invitation; the host is told that `by` made it. `conflict` if there are too many. */
  async invite(view: SessionView, invitation: Invitation, by: string): Promise<void> {
    await this.#order(view, { kind: 'invite', session: view.session.id, invitation, by });
  }

  /** Takes an invitation back, and disconnects whoever is inside by it; answers it, or undefined if there is none. */
  async revoke(view: SessionView, invitation: string): Promise<Invitation | undefined> {
    return (await this.#order(view, { kind: 'revoke-invitation', session: view.session.id, invitation })).revoked;
  }

  /** Replaces a session's tokens; its host gets the new ones. */
  async rotate(view: SessionView, leave: boolean): Promise<void> {
    await this.#order(view, { kind: 'rotate', session: view.session.id, leave });
  }

  /** Locks a session, or, without `lock`, unlocks it. */
  async lock(view: SessionView, lock: SessionLock | undefined): Promise<void> {
    await this.#order(view, { kind: 'lock', session: view.session.id, ...(lock !== undefined && { lock }) });
  }

  async message(session: SessionId, text: string): Promise<void> {
    if (await this.#anyDid({ kind: 'message', session, text })) return;
    throw new ShipmateError('conflict', 'Nobody in this session can be reached now');
  }

  /** The people who wait for approval by a session's host, in the order in which they came; nobody if the session has no home. */
  async waiting({ home, state, session }: SessionView): Promise<readonly WaitingPerson[]> {
    if (home === undefined || state === 'closed') return [];
    return (await this.#control.ask(home.id, { kind: 'waiting', session: session.id })).waiting ?? [];
  }

  /**
   * Says a word about somebody who waits; answers who that was, and what came of it. `not-found` when nobody of that id does,
   * `conflict` when there is no place for them, or somebody else has to agree: they wait on.
   */
  async decide(view: SessionView, participant: ParticipantId, word: Word): Promise<Decided> {
    const { home, state, session } = view;
    if (home !== undefined && state !== 'closed') {
      return decided(await this.#control.ask(home.id, { kind: 'decide', session: session.id, participant, ...word }));
    }
    throw new ShipmateError('not-found', NOBODY_WAITS);
  }

  /** Whom a link is about; `not-found` when nobody waits, or it has been used. */
  async requestOf({ session, code }: LinkCaller): Promise<WaitingPerson> {
    const { waiting: [who] = [] } = await this.#byLink({ kind: 'link', session, code });
    if (who === undefined) throw new ShipmateError('not-found', LINK_OVER);
    return who;
  }

  /** The decision of whoever has a link, `by`; as `decide`. */
  async decideByLink(
    { session, code }: LinkCaller,
    { by, ...say }: Partial<Word> & Pick<Word, 'admit'>,
  ): Promise<Decided> {
    const reply = await this.#byLink({ kind: 'link', session, code, say, by });
    if (reply.waiting?.[0] === undefined) throw new ShipmateError('not-found', LINK_OVER);
    if (reply.decision === 'again' && by === undefined) throw new ShipmateError('conflict', SIGN_IN_FIRST);
    return decided(reply);
  }

  async #byLink(request: Extract<ControlRequest, { kind: 'link' }>): Promise<ControlReply> {
    const view = await this.directory.lookup(request.session);
    if (view?.home === undefined || view.state === 'closed') return { done: false, people: [] };
    return await this.#control.ask(view.home.id, request);
  }

  async drain(edge: EdgeRecord): Promise<void> {
    await this.#control.ask(edge.id, { kind: 'drain' });
  }

  /** Makes a session's home check its names again; if the home cannot be reached, it will notice by itself. */
  async namesChanged(session: SessionId): Promise<void> {
    const view = await this.directory.lookup(session);
    if (view?.home === undefined) return;
    try {
      await this.#control.ask(view.home.id, { kind: 'names', session });
    } catch (error) {
      if (!(error instanceof ShipmateError) || !error.temporary) throw error;
    }
  }

  dispose(): void {
    this.#control.dispose();
  }

  /** Has the session's home do something. */
  async #order({ home, state }: SessionView, request: ControlRequest): Promise<ControlReply> {
    if (state === 'closed') throw new ShipmateError('closed', 'The session has ended');
    const reply = home === undefined ? undefined : await this.#control.ask(home.id, request);
    if (reply?.refused !== undefined) throw new ShipmateError('conflict', reply.refused);
    if (reply?.done !== true) throw new ShipmateError('conflict', 'The session has no home now: try again in a moment');
    return reply;
  }

  async #anyDid(request: ControlRequest): Promise<boolean> {
    return (await this.#askAll(request)).some(({ done }) => done);
  }

  /** Asks every edge; one that does not answer is passed over, unless all do so. */
  async #askAll(request: ControlRequest): Promise<readonly ControlReply[]> {
    const edges = await this.edges();
    const asked = await Promise.allSettled(edges.map(async ({ id }) => await this.#control.ask(id, request)));
    const replies = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (replies.length === 0 && asked[0]?.status === 'rejected') throw asked[0].reason;
    return replies;
  }
}

/** What somebody is known by whose edge does not say it. */
const shownOf = ({ key, address }: Person): readonly Known[] => [
  ...(key === undefined ? [] : [{ by: 'key', value: key } as const]),
  { by: 'address', value: addressKey(address) },
];

/** Whether a session admits only certain keys. If its policy cannot be read, it counts as open, so that a ban includes more. */
function takesKeysOnly({ session }: SessionView): boolean {
  try {
    return readPolicy(session.policy).authorizedKeys !== undefined;
  } catch (error) {
    if (error instanceof ShipmateError) return false;
    throw error;
  }
}
