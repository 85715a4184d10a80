import {
  admit,
  hashInvitation,
  invitationOf,
  lacks,
  parseApproval,
  parseJoinKey,
  readPolicy,
  refusalText,
  sessionOfInvitation,
  type Proofs,
  type SessionPolicy,
} from '#access';
import {
  NotAdmitted,
  participant,
  type Decision,
  type JoinerSink,
  type JoinRequest,
  type JoinWaiter,
  type ReplicaSession,
  type Room,
  type Seat,
  type TerminalInfo,
} from '#session';
import { hashToken, type Directory, type Lookup, type SessionRecord } from '#directory';
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
import type { LockedPeople, SignedOutPeople } from './edge-deps.js';
import type { LocalSession, LocalSessions } from './local-sessions.js';
import { sendDecision } from './host-probe.js';
import { askToJoin, type AskAnswer, type AskedPlace } from './ask-to-join.js';
import type { Replicas } from './replicas.js';
import type { SessionNames } from './session-names.js';

/** How long to wait before checking again, in ms. */
export const ASK_AGAIN_MS = 250;
/**
 * How long sessions are written again after the directory was not available, in ms: a session that is not found is then looked
 * up again.
 */
const SETTLING_MS = 8000;

/** What somebody came with that the finder has verified: the hash of a token or an invitation; neither with a name. */
type CameWith = Pick<Proofs, 'token' | 'invitation'>;

/** What a token or a name leads to, from this edge. */
export type JoinTarget =
  | SessionTarget
  /** It ended this many milliseconds ago. */
  | { readonly kind: 'closed'; readonly agoMs: number }
  | { readonly kind: 'unknown' };

/** A live session, here (`local`) or at another edge (`relay`). */
export interface SessionTarget {
  readonly kind: 'session';
  readonly id: SessionId;
  readonly route: 'local' | 'relay';
  /** What the token or the name allows at most. */
  readonly role: Role;
  /** What they came with, as a part of what they have proved. */
  readonly cameWith: CameWith;
  /** Who may join, as far as this edge knows: to ask joiners for what they need. */
  readonly policy: SessionPolicy;
  /**
   * Seats a joiner, wherever the session lives, if its home lets them in at that moment; the request has the target's role.
   * Rejects with `unavailable` or `timeout` when the home cannot be reached, `closed` when the session has ended meanwhile,
   * a `NotAdmitted` when they may not join. `waiter` is notified if they must wait for the host's approval.
   */
  join(request: JoinRequest, terminal: TerminalInfo, sink: JoinerSink, waiter?: JoinWaiter): Promise<Seat>;
}

/** What somebody joins with. */
interface Joining {
  readonly request: JoinRequest;
  readonly terminal: TerminalInfo;
  readonly sink: JoinerSink;
  readonly waiter: JoinWaiter | undefined;
}

/** Where somebody joins: whom to ask, who is there, and the rules as far as this edge knows. */
interface Place {
  readonly asked: AskedPlace;
  readonly room: Room;
  readonly policy: SessionPolicy;
  /** How long the first answer may take, in ms. */
  readonly firstWordMs: number;
  /** Seats them at this moment, after that answer; or returns the reason why not. */
  seat(joining: Joining, answer: AskAnswer): Seat | AskAnswer;
}

/** How long a home may take to answer anything, in ms; after that, there is no home, or it cannot be reached. */
const FIRST_WORD_MS = 10_000;
/** The same if the session waits for its host, according to the directory: its home may be lost. */
const FIRST_WORD_WITHOUT_HOST_MS = 1_000;

const homePlace = ({ session, policy }: LocalSession): Place => ({
  asked: session.rules.admissions,
  room: session.room,
  policy: policy(),
  firstWordMs: FIRST_WORD_MS,
  seat: ({ request, terminal, sink }, answer) =>
    answer.kind === 'admitted' ? session.traffic.seat(request, terminal, sink) : answer,
});

function replicaPlace(replica: ReplicaSession, policy: SessionPolicy, firstWordMs: number): Place {
  return {
    asked: replica,
    room: replica.room,
    policy,
    firstWordMs,
    seat: ({ request, terminal, sink }, answer) => {
      if (answer.kind !== 'admitted') return answer;
      if (replica.isDone) return { kind: 'moved' };
      const info = participant(request, answer, policy);
      return replica.seat({ info, terminal, sink, proofs: request.proofs }, answer.undecided === true);
    },
  };
}

export interface FinderDeps {
  readonly edgeId: EdgeId;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly local: LocalSessions;
  readonly names: SessionNames;
  readonly replicas: Replicas;
  readonly backplanes: Backplanes;
  readonly locks: Pick<LockedPeople, 'list'> | undefined;
  readonly signOuts: Pick<SignedOutPeople, 'list'> | undefined;
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
   * What the directory knows about the session of `user`, for somebody who only asks; undefined if there is none. Throws
   * `unavailable` or `timeout` if the directory is not available.
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
   * The session that somebody with `user` wants to join; a text that cannot be a token or a name is `unknown` too. Throws
   * `unavailable` or `timeout` if the session is not here and the directory is not available.
   */
  async find(user: string): Promise<JoinTarget> {
    const invited = sessionOfInvitation(user);
    if (invited !== undefined) return await this.#findInvited(invited, hashInvitation(user));
    const key = joinKey(user);
    if (key === undefined) return { kind: 'unknown' };
    const hash = key.kind === 'token' ? hashToken(key.token) : undefined;
    const cameWith = hash === undefined ? {} : { token: hash };
    const local = hash && this.deps.local.byToken(hash);
    // While its host is away, it may already have another home and other tokens.
    if (local?.held.session.state === 'live') return this.#homeTarget(local.held, local.role, cameWith);
    const named = hash === undefined ? this.deps.names.find(user) : undefined;
    let away = false;
    const lookup = await this.#lookup(
      async (directory) =>
        await (hash === undefined ? directory.lookupByName(user) : directory.lookupByTokenHash(hash)),
    ).catch((error: unknown) => {
      // The directory says who holds a name; while it is not available, the last holder counts.
      if ((named ?? local) === undefined || !isShipmateError(error) || !error.temporary) throw error;
      away = true;
      return undefined;
    });
    if (away && local !== undefined) return this.#homeTarget(local.held, local.role, cameWith);
    const last = lookup === undefined && named !== undefined ? this.deps.local.get(named.id) : undefined;
    if (last !== undefined && named !== undefined) return this.#homeTarget(last, named.role, {});
    if (lookup === undefined) return { kind: 'unknown' };
    const { session: record, role, state } = lookup;
    const here = this.deps.local.get(record.id);
    if (here !== undefined) return this.#homeTarget(here, role, cameWith);
    if (state !== 'closed') return this.#replicaTarget(lookup, cameWith);
    return { kind: 'closed', agoMs: Math.max(0, lookup.asOf - (record.closedAt ?? 0)) };
  }

  /** The session of an invitation; one that the session does not know leads nowhere. */
  async #findInvited(id: SessionId, invitation: string): Promise<JoinTarget> {
    const here = this.deps.local.get(id);
    if (here !== undefined) {
      const found = invitationOf(here.policy(), { invitation });
      return found === undefined ? { kind: 'unknown' } : this.#homeTarget(here, found.role, { invitation });
    }
    const view = await this.deps.backplanes.find(async (directory) => await directory.lookup(id));
    const found = view && invitationOf(this.#policyOf(view.session), { invitation });
    if (view === undefined || found === undefined) return { kind: 'unknown' };
    if (view.state === 'closed')
      return { kind: 'closed', agoMs: Math.max(0, view.asOf - (view.session.closedAt ?? 0)) };
    return this.#replicaTarget({ ...view, role: found.role }, { invitation });
  }

  /**
   * Carries out a host's decision on somebody who waits; `user` is the user name that the host was shown for it. Throws
   * `unavailable` or `timeout` if the session's home cannot be reached.
   */
  async decide(user: string): Promise<Decision> {
    const approval = parseApproval(user);
    if (approval === undefined) return 'unknown';
    const { sessionId: id, code, admit } = approval;
    const here = this.deps.local.get(id)?.session;
    if (here !== undefined) return here.rules.admissions.decide(code, admit);
    const view = await this.deps.backplanes.find(async (directory) => await directory.lookup(id));
    if (view?.state !== 'live') return 'unknown';
    const { clock, edgeId } = this.deps;
    const { relay } = this.deps.backplanes.of(view.session.region);
    const { generation: expected } = view.session;
    const decision = await sendDecision({ relay, clock, edgeId, sessionId: id, generation: expected }, { code, admit });
    if (decision === undefined) throw new ShipmateError('timeout', "The session's home does not answer");
    return decision;
  }

  /** Who may join a session with another home, as far as this edge knows. */
  #policyOf({ policy }: Pick<SessionRecord, 'policy'>): SessionPolicy {
    const { locks, signOuts } = this.deps;
    return { ...readPolicy(policy), personLocks: locks?.list, signOuts: signOuts?.list };
  }

  #homeTarget({ session, policy }: LocalSession, role: Role, cameWith: CameWith): SessionTarget {
    return this.#target('local', { id: session.id, role, policy: policy() }, undefined, cameWith);
  }

  #replicaTarget(lookup: Lookup, cameWith: CameWith): SessionTarget {
    const { session, role } = lookup;
    return this.#target('relay', { id: session.id, role, policy: this.#policyOf(session) }, lookup, cameWith);
  }

  #target(
    route: SessionTarget['route'],
    found: Pick<SessionTarget, 'id' | 'role' | 'policy'>,
    lookup: Lookup | undefined,
    cameWith: CameWith,
  ): SessionTarget {
    return {
      kind: 'session',
      ...found,
      cameWith,
      route,
      join: async ({ proofs, ...rest }, terminal, sink, waiter) => {
        const request = { ...rest, proofs: { ...proofs, ...cameWith } };
        return await this.#enter(found.id, lookup, { request, terminal, sink, waiter });
      },
    };
  }

  async #enter(id: SessionId, lookup: Lookup | undefined, joining: Joining): Promise<Seat> {
    const attributes = { 'shipmate.session.id': id, 'shipmate.participant.id': joining.request.id };
    return await traced(this.deps.tracer, 'session.enter', { attributes }, async () => {
      return await this.#join(id, lookup, joining);
    });
  }

  /** The session may have moved since it was found: here, away from here, or to its end. */
  async #join(id: SessionId, lookup: Lookup | undefined, joining: Joining): Promise<Seat> {
    const { request } = joining;
    for (let known = lookup; ; known = undefined) {
      if (this.deps.isStopped()) throw new ShipmateError('unavailable', 'This server is stopping');
      const held = this.deps.local.get(id);
      const place = held === undefined ? await this.#replicaPlace(id, known, request.id) : homePlace(held);
      // The home need not be asked about what is known here. A home of an earlier release ignores it.
      const lacking = lacks(place.policy, request.proofs, this.deps.clock.now());
      if (lacking !== undefined) throw new NotAdmitted(lacking.reason, refusalText(lacking));
      const answer = await this.#ask(id, place, joining);
      if (place.room.over) throw new ShipmateError('closed', 'The session has ended');
      const seated = place.seat(joining, answer);
      if (!('kind' in seated)) return seated;
      if (seated.kind === 'closed') throw new ShipmateError('closed', 'The session has ended');
      if (seated.kind === 'silent') throw new ShipmateError('unavailable', 'The session cannot be reached now');
      if (seated.kind === 'refused') throw new NotAdmitted(seated.reason, seated.text);
      await pause(this.deps.clock, ASK_AGAIN_MS);
    }
  }

  async #ask(id: SessionId, place: Place, { request, waiter }: Joining): Promise<AskAnswer> {
    const answer = await traced(this.deps.tracer, 'session.admission', {}, async (span) => {
      const { clock } = this.deps;
      const heard = await askToJoin(place.asked, request, { clock, waiter, firstWordMs: place.firstWordMs });
      if (heard.kind !== 'admitted') span.fail(heard.kind === 'refused' ? heard.reason : heard.kind);
      return heard;
    });
    if (answer.kind !== 'silent') return answer;
    try {
      return await this.#withoutHome(id, request);
    } finally {
      // Not before it is decided: nobody would need the replica meanwhile, and it would end.
      place.asked.withdraw(request.id);
    }
  }

  /**
   * There is no home: the record says what the session asks for at this moment. If the host's approval or the number of joiners
   * matters, nobody can join; otherwise, the next home decides again.
   */
  async #withoutHome(id: SessionId, { role, proofs }: JoinRequest): Promise<AskAnswer> {
    const view = await this.deps.backplanes.find(async (directory) => await directory.lookup(id));
    if (view === undefined || view.state === 'closed') return { kind: 'closed' };
    const policy = this.#policyOf(view.session);
    // How often an invitation was used is counted by the home.
    if (policy.maxJoiners !== undefined || proofs.invitation !== undefined) return { kind: 'silent' };
    const { clock } = this.deps;
    const admission = admit(policy, proofs, { role, approvals: 0, present: 0, now: clock.now() });
    if (admission.kind === 'wait') return { kind: 'silent' };
    if (admission.kind === 'admitted')
      return { kind: 'admitted', as: admission.as, moderator: admission.moderator, undecided: true };
    return { kind: 'refused', reason: admission.refusal.reason, text: refusalText(admission.refusal) };
  }

  async #replicaPlace(id: SessionId, known: Lookup | undefined, joiner: ParticipantId): Promise<Place> {
    const view = known ?? (await this.deps.backplanes.find(async (directory) => await directory.lookup(id)));
    if (view === undefined || view.state === 'closed') throw new ShipmateError('closed', 'The session has ended');
    const attributes = { 'shipmate.session.id': id, 'shipmate.participant.id': joiner };
    const replica = await traced(this.deps.tracer, 'relay.follow', { attributes }, async ({ traceparent }) => {
      return await this.deps.replicas.open(view, (opened) => {
        if (traceparent !== undefined) opened.uplink.trace(joiner, traceparent);
      });
    });
    const firstWordMs = view.state === 'live' ? FIRST_WORD_MS : FIRST_WORD_WITHOUT_HOST_MS;
    return replicaPlace(replica, this.#policyOf(view.session), firstWordMs);
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
