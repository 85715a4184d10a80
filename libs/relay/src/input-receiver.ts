import type { EdgeId, ParticipantId } from '#kernel';
import { MAX_LIST, type Ack, type InputEnvelope } from './envelope.js';

/** One piece of a participant's input. */
export interface ReceivedInput {
  readonly edgeId: EdgeId;
  readonly participantId: ParticipantId;
  /** A view that is valid during the call. */
  readonly bytes: Uint8Array;
}

/** Participants whose numbers are remembered; more than any session has. */
const MAX_PARTICIPANTS = 4_096;

/**
 * The home's end of the input: passes on each piece once and in order, drops pieces that it has seen or that come after a
 * missing one, and acknowledges the rest. Each generation has a new one.
 */
export class InputReceiver {
  /** The last number of each participant, least recently used first. */
  readonly #last = new Map<ParticipantId, number>();
  /** Whom to acknowledge, and whether something of theirs was refused since. */
  readonly #due = new Map<ParticipantId, boolean>();

  /**
   * `onInput` returns whether it accepted the piece. If not (the host is away, or too slow), the sender is notified, keeps it,
   * and sends it again, here or to the next home. `onAcksDue` is called when there is something to acknowledge. `hasArrived`
   * returns whether the host has received everything that was passed on from somebody; without it, senders believe that it has.
   */
  constructor(
    private readonly onInput: (input: ReceivedInput) => boolean,
    private readonly onAcksDue: () => void,
    private readonly hasArrived?: (participantId: ParticipantId) => boolean,
  ) {}

  receive({ edgeId, items }: InputEnvelope): void {
    for (const { participantId, base, sequence, bytes } of items) {
      const last = Math.max(this.#last.get(participantId) ?? 0, base - 1);
      // Also what was seen before is acknowledged again: the acknowledgement may have been lost.
      const seen = sequence <= last;
      if (seen || (sequence === last + 1 && this.onInput({ edgeId, participantId, bytes }))) {
        this.#note(participantId, Math.max(last, sequence));
      } else if (sequence === last + 1) {
        this.#due.set(participantId, true);
      }
    }
    if (this.#due.size > 0) this.onAcksDue();
  }

  /** The host has received everything that was passed on from somebody: this must be acknowledged too. */
  arrived(participantId: ParticipantId): void {
    if (!this.#last.has(participantId)) return;
    if (!this.#due.has(participantId)) this.#due.set(participantId, false);
    this.onAcksDue();
  }

  /**
   * Acknowledgements that are due, `MAX_LIST` at most; those that remain are due still. Each says what the host has, also when
   * that is nothing yet: the sender must know from the first one that this home reports it.
   */
  takeAcks(): readonly Ack[] {
    const acks: Ack[] = [];
    const each = this.hasArrived === undefined ? 1 : 2;
    for (const [participantId, refused] of this.#due) {
      const ack = { participantId, sequence: this.#last.get(participantId) ?? 0, refused };
      if (acks.length + each > MAX_LIST) break;
      this.#due.delete(participantId);
      acks.push(ack);
      if (this.hasArrived === undefined) continue;
      const sequence = this.hasArrived(participantId) ? ack.sequence : 0;
      acks.push({ participantId, sequence, refused: false, arrived: true });
    }
    if (this.#due.size > 0) this.onAcksDue();
    return acks;
  }

  /** A participant left for good. */
  forget(participantId: ParticipantId): void {
    this.#last.delete(participantId);
    this.#due.delete(participantId);
  }

  #note(participantId: ParticipantId, sequence: number): void {
    this.#last.delete(participantId);
    this.#last.set(participantId, sequence);
    this.#due.set(participantId, false);
    for (const oldest of this.#last.keys()) {
      if (this.#last.size <= MAX_PARTICIPANTS) break;
      this.forget(oldest);
    }
  }
}
