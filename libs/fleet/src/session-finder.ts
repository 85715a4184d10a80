import { parseApproval, parseJoinKey, readPolicy, type SessionPolicy } from '#access';
import {
  hasDoor,
  NotLetIn,
  type Decision,
  type DoorAnswer,
  type Visitor,
  type JoinerSink,
  type ParticipantInfo,
  type TerminalInfo,
  type Room,
  type Seat,
} from '#session';
import { hashToken, type Directory, type Lookup } from '#directory';
import {
  isShipmateError,
  pause,
  ShipmateError,
  traced,
  type Clock,
  type EdgeId,
  type ParticipantId,
  type Role,
  type SessionId,
  type Tracer,
} from '#kernel';
import type { Backplanes } from './backplanes.js';
import type { Held, HeldSessions } from './held-sessions.js';
import { tellDecision } from './host-probe.js';
import { knock, type AskedPlace } from './knock.js';
import type { Replicas } from './replicas.js';
import type { SessionNames } from './session-names.js';

/** How long to wait before one looks again whether something has changed. */
export const ASK_AGAIN_MS = 250;
/** After the directory was away, sessions are written again for so long: who is not found then is asked for again. */
const SETTLING_MS = 8000;

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

export interface FinderDeps {
  readonly edgeId: EdgeId;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly held: HeldSessions;
  readonly names: SessionNames;
  readonly replicas: Replicas;
  readonly backplanes: Backplanes;
  readonly isStopped: () => boolean;
}

/** Finds sessions for joiners, wherever they live, and seats them there. */
export class SessionFinder {
  #settlingUntil = 0;

  constructor(private readonly deps: FinderDeps) {}

  /** The directory had lost sessions, which are being written again. */
  settle(): void {
    this.#settlingUntil = this.deps.clock.monotonic() + SETTLING_MS;
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
    const local = hash && this.deps.held.byToken(hash);
    // While its host is away it may have another home, and other tokens, already.
    if (local?.held.session.state === 'live') return this.#homeTarget(local.held, local.role);
    const named = hash === undefined ? this.deps.names.find(user) : undefined;
    let away = false;
    const lookup = await this.#lookup(
      async (directory) =>
        await (hash === undefined ? directory.lookupByName(user) : directory.lookupByTokenHash(hash)),
    ).catch((error: unknown) => {
      // Who holds a name is the directory's to say; while it is away, the one who held it last has it.
      if ((named ?? local) === undefined || !isShipmateError(error) || !error.temporary) throw error;
      away = true;
      return undefined;
    });
    if (away && local !== undefined) return this.#homeTarget(local.held, local.role);
    const last = lookup === undefined && named !== undefined ? this.deps.held.get(named.id) : undefined;
    if (last !== undefined && named !== undefined) return this.#homeTarget(last, named.role);
    if (lookup === undefined) return { kind: 'unknown' };
    const { session: record, role, state } = lookup;
    const here = this.deps.held.get(record.id);
    if (here !== undefined) return this.#homeTarget(here, role);
    if (state !== 'closed') return this.#replicaTarget(lookup);
    return { kind: 'closed', agoMs: Math.max(0, lookup.asOf - (record.closedAt ?? 0)) };
  }

  /**
   * Does what a host says of somebody who waits at its door, by the user name that it was shown for that. `unavailable` or
   * `timeout` when the session's home cannot be reached.
   */
  async decide(user: string): Promise<Decision> {
    const approval = parseApproval(user);
    if (approval === undefined) return 'unknown';
    const { sessionId: id, code, admit } = approval;
    const here = this.deps.held.get(id)?.session;
    if (here !== undefined) return here.door.decide(code, admit);
    const view = await this.deps.backplanes.find(async (directory) => await directory.lookup(id));
    if (view?.state !== 'live') return 'unknown';
    const { clock, edgeId } = this.deps;
    const { relay } = this.deps.backplanes.of(view.session.region);
    const { generation: expected } = view.session;
    const decision = await tellDecision({ relay, clock, edgeId, sessionId: id, generation: expected }, { code, admit });
    if (decision === undefined) throw new ShipmateError('timeout', "The session's home does not answer");
    return decision;
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
    return await traced(this.deps.tracer, 'session.enter', { attributes }, async () => {
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
      if (this.deps.isStopped()) throw new ShipmateError('unavailable', 'This server is stopping');
      const held = this.deps.held.get(id);
      const { door, room, policy } =
        held === undefined ? await this.#replicaPlace(id, known, info.id) : homePlace(held);
      const answer = hasDoor(policy) ? await this.#knock(door, info, visitor) : 'admitted';
      if (answer === 'closed' || room.over) throw new ShipmateError('closed', 'The session has ended');
      if (answer === 'admitted') return room.join(info, terminal, sink);
      if (answer !== 'moved') throw new NotLetIn(answer);
      await pause(this.deps.clock, ASK_AGAIN_MS);
    }
  }

  async #knock(door: AskedPlace, info: ParticipantInfo, visitor: Visitor | undefined): Promise<DoorAnswer> {
    return await traced(this.deps.tracer, 'session.knock', {}, async (span) => {
      const answer = await knock(door, info, visitor, this.deps.clock);
      if (answer !== 'admitted') span.fail(answer);
      return answer;
    });
  }

  async #replicaPlace(id: SessionId, known: Lookup | undefined, participant: ParticipantId): Promise<Place> {
    const view = known ?? (await this.deps.backplanes.find(async (directory) => await directory.lookup(id)));
    if (view === undefined || view.state === 'closed') throw new ShipmateError('closed', 'The session has ended');
    const attributes = { 'shipmate.session.id': id, 'shipmate.participant.id': participant };
    const replica = await traced(this.deps.tracer, 'relay.follow', { attributes }, async ({ traceparent }) => {
      return await this.deps.replicas.open(view, (opened) => {
        if (traceparent !== undefined) opened.trace(participant, traceparent);
      });
    });
    return { door: replica, room: replica.room, policy: readPolicy(view.session.policy) };
  }

  /** Asks again while sessions are being written to a directory that had lost them. */
  async #lookup(ask: (directory: Directory) => Promise<Lookup | undefined>): Promise<Lookup | undefined> {
    for (;;) {
      const found = await this.deps.backplanes.find(ask);
      if (found !== undefined || this.deps.clock.monotonic() >= this.#settlingUntil) return found;
      await pause(this.deps.clock, ASK_AGAIN_MS);
    }
  }
}

function joinKey(user: string): ReturnType<typeof parseJoinKey> | undefined {
  try {
    return parseJoinKey(user);
  } catch (error) {
    if (isShipmateError(error, 'not-found')) return undefined;
    throw error;
  }
}
