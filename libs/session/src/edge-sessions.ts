import { randomUUID } from 'node:crypto';
import {
  isShipmateError,
  NO_TRACER,
  sessionId,
  ShipmateError,
  traced,
  type Clock,
  type EdgeId,
  type Generation,
  type ParticipantId,
  type Role,
  type SessionId,
  type Span,
  type Tracer,
} from '#kernel';
import {
  asksForNames,
  checkHostPolicy,
  mintTokens,
  parseApproval,
  parseJoinKey,
  readPolicy,
  rightsInWords,
  writePolicy,
  type KeyFinder,
  type QuotaWho,
  type ReconnectionData,
  type ReconnectionSigner,
  type SessionPolicy,
  type Stay,
  type TokenPair,
} from '#access';
import {
  hashToken,
  type Directory,
  type Lookup,
  type NewSession,
  type PublicAddresses,
  type SessionRecord,
  type TokenHash,
} from '#directory';
import type { Relay } from '#relay';
import { Backplanes, type Backplane } from './backplanes.js';
import { hasDoor, NotLetIn, type Decision, type DoorAnswer, type Visitor } from './door.js';
import { EdgeLease } from './edge-lease.js';
import { HomeRecords } from './home-records.js';
import { HomeSession } from './home-session.js';
import { HostConnection, type HostIntroduction } from './host-connection.js';
import { tellDecision } from './host-probe.js';
import { HostReturns } from './host-returns.js';
import { knock, type AskedPlace } from './knock.js';
import { NameClaims, type NameAuthority, type NamesOutcome } from './name-claims.js';
import type { HostGone, SessionObserver } from './observer.js';
import type { HostLink, JoinerSink, ParticipantInfo, TerminalInfo } from './ports.js';
import { Replicas } from './replicas.js';
import type { Room } from './room.js';
import type { Seat } from './seat.js';
import type { HookListener } from './session-hooks.js';
import { SessionNames } from './session-names.js';
import type { JoinCommands } from './share.js';

/** An unwatched session's panes are packed away when nothing came from its host for this long. */
export const QUIET_MS = 2000;

/** How often sessions are looked over: packed away, or given a new clock in the status line. */
const SWEEP_MS = 5000;
/** After the directory was away, sessions are written again for so long: who is not found then is asked for again. */
const SETTLING_MS = 8000;
const ASK_AGAIN_MS = 250;
/** How long an edge that has given its sessions away still answers what other edges had sent it before they knew. */
const LATE_INPUT_MS = 250;

export interface EdgeDeps {
  readonly edgeId: EdgeId;
  readonly region: string;
  readonly addresses: PublicAddresses;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly relay: Relay;
  /** Those of the other regions, where each has its own. */
  readonly regions?: readonly Backplane[];
  readonly signer: ReconnectionSigner;
  readonly observer: SessionObserver;
  readonly commands: JoinCommands;
  /** How long a lost host is waited for, in milliseconds. */
  readonly hostGraceMs: number;
  /** Refuse hosts that bring no authorized keys. */
  readonly requireAuthorizedKeys: boolean;
  /** Who may have which names; undefined: there are none. */
  readonly names?: NameAuthority;
  /** Is told what webhooks tell of the sessions whose home this edge is. */
  readonly onHook?: HookListener;
  /** How many hosts and sessions there may be; undefined: any number. */
  readonly limits?: SessionLimits;
  /** Where keys that are published elsewhere are to be had; undefined: nowhere. */
  readonly keys?: KeyFinder;
  readonly tracer?: Tracer;
}

/** Limits on what hosts bring. */
export interface SessionLimits {
  /** Counts one more until it leaves. Throws `limit` with a sentence for the host where there are too many, unless `always`. */
  enter(what: 'hosts' | 'sessions', who: QuotaWho, always: boolean): Stay;
}

/** What a token or a name leads to, from this edge. */
export type JoinTarget =
  | SessionTarget
  /** It ended, that many milliseconds ago. */
  | { readonly kind: 'closed'; readonly agoMs: number }
  | { readonly kind: 'unknown' };

/** A session that goes on, here (`local`) or at another edge (`relay`). */
export interface SessionTarget {
  readonly kind: 'session';
  readonly id: SessionId;
  readonly route: 'local' | 'relay';
  readonly role: Role;
  /** Who may join: for the transport to look at. */
  readonly policy: SessionPolicy;
  /**
   * Seats a joiner, wherever the session lives; `info` has the target's role. Rejects with `unavailable` or `timeout` when
   * the session's home cannot be reached, `closed` when it has ended meanwhile, a `NotLetIn` when the host, or the number of those
   * whom it allows, is against it. Who must wait for the host's word is told so by `visitor`.
   */
  join(info: ParticipantInfo, terminal: TerminalInfo, sink: JoinerSink, visitor?: Visitor): Promise<Seat>;
}

interface Held {
  readonly session: HomeSession;
  policy: () => SessionPolicy;
  labels: () => Readonly<Record<string, string>>;
  readonly hashes: Readonly<Record<Role, TokenHash>>;
  /** The generation whose host was connected in the last round. */
  seenGeneration?: Generation | undefined;
  /** Counts it, where sessions are counted. */
  readonly stay: Stay | undefined;
}

/** With what somebody joins. */
type Joining = readonly [terminal: TerminalInfo, sink: JoinerSink, visitor?: Visitor];

/** Where somebody joins: whom to ask, who is there, and by what rules. */
interface Place {
  readonly door: AskedPlace;
  readonly room: Room;
  readonly policy: SessionPolicy;
}

const homePlace = ({ session, policy }: Held): Place => ({
  door: session.door,
  room: session.room,
  policy: policy(),
});

/** All sessions of one edge, as their home or as a replica: opens them for hosts, finds them for joiners. */
export class EdgeSessions {
  readonly #held = new Map<SessionId, Held>();
  readonly #tokens = new Map<TokenHash, { id: SessionId; role: Role }>();
  readonly #backplanes: Backplanes;
  readonly #records: HomeRecords;
  readonly #lease: EdgeLease;
  readonly #replicas: Replicas;
  readonly #names: SessionNames;
  readonly #returns: HostReturns;
  #settlingUntil = 0;
  #draining = false;
  #stopped = false;

  constructor(private readonly deps: EdgeDeps) {
    const { region, directory, relay, regions = [], edgeId, clock, observer, addresses } = deps;
    const failed = (what: string, error: unknown): void => observer.failed(what, error);
    this.#backplanes = new Backplanes({ region, directory, relay }, regions);
    this.#records = new HomeRecords({ edgeId, directory, failed, onLost: (session, why) => this.#lost(session, why) });
    this.#names = new SessionNames({
      claims: new NameClaims({ directory, clock, authority: deps.names, failed }),
      owner: (session) => ({ sessionId: session.id, edgeId, generation: session.generation }),
      onUser: (session) => this.#labelUser(session),
      changed: ({ id }, change, name) => observer.nameChanged(id, change, name),
      failed,
    });
    this.#returns = new HostReturns({
      ...deps,
      backplanes: this.#backplanes,
      home: (id) => this.home(id),
      tried: async (call) => await this.#tried(call),
    });
    this.#replicas = new Replicas({ ...deps, backplanes: this.#backplanes });
    this.#lease = new EdgeLease({
      clock,
      directory,
      others: regions.map((other) => other.directory),
      describe: () => ({ id: edgeId, region, addresses, load: this.#load, draining: this.#draining }),
      onAnswer: (lost) => this.#directoryAnswered(lost),
      failed,
    });
  }

  /** Makes this edge known and begins its rounds. */
  async start(): Promise<void> {
    await this.#lease.start();
    this.#every(SWEEP_MS, () => this.#sweep());
  }

  get size(): number {
    return this.#held.size;
  }

  /** Those that this edge is the home of. */
  get sessions(): Iterable<HomeSession> {
    return [...this.#held.values()].map(({ session }) => session);
  }

  /** The joiners of this edge, session by session, wherever the sessions live. */
  get rooms(): Iterable<Room> {
    return [...[...this.#held.values()].map(({ session }) => session.room), ...this.#replicas.rooms];
  }

  get draining(): boolean {
    return this.#draining;
  }

  /**
   * Takes a host's connection. `opened` is told once what came of it: a session, or why it has none; nothing where the
   * host is not ready before it goes.
   */
  acceptHost(
    link: HostLink,
    opened?: (outcome: { readonly session: SessionId } | { readonly failure: unknown }) => void,
  ): HostConnection {
    const { clock, observer } = this.deps;
    // What the host says comes later, from its socket.
    const parent = this.#tracer.active;
    return new HostConnection(
      link,
      clock,
      async (introduction) => {
        try {
          const session = await traced(this.#tracer, 'session.open', { parent }, async (span) => {
            return await this.#open(introduction, span);
          });
          opened?.({ session: session.id });
          return session;
        } catch (error) {
          opened?.({ failure: error });
          throw error;
        }
      },
      (what, error) => observer.failed(what, error),
      this.deps.keys,
    );
  }

  /**
   * What the directory knows of what `user` leads to, for somebody who only asks; undefined where it leads nowhere.
   * `unavailable` or `timeout` when the directory is away.
   */
  async look(user: string): Promise<Lookup | undefined> {
    const key = joinKey(user);
    if (key === undefined) return undefined;
    return await this.#lookup(
      async (directory) =>
        await (key.kind === 'token'
          ? directory.lookupByTokenHash(hashToken(key.token))
          : directory.lookupByName(key.name)),
    );
  }

  /**
   * What somebody who gave `user` wants to join; a text that cannot be a token or a name is `unknown` too. `unavailable` or
   * `timeout` when the session is not here and the directory is away.
   */
  async find(user: string): Promise<JoinTarget> {
    const key = joinKey(user);
    if (key === undefined) return { kind: 'unknown' };
    const hash = key.kind === 'token' ? hashToken(key.token) : undefined;
    const local = hash && this.#tokens.get(hash);
    const held = local && this.#held.get(local.id);
    if (local !== undefined && held !== undefined) return this.#homeTarget(held, local.role);
    const named = hash === undefined ? this.#names.find(user) : undefined;
    const lookup = await this.#lookup(
      async (directory) =>
        await (hash === undefined ? directory.lookupByName(user) : directory.lookupByTokenHash(hash)),
    ).catch((error: unknown) => {
      // Who holds a name is the directory's to say; while it is away, the one who held it last has it.
      if (named === undefined || !isShipmateError(error) || !error.temporary) throw error;
      return undefined;
    });
    const last = lookup === undefined && named !== undefined ? this.#held.get(named.id) : undefined;
    if (last !== undefined && named !== undefined) return this.#homeTarget(last, named.role);
    if (lookup === undefined) return { kind: 'unknown' };
    const { session: record, role, state } = lookup;
    const here = this.#held.get(record.id);
    if (here !== undefined) return this.#homeTarget(here, role);
    if (state !== 'closed') return this.#replicaTarget(lookup);
    return { kind: 'closed', agoMs: Math.max(0, this.deps.clock.now() - (record.closedAt ?? 0)) };
  }

  /**
   * Does what a host says of somebody who waits at its door, by the user name that it was shown for that. `unavailable` or
   * `timeout` when the session's home cannot be reached.
   */
  async decide(user: string): Promise<Decision> {
    const approval = parseApproval(user);
    if (approval === undefined) return 'unknown';
    const { sessionId: id, code, admit } = approval;
    const here = this.#held.get(id)?.session;
    if (here !== undefined) return here.door.decide(code, admit);
    const view = await this.#backplanes.find(async (directory) => await directory.lookup(id));
    if (view?.state !== 'live') return 'unknown';
    const { clock, edgeId } = this.deps;
    const { relay } = this.#backplanes.of(view.session.region);
    const { generation: expected } = view.session;
    const decision = await tellDecision({ relay, clock, edgeId, sessionId: id, generation: expected }, { code, admit });
    if (decision === undefined) throw new ShipmateError('timeout', "The session's home does not answer");
    return decision;
  }

  /** The session with that id whose home this edge is. */
  home(id: SessionId): HomeSession | undefined {
    return this.#held.get(id)?.session;
  }

  /** The joiners of a session at this edge. */
  room(id: SessionId): Room | undefined {
    return this.#held.get(id)?.session.room ?? [...this.#replicas.rooms].find((room) => room.id === id);
  }

  /** Who holds a session's names has changed: they are claimed again. */
  namesChanged(session: HomeSession): void {
    this.#names.wishChanged(session);
  }

  /** The directory can be reached again: what it does not know is written at once. */
  async directoryIsBack(): Promise<void> {
    this.#settlingUntil = this.deps.clock.monotonic() + SETTLING_MS;
    await this.#lease.beat();
  }

  /**
   * Gives all sessions away: their hosts go to look for another edge, and joiners stay as those of a replica until they
   * leave. Resolves when nobody is left, or after `forMs`.
   */
  async drain(forMs: number): Promise<void> {
    if (this.#draining || this.#stopped) return;
    this.#draining = true;
    const { sessions, participants } = this.#load;
    const attributes = { 'shipmate.sessions': sessions, 'shipmate.participants': participants };
    await traced(this.#tracer, 'edge.drain', { attributes }, async () => await this.#drain(forMs));
  }

  async #drain(forMs: number): Promise<void> {
    await this.#lease.beat();
    const given = [...this.#held.values()].map(({ session }) => session);
    const elsewhere = given.some((session) => session.hasRemoteJoiners);
    await Promise.all(given.map(async (session) => await this.#giveAway(session)));
    // Unanswered, it would be given up as lost: nobody could tell whether the host had it.
    if (elsewhere) await this.#pause(LATE_INPUT_MS);
    const deadline = this.deps.clock.monotonic() + forMs;
    while ([...this.rooms].some((room) => room.audience.size > 0) && this.deps.clock.monotonic() < deadline) {
      await this.#pause(ASK_AGAIN_MS);
    }
  }

  /** Ends everything here: joiners are told, hosts come back to another edge. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#replicas.stop();
    const releases = [...this.#held.values()].map(async ({ session }) => {
      session.detach();
      await this.#records.release(session);
    });
    await Promise.all(releases);
    await this.#lease.stop();
  }

  async #open(introduction: HostIntroduction, span: Span<'session.open'>): Promise<HomeSession> {
    const { link, policy, reconnectionData } = introduction;
    if (this.#stopped || this.#draining) throw new ShipmateError('unavailable', 'This server is stopping');
    checkHostPolicy(policy(), { authorizedKeys: this.deps.requireAuthorizedKeys });
    const earlier = reconnectionData === undefined ? undefined : this.#returns.verify(reconnectionData, link);
    // Who has a session comes back to it, however many others there are.
    const host = this.deps.limits?.enter('hosts', link, earlier !== undefined);
    if (host !== undefined) introduction.onGone(() => host.leave());
    if (earlier !== undefined) {
      const again = await this.#reopen(introduction, earlier, span);
      if (again !== undefined) return again;
    }
    const tokens = mintTokens();
    const id = sessionId(randomUUID());
    const stay = this.deps.limits?.enter('sessions', link, false);
    const attributes = { 'shipmate.session.id': id };
    span.set({ ...attributes, 'shipmate.session.origin': 'new' });
    try {
      const { record, written } = await traced(this.#tracer, 'session.claim', { attributes }, async () => {
        return await this.#records.claim(this.#newSession(id, tokens, introduction));
      });
      span.set({ 'shipmate.generation': record.generation });
      const owner = { sessionId: id, edgeId: this.deps.edgeId, generation: record.generation };
      const isOpen = policy().authorizedKeys === undefined;
      const names = await this.#names.first(owner, introduction.nameWish(), written, isOpen);
      if (names.notices.length > 0) link.send(names.notices.map((text) => ({ type: 'notify', text })));
      return this.#keep(record, tokens, introduction, { again: false, written, names, stay });
    } catch (error) {
      stay?.leave();
      throw error;
    }
  }

  /** The session that the host had, if it can have it again; else it is told why not. */
  async #reopen(
    introduction: HostIntroduction,
    earlier: ReconnectionData,
    span: Span<'session.open'>,
  ): Promise<HomeSession | undefined> {
    const { link } = introduction;
    try {
      const { createdAt, sessionId: id } = earlier;
      const attributes = { 'shipmate.session.id': id };
      const wanted = { ...this.#newSession(id, earlier.tokens, introduction), createdAt };
      const expected = await traced(this.#tracer, 'session.probe', { attributes }, async () => {
        return await this.#returns.whatToExpect(earlier, wanted);
      });
      const { record, written } = await traced(this.#tracer, 'session.take-over', { attributes }, async (own) => {
        const taken = await this.#records.takeover(wanted, expected);
        own.set({ 'shipmate.generation': taken.record.generation });
        return taken;
      });
      const origin = this.#held.has(id) ? 'reconnected' : 'taken-over';
      const { generation: reached } = record;
      span.set({ ...attributes, 'shipmate.session.origin': origin, 'shipmate.generation': reached });
      return this.#keep(record, earlier.tokens, introduction, { again: true, written });
    } catch (error) {
      if (!isShipmateError(error, 'conflict') && !isShipmateError(error, 'closed')) throw error;
      const why = error.code === 'closed' ? 'has ended' : 'is held by another connection';
      link.send([{ type: 'notify', text: `Your session ${why}: this is a new one` }]);
      return undefined;
    }
  }

  /** Makes this edge the session's home: a new one, or the one it holds already with its host's new connection. */
  #keep(
    record: SessionRecord,
    tokens: TokenPair,
    introduction: HostIntroduction,
    {
      again,
      written,
      names,
      stay,
    }: { again: boolean; written: boolean; names?: NamesOutcome; stay?: Stay | undefined },
  ): HomeSession {
    const { clock, observer, signer } = this.deps;
    const { link, model, policy } = introduction;
    const attachment = {
      link,
      model,
      generation: record.generation,
      again,
      names: names?.names ?? (asksForNames(introduction.nameWish()) ? undefined : {}),
      hook: () => ({ wish: introduction.hookWish(), foreground: policy().foreground }),
      policy,
      reconnectionData: signer.sign({
        sessionId: record.id,
        tokens,
        generation: record.generation,
        issuedAt: clock.now(),
        createdAt: record.createdAt,
      }),
    };
    observer.sessionOpened(record.id, {
      address: link.address,
      clientVersion: model.version?.clientVersion ?? '',
      key: link.key,
      certificate: link.certificate,
      reconnected: again,
      rights: rightsInWords(policy()),
    });
    const held = this.#held.get(record.id);
    if (held !== undefined) {
      held.policy = policy;
      held.labels = () => this.#labels(held.session, introduction);
      held.session.reattach(attachment);
    } else if (again) observer.tookOver(record.id);
    const session = held?.session ?? this.#makeHome(record, tokens, attachment);
    if (held === undefined) {
      const labels = (): Readonly<Record<string, string>> => this.#labels(session, introduction);
      const counted = stay ?? this.deps.limits?.enter('sessions', link, true);
      this.#held.set(record.id, { session, policy, labels, hashes: record.tokens, stay: counted });
      for (const role of ['writer', 'reader'] as const) this.#tokens.set(record.tokens[role], { id: record.id, role });
    }
    const make = (): NewSession => ({
      ...this.#newSession(record.id, tokens, introduction),
      createdAt: record.createdAt,
      labels: this.#labels(session, introduction),
    });
    this.#records.keep(session, make, written);
    this.#names.keep(session, introduction.nameWish, () => policy().authorizedKeys === undefined, names);
    introduction.onNameWish(() => this.#names.wishChanged(session));
    introduction.onPolicy(() => {
      this.#records.write(session, { policy: writePolicy(policy()) });
      session.policyChanged();
    });
    // What came while the directory was asked.
    if (writePolicy(policy()) !== record.policy) this.#records.write(session, { policy: writePolicy(policy()) });
    // Last: its time may be over already.
    session.policyChanged();
    return session;
  }

  /** Joiners who are here already, as those of a replica, stay. */
  #makeHome(
    record: SessionRecord,
    tokens: TokenPair,
    attachment: ConstructorParameters<typeof HomeSession>[3],
  ): HomeSession {
    const { clock, observer, commands, hostGraceMs, relay, tracer } = this.deps;
    const deps = {
      clock,
      tracer,
      observer,
      commands,
      relay,
      hostGraceMs,
      onHook: this.deps.onHook,
      onHost: (self: HomeSession, hostConnected: boolean) => this.#records.write(self, { hostConnected }),
      onClosed: (self: HomeSession, why: HostGone) => {
        this.#forget(self);
        this.#records.close(self, why);
      },
      onSuperseded: (self: HomeSession) => this.#lost(self, 'conflict'),
    };
    const earlier = this.#replicas.take(record.id);
    const session = new HomeSession(record.id, tokens, deps, attachment, record.createdAt, earlier?.room);
    session.takeHeld(earlier?.held ?? []);
    return session;
  }

  /** Another edge is the home: joiners of this one follow it there, unnoticed. */
  #lost(session: HomeSession, why: 'conflict' | 'closed'): void {
    this.#records.drop(session);
    if (why === 'closed') {
      session.close('expired', 'lost');
      return;
    }
    this.#forget(session);
    this.#moveOut(session, 'moved');
  }

  async #giveAway(session: HomeSession): Promise<void> {
    await this.#records.release(session);
    if (this.#held.get(session.id)?.session !== session) return;
    this.#forget(session);
    this.#moveOut(session, 'shutdown');
  }

  #moveOut(session: HomeSession, why: HostGone): void {
    const { room, model, generation } = session;
    session.handOver(why);
    if (room.audience.size > 0 && !room.over) this.#replicas.follow(session.id, generation, { room, model });
  }

  #forget(session: HomeSession): void {
    this.#names.drop(session);
    const held = this.#held.get(session.id);
    if (held?.session !== session) return;
    this.#held.delete(session.id);
    held.stay?.leave();
    for (const hash of Object.values(held.hashes)) this.#tokens.delete(hash);
  }

  #newSession(id: SessionId, tokens: TokenPair, { model, policy, link }: HostIntroduction): NewSession {
    return {
      id,
      tokens: { writer: hashToken(tokens.writer), reader: hashToken(tokens.reader) },
      region: this.deps.region,
      addresses: this.deps.addresses,
      createdAt: this.deps.clock.now(),
      policy: writePolicy(policy()),
      labels: labelsOf(link, model),
    };
  }

  /** What is written of a session beside its rights: also whose it is, once that is known. */
  #labels(session: HomeSession, { link, model }: HostIntroduction): Readonly<Record<string, string>> {
    const user = this.#names.userOf(session);
    return { ...labelsOf(link, model), ...(user === undefined ? {} : { user }) };
  }

  #labelUser(session: HomeSession): void {
    const labels = this.#held.get(session.id)?.labels;
    if (labels !== undefined) this.#records.write(session, { labels: labels() });
  }

  #homeTarget({ session, policy }: Held, role: Role): SessionTarget {
    return {
      kind: 'session',
      id: session.id,
      route: 'local',
      role: policy().readersOnly ? 'reader' : role,
      policy: policy(),
      join: async (...joining) => await this.#enter(session.id, undefined, ...joining),
    };
  }

  #replicaTarget(lookup: Lookup): SessionTarget {
    const { session: record, role } = lookup;
    const policy = readPolicy(record.policy);
    return {
      kind: 'session',
      id: record.id,
      route: 'relay',
      role: policy.readersOnly ? 'reader' : role,
      policy,
      join: async (...joining) => await this.#enter(record.id, lookup, ...joining),
    };
  }

  async #enter(id: SessionId, lookup: Lookup | undefined, info: ParticipantInfo, ...rest: Joining): Promise<Seat> {
    const attributes = { 'shipmate.session.id': id, 'shipmate.participant.id': info.id };
    return await traced(this.#tracer, 'session.enter', { attributes }, async () => {
      return await this.#join(id, lookup, info, ...rest);
    });
  }

  /** The session may have moved since it was found: here, away from here, or to its end. */
  async #join(
    id: SessionId,
    lookup: Lookup | undefined,
    info: ParticipantInfo,
    ...[terminal, sink, visitor]: Joining
  ): Promise<Seat> {
    for (let known = lookup; ; known = undefined) {
      if (this.#stopped) throw new ShipmateError('unavailable', 'This server is stopping');
      const held = this.#held.get(id);
      const { door, room, policy } =
        held === undefined ? await this.#replicaPlace(id, known, info.id) : homePlace(held);
      const answer = hasDoor(policy) ? await this.#knock(door, info, visitor) : 'admitted';
      if (answer === 'closed' || room.over) throw new ShipmateError('closed', 'The session has ended');
      if (answer === 'admitted') return room.join(info, terminal, sink);
      if (answer !== 'moved') throw new NotLetIn(answer);
      await this.#pause(ASK_AGAIN_MS);
    }
  }

  async #knock(door: AskedPlace, info: ParticipantInfo, visitor: Visitor | undefined): Promise<DoorAnswer> {
    return await traced(this.#tracer, 'session.knock', {}, async (span) => {
      const answer = await knock(door, info, visitor, this.deps.clock);
      if (answer !== 'admitted') span.fail(answer);
      return answer;
    });
  }

  async #replicaPlace(id: SessionId, known: Lookup | undefined, participant: ParticipantId): Promise<Place> {
    const view = known ?? (await this.#backplanes.find(async (directory) => await directory.lookup(id)));
    if (view === undefined || view.state === 'closed') throw new ShipmateError('closed', 'The session has ended');
    const attributes = { 'shipmate.session.id': id, 'shipmate.participant.id': participant };
    const replica = await traced(this.#tracer, 'relay.follow', { attributes }, async ({ traceparent }) => {
      return await this.#replicas.open(view, (opened) => {
        if (traceparent !== undefined) opened.trace(participant, traceparent);
      });
    });
    return { door: replica, room: replica.room, policy: readPolicy(view.session.policy) };
  }

  /** Asks again while sessions are being written to a directory that had lost them. */
  async #lookup(ask: (directory: Directory) => Promise<Lookup | undefined>): Promise<Lookup | undefined> {
    for (;;) {
      const found = await this.#backplanes.find(ask);
      if (found !== undefined || this.deps.clock.monotonic() >= this.#settlingUntil) return found;
      await this.#pause(ASK_AGAIN_MS);
    }
  }

  #directoryAnswered(lost: boolean): void {
    if (lost) {
      this.deps.observer.leaseLost();
      this.#settlingUntil = this.deps.clock.monotonic() + SETTLING_MS;
      this.#replicas.announce();
    }
    // What is written anew must be there before its names are claimed.
    void this.#records.answers(lost).then(() => this.#names.renew(lost));
  }

  get #tracer(): Tracer {
    return this.deps.tracer ?? NO_TRACER;
  }

  get #load(): { sessions: number; participants: number } {
    let participants = 0;
    for (const room of this.rooms) participants += room.audience.size;
    return { sessions: this.#held.size, participants };
  }

  #sweep(): void {
    for (const held of this.#held.values()) {
      const { session } = held;
      if (session.audience.size === 0) session.model.sleep(QUIET_MS);
      else session.model.tick();
      this.#confirm(held);
    }
    this.#replicas.tick();
    void this.#lookForEdges();
    void this.#lookForHosts();
  }

  /** An edge that is gone takes its joiners with it, and its sessions wait for their hosts. */
  async #lookForEdges(): Promise<void> {
    const homes = [...this.sessions].filter((one) => one.hasRemoteJoiners);
    for (const { region, directory } of this.#backplanes.all) {
      const own = directory === this.deps.directory;
      if (!this.#replicas.has(region) && !(own && homes.length > 0)) continue;
      const edges = await this.#tried(directory.listEdges());
      if (edges === undefined || this.#stopped) continue;
      const alive = new Set(edges.map(({ id }) => id));
      if (own) for (const session of homes) session.keepEdges(alive);
      await this.#replicas.look(region, alive);
    }
  }

  /** A host that is waited for may be at another edge, even in another region, already. */
  async #lookForHosts(): Promise<void> {
    const waiting = [...this.sessions].filter(({ state }) => state === 'reconnecting');
    if (waiting.length > 0) await this.#tried(this.#records.verify(waiting));
  }

  /** A connection that lived through a whole round has brought the host its newest reconnection data. */
  #confirm(held: Held): void {
    const { session } = held;
    const last = held.seenGeneration;
    held.seenGeneration = session.state === 'live' ? session.generation : undefined;
    if (last !== undefined && last === held.seenGeneration) this.#records.confirm(session);
  }

  #every(ms: number, run: () => void): void {
    this.deps.clock.after(ms, () => {
      if (this.#stopped) return;
      run();
      this.#every(ms, run);
    });
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.deps.clock.after(ms, resolve));
  }

  /** Undefined where it fails: the directory being away costs no session. */
  async #tried<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      this.deps.observer.failed('directory', error);
      return undefined;
    }
  }
}

const labelsOf = (link: HostLink, model: HostIntroduction['model']): Readonly<Record<string, string>> => ({
  address: link.address,
  clientVersion: model.version?.clientVersion ?? '',
});

function joinKey(user: string): ReturnType<typeof parseJoinKey> | undefined {
  try {
    return parseJoinKey(user);
  } catch (error) {
    if (isShipmateError(error, 'not-found')) return undefined;
    throw error;
  }
}
