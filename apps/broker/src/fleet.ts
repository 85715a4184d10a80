import { ShipmateError, type Clock, type ParticipantId, type SessionId, type Tracer } from '#kernel';
import { ControlClient, type ControlReply, type ControlRequest, type Person, type WaitingPerson } from '#control';
import type { Directory, EdgeRecord, SessionFilter, SessionView } from '#directory';
import type { Bus } from '#relay';

/** Sessions that are looked at for one page of a filter that the directory does not have. */
const MAX_LOOKED_AT = 5_000;
const BATCH = 500;

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

  /** `not-found` when nobody of that id is in the session. */
  async kick(session: SessionId, participant: ParticipantId): Promise<void> {
    if (await this.#anyDid({ kind: 'kick', session, participant })) return;
    throw new ShipmateError('not-found', 'Nobody of that id is in this session');
  }

  async makeReader(session: SessionId, participant: ParticipantId): Promise<void> {
    if (await this.#anyDid({ kind: 'make-reader', session, participant })) return;
    throw new ShipmateError('not-found', 'No writer of that id is in this session');
  }

  async message(session: SessionId, text: string): Promise<void> {
    if (await this.#anyDid({ kind: 'message', session, text })) return;
    throw new ShipmateError('conflict', 'Nobody can be told now');
  }

  /** Who waits at a session's door, in the order they came: nobody, where no edge is its home. */
  async waiting({ home, state, session }: SessionView): Promise<readonly WaitingPerson[]> {
    if (home === undefined || state === 'closed') return [];
    return (await this.#control.ask(home.id, { kind: 'waiting', session: session.id })).waiting ?? [];
  }

  /**
   * Lets in or refuses somebody who waits; answers who that was. `not-found` when nobody of that id does, `conflict` when there is no
   * place for them: they wait on.
   */
  async decide(view: SessionView, participant: ParticipantId, admit: boolean): Promise<WaitingPerson> {
    const { home, state, session } = view;
    if (home !== undefined && state !== 'closed') {
      const request = { kind: 'decide', session: session.id, participant, admit } as const;
      const { waiting: [who] = [], decision } = await this.#control.ask(home.id, request);
      if (decision === 'full')
        throw new ShipmateError('conflict', 'As many as the host allows are in the session: they wait on');
      if (who !== undefined && decision !== 'unknown') return who;
    }
    throw new ShipmateError('not-found', 'Nobody of that id waits to be let in');
  }

  async drain(edge: EdgeRecord): Promise<void> {
    await this.#control.ask(edge.id, { kind: 'drain' });
  }

  /** Has a session's home look at its names again; where that cannot be asked, it finds out by itself. */
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
