import { type Clock, type ParticipantId, type Role, type SessionId, type Timer } from '#kernel';
import {
  admit,
  approvalsNeeded,
  approvalUser,
  isModerator,
  linkSecret,
  mintApprovalCode,
  personId,
  provenIdentity,
  refusalText,
  shownKeys,
  shownPerson,
  type AdmissionPolicy,
  type Proofs,
  type SessionPolicy,
} from '#access';
import { addressKey } from '#address';
import type { Said } from '../observer.js';
import type { AdmissionAnswer, Agreement, Decision, JoinRequest, ParticipantInfo } from '../ports.js';
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
  /** Who the host is, `person:PROVIDER:SUBJECT`, if it has ever said so. */
  readonly hostPerson: () => string | undefined;
  /** The moderators in the session, at all edges. */
  readonly moderators: () => readonly Moderator[];
  /** Somebody waits to be let in. */
  readonly asked: (info: ParticipantInfo) => void;
  /** There is a link by which somebody can decide about them: its secret, and when it ends, in ms since the epoch. */
  readonly requested: (who: WaitingJoiner, link: { readonly secret: string; readonly until: number }) => void;
  /** The host or a moderator has said something about them. */
  readonly decided: (info: ParticipantInfo, said: Said) => void;
}

/** A moderator's seat, to show them who waits. */
export interface Moderator {
  /** `person:PROVIDER:SUBJECT`. */
  readonly person: string;
  /** Shows lines, one after the other. */
  readonly tell: (texts: readonly string[]) => void;
}

/** Somebody who waits to be let in. */
export interface WaitingJoiner extends ParticipantInfo, Agreement {
  /** When they asked, in ms since the epoch. */
  readonly since: number;
}

/** What somebody who has the right says about a person who waits. */
export interface Word {
  readonly admit: boolean;
  /** What they may be at most; by default, what their token allows. */
  readonly as?: Role | undefined;
  /** Who says it, as events name callers of the API: whoever has the same name counts as the same person. */
  readonly by: string;
}

/** What came of it. */
export interface Verdict extends Agreement {
  readonly decision: Decision;
  /** Whom it was about; undefined: nobody with that id waits. */
  readonly who?: WaitingJoiner;
}

/** Those who have agreed to let somebody in, and as what at most. */
type Agreed = ReadonlyMap<string, Role>;
const NOBODY: Agreed = new Map();

interface Waiting {
  readonly request: JoinRequest;
  readonly since: number;
  /** What whoever may decide proves it by; each has a code of their own. */
  readonly codes: Map<string, string>;
  readonly timer: Timer;
  agreed: Agreed;
  onAnswer: (answer: AdmissionAnswer) => void;
}

/** Has a place kept until they sit down. */
interface Expected {
  readonly timer: Timer;
  /** Who has let them in. */
  readonly agreed: Agreed;
}

/** The host, where it decides. */
const HOST = 'host';
/** Whoever has a link, and is not known otherwise. */
const LINK = 'link';

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
    const agreed = this.#expected.get(request.id)?.agreed ?? NOBODY;
    const answer = this.#decide(request, agreed);
    if (answer.kind === 'admitted') this.#expect(request.id, agreed);
    if (answer.kind !== 'waiting') onAnswer(answer);
    else if (this.#isCrowded(request))
      onAnswer({ kind: 'refused', reason: 'crowded', text: ADMISSION_REFUSED.crowded });
    else {
      onAnswer(answer);
      this.#wait(request, onAnswer);
    }
  }

  /**
   * Decides about somebody who would join at this moment, whatever they were told before. `waiting`: others must agree first, so
   * they have to ask.
   */
  enter(request: JoinRequest): AdmissionAnswer {
    return this.#decide(request, this.#expected.get(request.id)?.agreed ?? NOBODY);
  }

  /** They have their seat, or have left. */
  withdraw(id: ParticipantId): void {
    this.#forget(id);
    const waiting = this.#take(id);
    if (waiting !== undefined) this.deps.notifyHost([AdmissionText.left(this.#shown(waiting))]);
  }

  /** The decision of the host or a moderator, by the code that only they were shown. */
  decide(code: string, admitted: boolean): Decision {
    for (const [id, { codes }] of this.#waiting) {
      const by = codes.get(code);
      // A moderator may be none any more, or have left.
      // A link is good for the API alone.
      if (by === undefined || (by !== HOST && !this.deps.moderators().some(({ person }) => person === by))) continue;
      const { who, decision, agreed, needed } = this.decideOn(id, { admit: admitted, by });
      if (who !== undefined && (decision === 'admitted' || decision === 'refused' || decision === 'agreed')) {
        this.deps.decided(who, { decision, by: this.#approver(by), agreed, needed });
      }
      return decision;
    }
    return 'unknown';
  }

  /** Whom a link with this code is about; undefined: nobody waits, or it has been used. */
  byLink(code: string): WaitingJoiner | undefined {
    const found = [...this.#waiting.values()].find(({ codes }) => codes.get(code) === LINK);
    return found && this.#shown(found);
  }

  /** The decision of somebody who has a link; it is good for one. `by`: who that is; undefined: whoever has the link. */
  decideByLink(code: string, { by = LINK, ...word }: Omit<Word, 'by'> & { readonly by?: string | undefined }): Verdict {
    const id = this.byLink(code)?.id;
    const waiting = id && this.#waiting.get(id);
    if (waiting === undefined) return { decision: 'unknown', agreed: [], needed: approvalsNeeded(this.deps.policy()) };
    const verdict = this.decideOn(waiting.request.id, { ...word, by });
    if (verdict.decision === 'agreed') {
      waiting.codes.delete(code);
      this.#request(waiting);
    }
    return verdict;
  }

  /** The decision of somebody who knows the waiting person's ID. */
  decideOn(id: ParticipantId, word: Word): Verdict {
    const waiting = this.#waiting.get(id);
    const needed = approvalsNeeded(this.deps.policy());
    if (waiting === undefined) return { decision: 'unknown', agreed: [], needed };
    const who = this.#shown(waiting);
    const result = (decision: Decision, agreed = waiting.agreed): Verdict => {
      return { decision, who, agreed: [...agreed.keys()], needed };
    };
    if (!word.admit) {
      this.#finish(waiting, REFUSED, NOBODY);
      return result('refused');
    }
    const by = this.#approver(word.by);
    if (needed > 1 && by === this.#approver(personOf(waiting.request) ?? '')) return result('own');
    const agreed = new Map(waiting.agreed).set(by, word.as ?? 'writer');
    if (waiting.agreed.has(by) && agreed.size < needed) return result('again');
    const answer = this.#decide(waiting.request, agreed);
    // An approved person keeps waiting while the session is full.
    if (answer.kind === 'refused' && answer.reason === 'full') return result('full');
    if (answer.kind === 'waiting') {
      waiting.agreed = agreed;
      this.deps.notifyHost([AdmissionText.agreed(who, { agreed: [...agreed.keys()], needed })]);
      return result('agreed');
    }
    this.#finish(waiting, answer, agreed);
    return result(answer.kind === 'admitted' ? 'admitted' : 'refused', agreed);
  }

  /** A moderator has joined: they read who waits. */
  greet(moderator: Moderator): void {
    for (const waiting of this.#waiting.values()) this.#askModerator(waiting, moderator);
  }

  /** The host is back, with a client that may have been restarted: it gets the list of people who wait again. */
  remind(): void {
    for (const waiting of this.#waiting.values()) this.#askHost(waiting);
  }

  /** The policy has changed: people who need not wait any more are let in, or refused. */
  recheck(): void {
    const asks = approvalsNeeded(this.deps.policy()) > 0;
    for (const waiting of this.#waiting.values()) {
      const { request, onAnswer, agreed } = waiting;
      const answer = this.#decide(request, agreed);
      if (answer.kind === 'waiting' || (asks && answer.kind === 'refused' && answer.reason === 'full')) continue;
      this.#take(request.id);
      if (answer.kind === 'admitted') this.#expect(request.id, agreed);
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

  /** Tells somebody what was decided on them, and the host. */
  #finish(waiting: Waiting, answer: AdmissionAnswer, agreed: Agreed): void {
    const { id } = waiting.request;
    this.#take(id);
    const info = this.#shown(waiting);
    if (answer.kind === 'admitted') this.#expect(id, agreed);
    waiting.onAnswer(answer);
    this.deps.notifyHost([answer.kind === 'admitted' ? AdmissionText.letIn(info) : AdmissionText.refused(info)]);
  }

  /** The same person has one name, whatever they come by: the session's user and whoever the host signed in as are the host. */
  #approver(name: string): string {
    return name.startsWith('user:') || name === this.deps.hostPerson() ? HOST : name;
  }

  #decide(request: JoinRequest, agreed: Agreed): AdmissionAnswer {
    const { id, role, proofs } = request;
    const policy = request.unproven === true ? trustingTheEdge(this.deps.policy()) : this.deps.policy();
    const present = this.deps.present() + this.#expected.size - (this.#expected.has(id) ? 1 : 0);
    const admission = admit(policy, proofs, { role, approvals: agreed.size, present, now: this.deps.clock.now() });
    if (admission.kind === 'admitted') {
      const as = [...agreed.values()].includes('reader') ? 'reader' : admission.as;
      return { kind: 'admitted', as, ...(admission.moderator && { moderator: true }) };
    }
    if (admission.kind === 'wait') return { kind: 'waiting' };
    return { kind: 'refused', reason: admission.refusal.reason, text: refusalText(admission.refusal) };
  }

  #isCrowded({ proofs }: JoinRequest): boolean {
    const key = addressKey(proofs.address);
    const same = [...this.#waiting.values()].filter((other) => addressKey(other.request.proofs.address) === key);
    return this.#waiting.size >= MAX_WAITING || same.length >= MAX_WAITING_OF_ADDRESS;
  }

  #expect(id: ParticipantId, agreed: Agreed): void {
    this.#forget(id);
    const timer = this.deps.clock.after(EXPECTED_MS, () => this.#expected.delete(id));
    this.#expected.set(id, { timer, agreed });
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
    const since = this.deps.clock.now();
    const waiting: Waiting = { request, onAnswer, timer, since, codes: new Map(), agreed: NOBODY };
    this.#waiting.set(request.id, waiting);
    this.deps.asked(this.#shown(waiting));
    this.#askHost(waiting);
    this.#request(waiting);
    for (const moderator of this.deps.moderators()) this.#askModerator(waiting, moderator);
  }

  #askHost(waiting: Waiting): void {
    this.deps.notifyHost([AdmissionText.asks(this.#shown(waiting)), ...this.#commands(waiting, HOST)]);
  }

  /** Makes a link by which somebody else decides. */
  #request(waiting: Waiting): void {
    const code = mintApprovalCode();
    waiting.codes.set(code, LINK);
    const secret = linkSecret({ sessionId: this.deps.sessionId, code });
    this.deps.requested(this.#shown(waiting), { secret, until: waiting.since + WAIT_MS });
  }

  #askModerator(waiting: Waiting, { person, tell }: Moderator): void {
    // The last line is the one that stays on the terminal.
    tell([...this.#commands(waiting, person), AdmissionText.asksModerator(this.#shown(waiting))]);
  }

  /** How somebody lets in or refuses a person who waits: each by a code of their own, so that it is known who did. */
  #commands({ codes }: Waiting, by: string): readonly string[] {
    const { sessionId, commands } = this.deps;
    const code = [...codes].find(([, name]) => name === by)?.[0] ?? mintApprovalCode();
    codes.set(code, by);
    const command = (admitted: boolean): string => commands.ssh(approvalUser({ admit: admitted, sessionId, code }));
    return [AdmissionText.toLetIn(command(true)), AdmissionText.toRefuse(command(false))];
  }

  /** What the host and operators may know of somebody who waits. */
  #shown({ request, since, agreed }: Waiting): WaitingJoiner {
    const policy = this.deps.policy();
    const agreement = { agreed: [...agreed.keys()], needed: approvalsNeeded(policy) };
    return { ...participant(request, { as: request.role }, policy), since, ...agreement };
  }

  #take(id: ParticipantId): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    waiting?.timer.cancel();
    this.#waiting.delete(id);
    return waiting;
  }
}

/** Who somebody signed in as, as events name callers of the API. */
const personOf = ({ proofs: { identity } }: Pick<JoinRequest, 'proofs'>): string | undefined =>
  identity === undefined ? undefined : `person:${personId(identity)}`;

/** A moderator of a session, if these proofs make somebody one; `now`: ms since the epoch. */
export function moderatorOf(policy: AdmissionPolicy, proofs: Proofs, now: number): string | undefined {
  const identity = provenIdentity(proofs, now);
  return identity !== undefined && isModerator(policy, proofs, now) ? personOf({ proofs }) : undefined;
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
