import { ShipmateError, type Clock, type ParticipantId, type SessionId, type Timer } from '#kernel';
import { approvalUser, mintApprovalCode, type SessionPolicy } from '#access';
import { addressKey } from '#address';
import type { Decision, DoorAnswer, DoorWord, ParticipantInfo } from '../ports.js';
import type { JoinCommands } from '../share.js';
import { DoorText } from '../texts.js';

/** How long somebody may wait for the host's word. */
export const WAIT_MS = 5 * 60_000;
/** How long one who was let in has a place kept: until they have their seat. */
export const EXPECTED_MS = 30_000;
/** Who may wait at one session's door, in all and of one address: the host reads of each. */
export const MAX_WAITING = 16;
export const MAX_WAITING_OF_ADDRESS = 4;

/** The session does not take this joiner. */
export class NotLetIn extends ShipmateError {
  constructor(readonly answer: Exclude<DoorAnswer, 'admitted' | 'moved' | 'closed'>) {
    super(answer === 'full' || answer === 'crowded' ? 'limit' : 'forbidden', DoorText.answers[answer]);
  }
}

/** Somebody who wants in, while they wait. */
export interface Visitor {
  /** They must wait for the host's word. */
  waiting(): void;
  /** Aborted when they have gone away. */
  readonly gone: AbortSignal;
}

/** Whether joiners must ask the session's home before they are seated. */
export const hasDoor = ({ approve, maxJoiners }: Pick<SessionPolicy, 'approve' | 'maxJoiners'>): boolean =>
  approve || maxJoiners !== undefined;

export interface DoorDeps {
  readonly clock: Clock;
  readonly sessionId: SessionId;
  readonly policy: () => SessionPolicy;
  /** How many are in the session, at all edges. */
  readonly present: () => number;
  readonly commands: JoinCommands;
  readonly tell: (texts: readonly string[]) => void;
  /** Somebody waits for the host's word. */
  readonly asked: (info: ParticipantInfo) => void;
  /** The host has said it. */
  readonly decided: (info: ParticipantInfo, admitted: boolean) => void;
}

/** Somebody who waits for the host's word. */
export interface WaitingVisitor extends ParticipantInfo {
  /** When they asked, in ms since the epoch. */
  readonly since: number;
}

interface Waiting {
  readonly info: WaitingVisitor;
  readonly code: string;
  readonly timer: Timer;
  hears: (word: DoorWord) => void;
}

/** A session's door, at its home: who may be in at once, and who waits for the host's word. */
export class Door {
  readonly #waiting = new Map<ParticipantId, Waiting>();
  /** Let in, and not seated yet. */
  readonly #expected = new Map<ParticipantId, Timer>();

  constructor(private readonly deps: DoorDeps) {}

  /** Who waits, in the order they came. */
  get waiting(): readonly WaitingVisitor[] {
    return [...this.#waiting.values()].map(({ info }) => info);
  }

  /** Somebody wants in; who asks again, after the way to the home was lost, keeps the place. */
  ask(info: ParticipantInfo, hears: (word: DoorWord) => void): void {
    const waiting = this.#waiting.get(info.id);
    if (waiting !== undefined) {
      waiting.hears = hears;
      hears('waiting');
    } else if (this.#expected.has(info.id)) hears('admitted');
    else if (this.#isFull) hears('full');
    else if (!this.deps.policy().approve) this.#admit(info.id, hears);
    else if (this.#isCrowded(info)) hears('crowded');
    else {
      hears('waiting');
      this.#wait(info, hears);
    }
  }

  /** They have their seat, or have gone away. */
  settled(id: ParticipantId): void {
    this.#expected.get(id)?.cancel();
    this.#expected.delete(id);
    const waiting = this.#take(id);
    if (waiting !== undefined) this.deps.tell([DoorText.left(waiting.info)]);
  }

  /** The host's word, by the code that it was shown. */
  decide(code: string, admit: boolean): Decision {
    for (const [id, { code: known, info }] of this.#waiting) {
      if (known !== code) continue;
      const decision = this.decideOn(id, admit);
      if (decision === 'admitted' || decision === 'refused') this.deps.decided(info, admit);
      return decision;
    }
    return 'unknown';
  }

  /** The same by whoever knows who waits: an operator. */
  decideOn(id: ParticipantId, admit: boolean): Decision {
    if (!this.#waiting.has(id)) return 'unknown';
    // Who is let in waits on while there is no place.
    if (admit && this.#isFull) return 'full';
    const waiting = this.#take(id);
    if (waiting === undefined) return 'unknown';
    if (admit) this.#admit(id, waiting.hears);
    else waiting.hears('refused');
    this.deps.tell([admit ? DoorText.letIn(waiting.info) : DoorText.refused(waiting.info)]);
    return admit ? 'admitted' : 'refused';
  }

  /** The host is back, with a client that may have been started anew: it is told again who waits. */
  remind(): void {
    for (const waiting of this.#waiting.values()) this.#tell(waiting);
  }

  /** The policy has changed: who waits for nothing any more is let in. */
  look(): void {
    if (this.deps.policy().approve) return;
    for (const { info, hears } of this.#waiting.values()) {
      this.#take(info.id);
      this.ask(info, hears);
    }
  }

  /** The session is over here. */
  close(why: 'moved' | 'closed'): void {
    for (const timer of this.#expected.values()) timer.cancel();
    this.#expected.clear();
    for (const { info, hears } of this.#waiting.values()) {
      this.#take(info.id);
      hears(why);
    }
  }

  get #isFull(): boolean {
    return this.deps.present() + this.#expected.size >= (this.deps.policy().maxJoiners ?? Infinity);
  }

  #isCrowded({ address }: ParticipantInfo): boolean {
    const key = addressKey(address);
    const same = this.waiting.filter((other) => addressKey(other.address) === key);
    return this.#waiting.size >= MAX_WAITING || same.length >= MAX_WAITING_OF_ADDRESS;
  }

  #admit(id: ParticipantId, hears: (word: DoorWord) => void): void {
    this.#expected.set(
      id,
      this.deps.clock.after(EXPECTED_MS, () => this.#expected.delete(id)),
    );
    hears('admitted');
  }

  #wait(asking: ParticipantInfo, hears: (word: DoorWord) => void): void {
    const info = { ...asking, since: this.deps.clock.now() };
    const timer = this.deps.clock.after(WAIT_MS, () => {
      this.#take(info.id)?.hears('unanswered');
      this.deps.tell([DoorText.tooLate(info)]);
    });
    const waiting = { info, hears, timer, code: mintApprovalCode() };
    this.#waiting.set(info.id, waiting);
    this.deps.asked(info);
    this.#tell(waiting);
  }

  #tell({ info, code }: Waiting): void {
    const { sessionId, commands, tell } = this.deps;
    const command = (admit: boolean): string => commands.ssh(approvalUser({ admit, sessionId, code }));
    tell([DoorText.asks(info), DoorText.toLetIn(command(true)), DoorText.toRefuse(command(false))]);
  }

  #take(id: ParticipantId): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    waiting?.timer.cancel();
    this.#waiting.delete(id);
    return waiting;
  }
}
