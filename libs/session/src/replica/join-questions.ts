import type { ParticipantId } from '#kernel';
import type { AdmissionWord, JoinRequest, NotAdmittedReason } from '../ports.js';
import { ADMISSION_REFUSED } from '../texts.js';
import type { WireWord } from '../wire/stream-records.js';

/** Somebody whose answer is still to come. */
interface Asking {
  readonly request: JoinRequest;
  readonly hears: (word: AdmissionWord) => void;
  /** The home has said that they may only look. */
  looks?: boolean;
  /** The home has said why not: the reason, a blank, and a sentence. */
  why?: string;
}

/** Those who ask a session's home, from another edge, whether they may join, until they have its answer. */
export class JoinQuestions {
  readonly #asking = new Map<ParticipantId, Asking>();

  get size(): number {
    return this.#asking.size;
  }

  /** Whoever waits for an answer, as they asked. */
  get requests(): readonly JoinRequest[] {
    return [...this.#asking.values()].map(({ request }) => request);
  }

  get(id: ParticipantId): JoinRequest | undefined {
    return this.#asking.get(id)?.request;
  }

  add(request: JoinRequest, hears: (word: AdmissionWord) => void): void {
    this.#asking.set(request.id, { request, hears });
  }

  /** Somebody has gone away. */
  delete(id: ParticipantId): void {
    this.#asking.delete(id);
  }

  /** The home says why it will refuse somebody; false where they do not ask. */
  explain(id: ParticipantId, why: string): boolean {
    const asking = this.#asking.get(id);
    if (asking !== undefined) asking.why = why;
    return asking !== undefined;
  }

  /** The home says that it will let somebody in to look only; false where they do not ask. */
  lower(id: ParticipantId): boolean {
    const asking = this.#asking.get(id);
    if (asking !== undefined) asking.looks = true;
    return asking !== undefined;
  }

  /** The home's answer to somebody; false where they do not ask. */
  answer(id: ParticipantId, word: WireWord): boolean {
    const asking = this.#asking.get(id);
    if (asking === undefined) return false;
    if (word !== 'waiting') this.#asking.delete(id);
    asking.hears(inWords(word, asking));
    return true;
  }

  answerAll(word: 'moved' | 'closed'): void {
    for (const id of this.#asking.keys()) this.answer(id, word);
  }
}

/** The answer to somebody who asked, as they hear it. */
function inWords(word: WireWord, { request, looks, why }: Asking): AdmissionWord {
  switch (word) {
    case 'waiting':
    case 'moved':
    case 'closed':
      return { kind: word };
    case 'admitted':
      return { kind: 'admitted', as: looks === true ? 'reader' : request.role };
    default: {
      const [, reason = word, text = ADMISSION_REFUSED[word]] = /^([a-z-]+) (.+)$/s.exec(why ?? '') ?? [];
      return { kind: 'refused', reason: reason as NotAdmittedReason, text };
    }
  }
}
