import { type Clock, type ParticipantId, type SessionId, type Timer } from '#kernel';
import {
  admit,
  approvalUser,
  mintApprovalCode,
  refusalText,
  shownKeys,
  shownPerson,
  type AdmissionPolicy,
  type SessionPolicy,
} from '#access';
import { addressKey } from '#address';
import type { AdmissionAnswer, Decision, JoinRequest, ParticipantInfo } from '../ports.js';
import type { JoinCommands } from '../share.js';
import { ADMISSION_REFUSED, AdmissionText } from '../texts.js';

/** How long somebody may wait for the host's decision. */
export const WAIT_MS = 5 * 60_000;
/** How long a place is kept for somebody who was let in, until they have their seat. */
export const EXPECTED_MS = 30_000;
/** How many people may wait for one session's host, in all and from one address: the host reads a line about each. */
export const MAX_WAITING = 16;
export const MAX_WAITING_OF_ADDRESS = 4;

export interface AdmissionsDeps {
  readonly clock: Clock;
  readonly sessionId: SessionId;
  readonly policy: () => AdmissionPolicy;
  /** How many are in the session, at all edges. */
  readonly present: () => number;
  readonly commands: JoinCommands;
  readonly notifyHost: (texts: readonly string[]) => void;
  /** Somebody waits for the host's word. */
  readonly asked: (info: ParticipantInfo) => void;
  /** The host has said it. */
  readonly decided: (info: ParticipantInfo, admitted: boolean) => void;
}

/** Somebody who waits for the host's word. */
export interface WaitingJoiner extends ParticipantInfo {
  /** When they asked, in ms since the epoch. */
  readonly since: number;
}

interface Waiting {
  readonly request: JoinRequest;
  readonly since: number;
  readonly code: string;
  readonly timer: Timer;
  onAnswer: (answer: AdmissionAnswer) => void;
}

/** Has a place kept until they sit down. */
interface Expected {
  readonly timer: Timer;
  /** The host has let them in. */
  readonly approved: boolean;
}

/**
 * Who may join a session, at its home: asks `admit` whenever it matters, keeps the list of people who wait for the host's
 * decision, and a place for each person who was let in, until they sit down.
 */
export class Admissions {
  readonly #waiting = new Map<ParticipantId, Waiting>();
  readonly #expected = new Map<ParticipantId, Expected>();

  constructor(private readonly deps: AdmissionsDeps) {}

  /** People who wait, in the order in which they came. */
  get waiting(): readonly WaitingJoiner[] {
    return [...this.#waiting.values()].map((waiting) => this.#shown(waiting));
  }

  /** Somebody wants to join. If they ask again, after the connection to the home was lost, they keep their place. */
  ask(request: JoinRequest, onAnswer: (answer: AdmissionAnswer) => void): void {
    const waiting = this.#waiting.get(request.id);
    if (waiting !== undefined) {
      waiting.onAnswer = onAnswer;
      onAnswer({ kind: 'waiting' });
      return;
    }
    const approved = this.#expected.get(request.id)?.approved ?? false;
    const answer = this.#decide(request, approved);
    if (answer.kind === 'admitted') this.#expect(request.id, approved);
    if (answer.kind !== 'waiting') onAnswer(answer);
    else if (this.#isCrowded(request))
      onAnswer({ kind: 'refused', reason: 'crowded', text: ADMISSION_REFUSED.crowded });
    else {
      onAnswer(answer);
      this.#wait(request, onAnswer);
    }
  }

  /**
   * Decides about somebody who would join at this moment, whatever they were told before. `waiting`: the host must approve them
   * first, so they have to ask.
   */
  enter(request: JoinRequest): AdmissionAnswer {
    return this.#decide(request, this.#expected.get(request.id)?.approved ?? false);
  }

  /** They have their seat, or have left. */
  withdraw(id: ParticipantId): void {
    this.#forget(id);
    const waiting = this.#take(id);
    if (waiting !== undefined) this.deps.notifyHost([AdmissionText.left(this.#shown(waiting))]);
  }

  /** The host's decision, by the code that it was shown. */
  decide(code: string, admitted: boolean): Decision {
    for (const [id, waiting] of this.#waiting) {
      if (waiting.code !== code) continue;
      const info = this.#shown(waiting);
      const decision = this.decideOn(id, admitted);
      if (decision === 'admitted' || decision === 'refused') this.deps.decided(info, decision === 'admitted');
      return decision;
    }
    return 'unknown';
  }

  /** The decision of an operator, who knows the waiting person's ID. */
  decideOn(id: ParticipantId, admitted: boolean): Decision {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return 'unknown';
    const answer = admitted ? this.#decide(waiting.request, true) : REFUSED;
    // An approved person keeps waiting while the session is full.
    if (answer.kind === 'refused' && answer.reason === 'full') return 'full';
    this.#take(id);
    const info = this.#shown(waiting);
    if (answer.kind === 'admitted') this.#expect(id, true);
    waiting.onAnswer(answer);
    this.deps.notifyHost([answer.kind === 'admitted' ? AdmissionText.letIn(info) : AdmissionText.refused(info)]);
    return answer.kind === 'admitted' ? 'admitted' : 'refused';
  }

  /** The host is back, with a client that may have been restarted: it gets the list of people who wait again. */
  remind(): void {
    for (const waiting of this.#waiting.values()) this.#askHost(waiting);
  }

  /** The policy has changed: people who need not wait any more are let in, or refused. */
  recheck(): void {
    const asks = this.deps.policy().approve;
    for (const waiting of this.#waiting.values()) {
      const { request, onAnswer } = waiting;
      const answer = this.#decide(request, false);
      if (answer.kind === 'waiting' || (asks && answer.kind === 'refused' && answer.reason === 'full')) continue;
      this.#take(request.id);
      if (answer.kind === 'admitted') this.#expect(request.id, false);
      onAnswer(answer);
    }
  }

  /** The session is over here. */
  close(why: 'moved' | 'closed'): void {
    for (const { timer } of this.#expected.values()) timer.cancel();
    this.#expected.clear();
    for (const { request, onAnswer } of this.#waiting.values()) {
      this.#take(request.id);
      onAnswer({ kind: why });
    }
  }

  #decide(request: JoinRequest, approved: boolean): AdmissionAnswer {
    const { id, role, proofs } = request;
    const policy = request.unproven === true ? trustingTheEdge(this.deps.policy()) : this.deps.policy();
    const present = this.deps.present() + this.#expected.size - (this.#expected.has(id) ? 1 : 0);
    const admission = admit(policy, proofs, { role, approved, present, now: this.deps.clock.now() });
    if (admission.kind === 'admitted') {
      return { kind: 'admitted', as: admission.as, ...(admission.moderator && { moderator: true }) };
    }
    if (admission.kind === 'wait') return { kind: 'waiting' };
    return { kind: 'refused', reason: admission.refusal.reason, text: refusalText(admission.refusal) };
  }

  #isCrowded({ proofs }: JoinRequest): boolean {
    const key = addressKey(proofs.address);
    const same = [...this.#waiting.values()].filter((other) => addressKey(other.request.proofs.address) === key);
    return this.#waiting.size >= MAX_WAITING || same.length >= MAX_WAITING_OF_ADDRESS;
  }

  #expect(id: ParticipantId, approved: boolean): void {
    this.#forget(id);
    const timer = this.deps.clock.after(EXPECTED_MS, () => this.#expected.delete(id));
    this.#expected.set(id, { timer, approved });
  }

  #forget(id: ParticipantId): void {
    this.#expected.get(id)?.timer.cancel();
    this.#expected.delete(id);
  }

  #wait(request: JoinRequest, onAnswer: (answer: AdmissionAnswer) => void): void {
    const timer = this.deps.clock.after(WAIT_MS, () => {
      const late = this.#take(request.id);
      if (late === undefined) return;
      late.onAnswer({ kind: 'refused', reason: 'unanswered', text: ADMISSION_REFUSED.unanswered });
      this.deps.notifyHost([AdmissionText.tooLate(this.#shown(late))]);
    });
    const waiting = { request, onAnswer, timer, since: this.deps.clock.now(), code: mintApprovalCode() };
    this.#waiting.set(request.id, waiting);
    this.deps.asked(this.#shown(waiting));
    this.#askHost(waiting);
  }

  #askHost(waiting: Waiting): void {
    const { sessionId, commands, notifyHost } = this.deps;
    const { code } = waiting;
    const command = (admitted: boolean): string => commands.ssh(approvalUser({ admit: admitted, sessionId, code }));
    const info = this.#shown(waiting);
    notifyHost([
      AdmissionText.asks(info),
      AdmissionText.toLetIn(command(true)),
      AdmissionText.toRefuse(command(false)),
    ]);
  }

  /** What the host and operators may know of somebody who waits. */
  #shown({ request, since }: Waiting): WaitingJoiner {
    return { ...participant(request, { as: request.role }, this.deps.policy()), since };
  }

  #take(id: ParticipantId): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    waiting?.timer.cancel();
    this.#waiting.delete(id);
    return waiting;
  }
}

const REFUSED: AdmissionAnswer = { kind: 'refused', reason: 'refused', text: ADMISSION_REFUSED.refused };

/** Somebody who joins, as they are shown to others. */
export function participant(
  { id, proofs }: JoinRequest,
  { as: role, moderator }: Pick<Extract<AdmissionAnswer, { kind: 'admitted' }>, 'as' | 'moderator'>,
  policy: Pick<SessionPolicy, 'authorizedKeys' | 'invitations'>,
): ParticipantInfo {
  const { transport, address, keys } = proofs;
  const shown = { ...shownKeys(keys, policy.authorizedKeys), ...shownPerson(proofs, policy) };
  return { id, role, transport, address, ...shown, ...(moderator === true && { moderator }) };
}

/**
 * For a joiner at an edge of an earlier release, which checked keys and passwords itself, earlier, and sends no proofs: they
 * may watch, and may type only if the session asks for neither.
 */
function trustingTheEdge(policy: AdmissionPolicy): AdmissionPolicy {
  const { authorizedKeys, password } = policy;
  const readersOnly = policy.readersOnly || authorizedKeys !== undefined || password !== undefined;
  return { ...policy, readersOnly, authorizedKeys: undefined, password: undefined };
}
