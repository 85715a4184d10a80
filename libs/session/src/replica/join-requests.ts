import type { ParticipantId } from '#kernel';
import type { AdmissionAnswer, JoinRequest, NotAdmittedReason } from '../ports.js';
import { ADMISSION_REFUSED } from '../texts.js';
import type { WireAnswer } from '../wire/stream-records.js';

/** Somebody whose answer is still to come. */
interface Asking {
  readonly request: JoinRequest;
  readonly onAnswer: (answer: AdmissionAnswer) => void;
  /** The home has said that they may only watch. */
  asReader?: boolean;
  /** The home has said why not: the reason, a blank, and a sentence. */
  refusal?: string;
}

/** People at this edge who have asked the session's home whether they may join, until they have an answer. */
export class JoinRequests {
  readonly #asking = new Map<ParticipantId, Asking>();

  get size(): number {
    return this.#asking.size;
  }

  /** Everyone who waits for an answer, with their request. */
  get all(): readonly JoinRequest[] {
    return [...this.#asking.values()].map(({ request }) => request);
  }

  get(id: ParticipantId): JoinRequest | undefined {
    return this.#asking.get(id)?.request;
  }

  add(request: JoinRequest, onAnswer: (answer: AdmissionAnswer) => void): void {
    this.#asking.set(request.id, { request, onAnswer });
  }

  /** Somebody has left. */
  delete(id: ParticipantId): void {
    this.#asking.delete(id);
  }

  /** The home says why it will refuse somebody; false if they are not asking. */
  explain(id: ParticipantId, why: string): boolean {
    const asking = this.#asking.get(id);
    if (asking !== undefined) asking.refusal = why;
    return asking !== undefined;
  }

  /** The home says that it will let somebody in as a reader; false if they are not asking. */
  makeReader(id: ParticipantId): boolean {
    const asking = this.#asking.get(id);
    if (asking !== undefined) asking.asReader = true;
    return asking !== undefined;
  }

  /** The home's answer to somebody; false if they are not asking. */
  answer(id: ParticipantId, answer: WireAnswer): boolean {
    const asking = this.#asking.get(id);
    if (asking === undefined) return false;
    if (answer !== 'waiting') this.#asking.delete(id);
    asking.onAnswer(inWords(answer, asking));
    return true;
  }

  answerAll(answer: 'moved' | 'closed'): void {
    for (const id of this.#asking.keys()) this.answer(id, answer);
  }
}

/** The answer, as the person who asked gets it. */
function inWords(answer: WireAnswer, { request, asReader, refusal }: Asking): AdmissionAnswer {
  switch (answer) {
    case 'waiting':
    case 'moved':
    case 'closed':
      return { kind: answer };
    case 'admitted':
      return { kind: 'admitted', as: asReader === true ? 'reader' : request.role };
    default: {
      const [, reason = answer, text = ADMISSION_REFUSED[answer]] = /^([a-z-]+) (.+)$/s.exec(refusal ?? '') ?? [];
      return { kind: 'refused', reason: reason as NotAdmittedReason, text };
    }
  }
}
