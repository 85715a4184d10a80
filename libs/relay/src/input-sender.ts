import {
  Backoff,
  generation,
  ShipmateError,
  Timeout,
  type Clock,
  type EdgeId,
  type Generation,
  type ParticipantId,
  type SessionId,
} from '#kernel';
import type { Bus } from './bus.js';
import { channels } from './channels.js';
import { encodeEnvelope, MAX_LIST, type Ack, type InputItem } from './envelope.js';
import { Queue, type Item } from './input-queue.js';
import type { RelayObserver } from './observer.js';

/** Input that will not arrive, or of which nobody knows whether it did. */
export interface LostInput {
  readonly participantId: ParticipantId;
  /** How many pieces and bytes, from the first lost one to the last that was typed; no bytes of what is with the home. */
  readonly count: number;
  readonly bytes: number;
  /**
   * `expired`: nobody took it in time. `moved`: the home died with it, and may have passed it on before; or it did pass it on, and
   * lost its host before that had shown that it has it.
   */
  readonly reason: 'expired' | 'moved';
}

/** A piece of input that no home has got. */
export interface QueuedInput {
  readonly participantId: ParticipantId;
  readonly bytes: Uint8Array;
}

/** How input is sent to a session's home. */
export interface SenderOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly sessionId: SessionId;
  readonly edgeId: EdgeId;
  /** The number that each participant's first piece gets; 1 unless an earlier sender has used some. */
  readonly firstSequence?: number;
  /** The home's generation, from the directory. */
  readonly generation: Generation;
  readonly onLost: (lost: LostInput) => void;
  /** Nobody took the input: find out where the home is. Called at each attempt. */
  readonly onHomeAway?: () => void;
  /** There is room again after `send` refused. */
  readonly onRoom?: () => void;
  readonly observer?: RelayObserver;
}

/** One piece of input: a paste comes in many. */
export const MAX_INPUT_BYTES = 64 * 1024;
/** All that one participant may have under way: a paste of a megabyte passes whole. */
export const MAX_QUEUED_BYTES = 2 * 1024 * 1024;
/** The same for all participants of one session at one edge. */
export const MAX_QUEUED_TOTAL_BYTES = 8 * 1024 * 1024;
/** Pieces that one participant may have under way. */
const MAX_QUEUED_COUNT = 20_000;
/** How long input waits for a home, in ms: a host comes back in seconds, and people who type without an effect should be told. */
export const QUEUE_MS = 30_000;
/** What is published and not acknowledged, at most; the rest waits here and not in the backplane's buffers. */
const WINDOW_BYTES = 256 * 1024;
/** Input of one message. */
const BATCH_BYTES = 64 * 1024;
/** After this time without an acknowledgement, in ms, everything is sent again: a home acknowledges within `ACK_DELAY_MS`. */
const RESEND_MS = 500;

/**
 * Carries input from a replica's joiners to the home: each participant's input arrives there once and in order, or is reported
 * as lost. Input is kept until the home acknowledges it; while there is no home, it is held, and sent when there is one. One
 * message is in progress at a time, and what is typed meanwhile is sent with the next.
 *
 * What a home received but did not acknowledge before another took over may have reached the host, or not. Typing it
 * again could do harm twice, so it is given up and reported, with everything that the participant typed after it: half a
 * command line without its beginning is worse than none. Input that the home acknowledged, but that its host had not confirmed
 * before the next home took over, is reported as well: nobody else may be left to do so.
 */
export class InputSender {
  readonly #channel: string;
  readonly #queues = new Map<ParticipantId, Queue>();
  readonly #retry = new Backoff(100, 1_000);
  readonly #resend = new Backoff(RESEND_MS, 4_000);
  #generation: Generation;
  #unused: number;
  #totalBytes = 0;
  #windowBytes = 0;
  #busy = false;
  #soon = false;
  /** How long the last message took to be handed on. */
  #tripMs = 0;
  /** The home says when its host has something: the release before does not. */
  #tellsArrival = false;
  #refused = false;
  #disposed = false;
  readonly #retryLater: Timeout;
  readonly #resendLater: Timeout;
  readonly #expiry: Timeout;

  constructor(private readonly options: SenderOptions) {
    this.#retryLater = new Timeout(options.clock);
    this.#resendLater = new Timeout(options.clock);
    this.#expiry = new Timeout(options.clock);
    this.#channel = channels(options.sessionId).in;
    this.#generation = options.generation;
    this.#unused = options.firstSequence ?? 1;
  }

  /** A number that no piece of anybody has had yet. */
  get unusedSequence(): number {
    return this.#unused;
  }

  /** Bytes that are not acknowledged yet. */
  get queuedBytes(): number {
    return this.#totalBytes;
  }

  /** The same of one participant. */
  queuedOf(participantId: ParticipantId): number {
    return this.#queues.get(participantId)?.bytes ?? 0;
  }

  /**
   * Takes a piece of input; false when there is no room for it, and then nothing of it is sent: stop reading from that
   * joiner, or tell it. `limit` when the piece is over `MAX_INPUT_BYTES`.
   */
  send(participantId: ParticipantId, bytes: Uint8Array): boolean {
    if (bytes.length > MAX_INPUT_BYTES) throw new ShipmateError('limit', 'a piece of input is too large');
    if (this.#disposed) return false;
    // The home remembers the numbers of people who left and came back with the same id, so no number is ever used again.
    const queue = this.#queues.get(participantId) ?? new Queue(this.#unused);
    queue.left = false;
    const full = queue.bytes + bytes.length > MAX_QUEUED_BYTES || queue.items.length >= MAX_QUEUED_COUNT;
    if (full || this.#totalBytes + bytes.length > MAX_QUEUED_TOTAL_BYTES) {
      this.#refused = true;
      return false;
    }
    this.#queues.set(participantId, queue);
    queue.items.push({
      sequence: queue.next++,
      bytes,
      sinceMs: this.options.clock.monotonic(),
      doubtful: false,
      before: false,
    });
    this.#unused = Math.max(this.#unused, queue.next);
    queue.bytes += bytes.length;
    this.#totalBytes += bytes.length;
    this.#watchExpiry();
    this.#pumpSoon();
    return true;
  }

  /** A participant left: what it typed last is still sent, its numbers are forgotten after that. */
  remove(participantId: ParticipantId): void {
    const queue = this.#queues.get(participantId);
    if (queue !== undefined) queue.left = true;
    if (queue?.items.length === 0) this.#queues.delete(participantId);
  }

  /** A newer home has appeared: held input goes there, and input that the former one may have received is lost. */
  homeAt(generation: Generation): void {
    if (generation <= this.#generation) return;
    this.#generation = generation;
    this.#leaveHome();
    this.resend();
  }

  /** The home has it up to here. */
  acked(acks: readonly Ack[], generation: Generation): void {
    if (generation !== this.#generation) return;
    let progress = false;
    for (const { participantId, sequence, refused, arrived = false } of acks) {
      if (arrived) this.#tellsArrival = true;
      const queue = this.#queues.get(participantId);
      if (queue === undefined) continue;
      const done = queue.items.findIndex((item) => item.sequence > sequence);
      const count = this.#drop(participantId, queue, done < 0 ? queue.items.length : done);
      progress = count > 0 || progress;
      queue.passed += count;
      if (arrived && sequence >= queue.base - 1) queue.passed = 0;
      // The rest is of an ack that says the first part.
      if (arrived) continue;
      // The home says that its host did not get them: another home may have them.
      if (refused) for (const item of queue.items) item.doubtful = item.before = false;
    }
    if (!progress) return;
    this.#resend.reset();
    this.#watchAcks();
    this.#notifyRoom();
    this.#pump();
  }

  /** Sends again all that is not acknowledged; for when something may have been lost. */
  resend(): void {
    for (const queue of this.#queues.values()) queue.sent = 0;
    this.#windowBytes = 0;
    this.#retryLater.cancel();
    this.#pump();
  }

  /**
   * Asks the home for a sign of life: it announces itself to whoever seems to follow an older one. Returns whether anybody
   * listens there; undefined if the bus is not available.
   */
  async hail(): Promise<boolean | undefined> {
    const { bus, edgeId, observer } = this.options;
    const bytes = encodeEnvelope({ kind: 'input', generation: generation(0), edgeId, items: [] });
    try {
      return (await bus.publish(this.#channel, bytes)) > 0;
    } catch (error) {
      observer?.fault?.(error);
      return undefined;
    }
  }

  /** Somebody was told that input that the home received from them may not have arrived. */
  told(participantId: ParticipantId): void {
    const queue = this.#queues.get(participantId);
    if (queue !== undefined) queue.passed = 0;
  }

  /**
   * Ends, for a replica that becomes the home itself: returns held input, in the form in which it would be sent. Input that the
   * former home may have received is reported as lost.
   */
  release(): QueuedInput[] {
    this.#leaveHome();
    const held = [...this.#queues].flatMap(([participantId, { items }]) =>
      items.map(({ bytes }) => ({ participantId, bytes })),
    );
    this.dispose();
    return held;
  }

  /** Gives up all that is held, without a report. */
  dispose(): void {
    this.#disposed = true;
    for (const timeout of [this.#retryLater, this.#resendLater, this.#expiry]) timeout.cancel();
    this.#queues.clear();
    this.#totalBytes = 0;
  }

  /** What is sent in one go leaves in one message: else all but the first piece would wait for a round trip. */
  #pumpSoon(): void {
    if (this.#soon || this.#busy) return;
    this.#soon = true;
    queueMicrotask(() => {
      this.#soon = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#busy || this.#disposed || this.#retryLater.running) return;
    const batch = this.#takeBatch();
    if (batch.length === 0) return;
    const generation = this.#generation;
    const bytes = encodeEnvelope({
      kind: 'input',
      generation,
      edgeId: this.options.edgeId,
      items: batch.map(({ wire }) => wire),
    });
    // Whether it is doubtful is known only with the answer; until then it is.
    for (const { item } of batch) {
      item.before = item.doubtful;
      item.doubtful = true;
    }
    this.#busy = true;
    const began = this.options.clock.monotonic();
    this.options.bus.publish(this.#channel, bytes).then(
      (receivers) => {
        this.#busy = false;
        this.#tripMs = this.options.clock.monotonic() - began;
        this.options.observer?.published?.(bytes.length);
        if (receivers > 0) this.#delivered();
        else {
          for (const { item } of batch) item.doubtful = item.before;
          this.#away();
        }
      },
      (error: unknown) => {
        this.#busy = false;
        this.options.observer?.fault?.(error);
        this.#away();
      },
    );
  }

  #delivered(): void {
    this.#retry.reset();
    if (!this.#resendLater.running) this.#watchAcks();
    this.#pump();
  }

  #away(): void {
    if (this.#disposed) return;
    this.options.onHomeAway?.();
    this.#retryLater.start(this.#retry.next(), () => this.resend());
  }

  /** What goes out next, as far as message and window reach. */
  #takeBatch(): { item: Item; wire: InputItem }[] {
    const batch: { item: Item; wire: InputItem }[] = [];
    let bytes = 0;
    const inTurn = [...this.#queues];
    for (const [participantId, queue] of inTurn) {
      const { base } = queue;
      const first = batch.length;
      for (let item = queue.items[queue.sent]; item !== undefined; item = queue.items[queue.sent]) {
        const { length } = item.bytes;
        // Neither limit keeps back a first piece.
        if (batch.length >= MAX_LIST || (bytes > 0 && bytes + length > BATCH_BYTES)) break;
        if (this.#windowBytes > 0 && this.#windowBytes + length > WINDOW_BYTES) break;
        batch.push({ item, wire: { participantId, base, sequence: item.sequence, bytes: item.bytes } });
        queue.sent++;
        bytes += length;
        this.#windowBytes += length;
      }
      if (batch.length === first) continue;
      // To the end of the line: who pastes much does not hold up who types a key.
      this.#queues.delete(participantId);
      this.#queues.set(participantId, queue);
    }
    return batch;
  }

  /** Forgets the first `count` pieces; returns how many that were. */
  #drop(participantId: ParticipantId, queue: Queue, count: number): number {
    const gone = queue.items.splice(0, count);
    if (queue.left && queue.items.length === 0) this.#queues.delete(participantId);
    gone.forEach(({ bytes }, i) => {
      queue.bytes -= bytes.length;
      this.#totalBytes -= bytes.length;
      if (i < queue.sent) this.#windowBytes = Math.max(0, this.#windowBytes - bytes.length);
    });
    queue.sent = Math.max(0, queue.sent - gone.length);
    return gone.length;
  }

  /** Another home takes over: what only the former one knows of is reported. */
  #leaveHome(): void {
    for (const [participantId, queue] of this.#queues) {
      const count = this.#tellsArrival ? queue.passed : 0;
      queue.passed = 0;
      if (queue.items.some(({ doubtful }) => doubtful)) this.#giveUp(participantId, queue, 'moved');
      else if (count > 0) this.options.onLost({ participantId, count, bytes: 0, reason: 'moved' });
    }
    this.#tellsArrival = false;
  }

  #giveUp(participantId: ParticipantId, queue: Queue, reason: LostInput['reason']): void {
    const { bytes } = queue;
    const count = this.#drop(participantId, queue, queue.items.length);
    this.options.onLost({ participantId, count, bytes, reason });
    this.#notifyRoom();
  }

  #notifyRoom(): void {
    if (!this.#refused) return;
    this.#refused = false;
    this.options.onRoom?.();
  }

  #watchAcks(): void {
    this.#resendLater.cancel();
    if (this.#totalBytes === 0 && ![...this.#queues.values()].some(({ items }) => items.length > 0)) return;
    // A home's word is as long on its way as this was, and again to the home.
    this.#resendLater.start(this.#resend.next() + 2 * this.#tripMs, () => {
      this.resend();
      this.#watchAcks();
    });
  }

  /** One timer for the oldest piece of all. */
  #watchExpiry(): void {
    if (this.#expiry.running || this.#disposed) return;
    const oldest = Math.min(...[...this.#queues.values()].map(({ items }) => items[0]?.sinceMs ?? Infinity));
    if (oldest === Infinity) return;
    const leftMs = oldest + QUEUE_MS - this.options.clock.monotonic();
    this.#expiry.start(Math.max(1, leftMs), () => {
      const limit = this.options.clock.monotonic() - QUEUE_MS;
      for (const [participantId, queue] of this.#queues) {
        if ((queue.items[0]?.sinceMs ?? Infinity) <= limit) this.#giveUp(participantId, queue, 'expired');
      }
      this.#watchExpiry();
    });
  }
}
