import { Backoff, type Clock, type Generation, type Holding, type SessionId, type Timer } from '#kernel';
import type { Bus } from './bus.js';
import { channels } from './channels.js';
import { encodeEnvelope, MAX_PARTS, PART_BYTES, type Ack } from './envelope.js';
import type { RelayObserver } from './observer.js';
import { StreamAllowance } from './stream-allowance.js';

/** How a stream is published. */
export interface PublisherOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly sessionId: SessionId;
  readonly generation: Generation;
  /**
   * The state after all that was published so far, as bytes; called at the moment whose state is wanted. What is
   * published must be safe to apply to any such state, and a snapshot replaces whatever a replica had.
   */
  readonly snapshot: () => Uint8Array;
  /** Acknowledgements that are due, at most `MAX_LIST`; asked whenever a message leaves that can carry them. */
  readonly takeAcks?: () => readonly Ack[];
  /** Called when the first replica comes, and when the last one has left. */
  readonly onInterest?: (interested: boolean) => void;
  readonly observer?: RelayObserver;
  /** Counts what waits here; without room for it, batches are skipped and snapshots come later. */
  readonly held?: Holding;
}

/**
 * Bytes that wait while one message is under way. More than that means that the relay is slower than the host: what waits
 * is thrown away, nothing is taken until the relay is free again, and then replicas repaint from a snapshot.
 */
export const MAX_PENDING_BYTES = 256 * 1024;
/** Requests within this time are answered by one snapshot. */
const SNAPSHOT_INTERVAL_MS = 50;
/** How long a snapshot waits that there is no room for. */
const NO_ROOM_MS = 1_000;
/** How long an acknowledgement waits for a batch that carries it: most keys are echoed within that time. */
export const ACK_DELAY_MS = 50;
/** How long after the last batch its number is sent again, in ms: if the batch was lost, nothing else would show it. */
const POSITION_DELAYS_MS = [1_000, 4_000, 16_000] as const;

interface Outgoing {
  readonly channel: string;
  readonly bytes: Uint8Array;
}

/**
 * The home's side of a stream. One message is under way at a time: when the line is quiet bytes leave at once, and what
 * comes during that round trip leaves as one batch after it. Nothing is sent, or kept, while no replica listens: interest
 * begins with a request for a snapshot and ends when a message reaches nobody.
 */
export class StreamPublisher {
  readonly #channels;
  readonly #backoff: Backoff;
  #interested = false;
  #sequence = 0;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** Batches were skipped: nothing is published until a snapshot has taken their place. */
  #skipping: 'behind' | 'new-home' | undefined;
  #wanted = false;
  #announce = false;
  #resend = false;
  #acksDue = false;
  /** The batch that a snapshot had to cut off, and the parts of snapshots. */
  #cut: Outgoing[] = [];
  #parts: Outgoing[] = [];
  #partsTurn = false;
  readonly #allowance: StreamAllowance;
  #snapshotId = 0;
  #snapshotFromMs = 0;
  #busy = false;
  #disposed = false;
  #timers = new Map<'snapshot' | 'acks' | 'position' | 'retry', Timer>();
  #lastDataMs = 0;

  constructor(private readonly options: PublisherOptions) {
    this.#channels = channels(options.sessionId);
    this.#backoff = new Backoff(250, 4_000);
    this.#allowance = new StreamAllowance(options.clock);
  }

  /** Whether anybody listens: if not, the caller may save itself the making of bytes. */
  get interested(): boolean {
    return this.#interested;
  }

  /** The number of the last batch. */
  get sequence(): number {
    return this.#sequence;
  }

  /**
   * Sends bytes that follow what was published before. They may be joined with those before and after: they must tell
   * themselves where a message of theirs ends, and a call must bring whole ones.
   */
  publish(bytes: Uint8Array): void {
    if (!this.#interested || this.#skipping !== undefined || this.#disposed) return;
    const fits = this.#pendingBytes + bytes.length <= MAX_PENDING_BYTES && this.#hold(bytes.length);
    if (!fits || !this.#allowance.take(bytes.length)) {
      this.options.observer?.gap?.('behind');
      this.#skip('behind');
    } else {
      this.#pending.push(bytes);
      this.#pendingBytes += bytes.length;
    }
    this.#pump();
  }

  /** A replica asks for the state. */
  requestSnapshot(): void {
    if (!this.#interested) {
      this.#interested = true;
      this.options.onInterest?.(true);
    }
    this.#wanted = true;
    this.#pump();
  }

  /** Says on both channels which generation the home has, and how far it is; `resend`: input may have been lost. */
  announce(resend = false): void {
    this.#announce = true;
    this.#resend ||= resend;
    this.#pump();
  }

  /** As `announce`, for a home that takes over: replicas of the former one, if any listen, get the state at once. */
  takeOver(): void {
    this.#skipping = 'new-home';
    this.#interested = true;
    this.options.onInterest?.(true);
    this.announce(true);
  }

  /** Acknowledgements are due: they leave with the next batch, or by themselves a little later. */
  acksDue(): void {
    this.#after('acks', ACK_DELAY_MS, () => {
      this.#acksDue = true;
      this.#pump();
    });
  }

  dispose(): void {
    this.#disposed = true;
    this.#interested = false;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#forget();
  }

  /**
   * Drops what waits and leaves a gap in the numbers, which only a snapshot repairs. A snapshot that is being sent continues:
   * otherwise, replicas would never get one in an endless flood.
   */
  #skip(why: 'behind' | 'new-home'): void {
    this.#skipping ??= why;
    this.#sequence++;
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  #forget(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#cut = [];
    this.#parts = [];
    this.#hold();
  }

  /** Counts what waits, and `more` to be added; false if that does not fit. */
  #hold(more = 0): boolean {
    const { held } = this.options;
    if (held === undefined) return true;
    let bytes = this.#pendingBytes + more;
    for (const list of [this.#cut, this.#parts]) for (const one of list) bytes += one.bytes.length;
    return held.trySet(bytes);
  }

  #pump(): void {
    if (this.#busy || this.#disposed || this.#timers.has('retry')) return;
    const next = this.#next();
    if (next === undefined) return;
    this.#busy = true;
    void this.#send(next);
  }

  /** Sends one message, then whatever has been queued meanwhile; if making a snapshot fails, this fails like the bus. */
  async #send({ channel, bytes }: Outgoing): Promise<void> {
    try {
      const receivers = await this.options.bus.publish(channel, bytes);
      this.#published(channel, bytes.length, receivers);
    } catch (error) {
      this.#failed(error);
    }
  }

  #published(channel: string, bytes: number, receivers: number): void {
    this.#busy = false;
    this.#hold();
    this.#backoff.reset();
    this.options.observer?.published?.(bytes);
    if (receivers === 0 && channel === this.#channels.out) this.#lostInterest();
    if (receivers === 0 && channel === this.#channels.snapshot) this.#snapshotUnwanted();
    this.#pump();
  }

  /** Whether the message arrived is not known: its number is spent, and what replicas have is healed by a snapshot. */
  #failed(error: unknown): void {
    this.#busy = false;
    this.options.observer?.fault?.(error);
    if (this.#interested) this.#skip('behind');
    this.#forget();
    this.#after('retry', this.#backoff.next(), () => this.announce(true));
  }

  /** A replica that asked for a snapshot no longer waits, maybe because an older one came: the position shows it that. */
  #snapshotUnwanted(): void {
    this.#parts = this.#parts.filter(({ channel }) => channel !== this.#channels.snapshot);
    this.#tellPosition();
  }

  #tellPosition(): void {
    this.#cut.push({ channel: this.#channels.out, bytes: encodeEnvelope({ ...this.#at('position'), resend: false }) });
  }

  #lostInterest(): void {
    // A request may have come while the message was under way: whoever sent it is subscribed by now.
    if (!this.#interested || this.#wanted) return;
    this.#interested = false;
    this.#skipping = undefined;
    this.#forget();
    // Should somebody have listened after all, the next batch shows it that it missed some.
    this.#sequence++;
    this.#timers.get('position')?.cancel();
    this.#timers.delete('position');
    this.options.onInterest?.(false);
  }

  /** The next message, or none for now. */
  #next(): Outgoing | undefined {
    if (this.#announce) return this.#takeAnnouncement();
    if (this.#wanted && this.#mayTakeSnapshot()) this.#takeWanted();
    // After an announcement, which may show that nobody listens.
    if (this.#skipping !== undefined && this.#cut.length === 0 && this.#mayTakeSnapshot()) {
      const reason = this.#skipping;
      this.#skipping = undefined;
      this.#split(this.#channels.out, reason);
    }
    const cut = this.#cut.shift();
    if (cut !== undefined) return cut;
    // Parts and batches take turns, so that a large snapshot for one replica does not hold up the others.
    this.#partsTurn = !this.#partsTurn;
    const part = this.#partsTurn ? this.#parts.shift() : undefined;
    return part ?? this.#takeBatch() ?? this.#parts.shift() ?? this.#takeAcks();
  }

  #takeAnnouncement(): Outgoing {
    // First to a former home, which must stop; then to the replicas.
    const bytes = encodeEnvelope({ ...this.#at('position'), resend: this.#resend });
    this.#announce = false;
    this.#resend = false;
    this.#cut.push({ channel: this.#channels.out, bytes });
    return { channel: this.#channels.in, bytes };
  }

  #mayTakeSnapshot(): boolean {
    if (this.#parts.length > 0) return false;
    const waitMs = this.#snapshotFromMs - this.options.clock.monotonic();
    if (waitMs <= 0) return true;
    this.#after('snapshot', waitMs, () => this.#pump());
    return false;
  }

  #takeWanted(): void {
    this.#wanted = false;
    // Replicas that wait are subscribed to the stream as well: one that everybody needs serves them too.
    if (this.#skipping !== undefined) return;
    const batch = this.#takeBatch();
    if (batch !== undefined) this.#cut.push(batch);
    this.#split(this.#channels.snapshot, 'requested');
  }

  #split(channel: string, reason: 'requested' | 'behind' | 'new-home'): void {
    const startMs = this.options.clock.monotonic();
    const state = this.options.snapshot();
    const parts = Math.max(1, Math.ceil(state.length / PART_BYTES));
    // At most a quarter of the home's time goes into snapshots.
    const costMs = this.options.clock.monotonic() - startMs;
    // A replica that has just come is not to blame for a flood.
    if (reason === 'behind') this.#allowance.spend(state.length);
    this.#snapshotFromMs = startMs + Math.max(SNAPSHOT_INTERVAL_MS, 4 * costMs, this.#allowance.overdrawnMs);
    if (parts > MAX_PARTS) {
      this.options.observer?.fault?.(new Error(`a snapshot of ${state.length} bytes is too large to send`));
      return;
    }
    if (!this.#hold(state.length)) {
      // A replica that asked is not forgotten, and a hole in the stream stays one.
      if (reason === 'requested') this.#wanted = true;
      else this.#skipping = reason;
      this.#snapshotFromMs = startMs + NO_ROOM_MS;
      this.#mayTakeSnapshot();
      return;
    }
    const id = (this.#snapshotId = (this.#snapshotId + 1) % 2 ** 32);
    for (let part = 0; part < parts; part++) {
      const payload = state.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
      this.#parts.push({ channel, bytes: encodeEnvelope({ ...this.#at('snapshot'), id, part, parts, payload }) });
    }
    this.options.observer?.snapshot?.(reason);
    this.#watchTail();
  }

  #takeBatch(): Outgoing | undefined {
    if (this.#pending.length === 0) return undefined;
    const payload = concat(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#sequence++;
    this.#watchTail();
    return { channel: this.#channels.out, bytes: encodeEnvelope({ ...this.#at('data'), acks: this.#acks(), payload }) };
  }

  #takeAcks(): Outgoing | undefined {
    if (!this.#acksDue) return undefined;
    const acks = this.#acks();
    if (acks.length === 0) return undefined;
    return { channel: this.#channels.out, bytes: encodeEnvelope({ ...this.#at('acks'), acks }) };
  }

  #acks(): readonly Ack[] {
    this.#acksDue = false;
    this.#timers.get('acks')?.cancel();
    this.#timers.delete('acks');
    return this.options.takeAcks?.() ?? [];
  }

  #at<K extends string>(kind: K): { kind: K; generation: Generation; sequence: number } {
    return { kind, generation: this.options.generation, sequence: this.#sequence };
  }

  /** One timer for the stream, however much is sent: it looks when it fires how long the stream has been quiet. */
  #watchTail(): void {
    this.#lastDataMs = this.options.clock.monotonic();
    this.#tailTimer(0);
  }

  #tailTimer(step: number): void {
    const delayMs = POSITION_DELAYS_MS[step];
    if (delayMs === undefined) return;
    const leftMs = this.#lastDataMs + delayMs - this.options.clock.monotonic();
    this.#after('position', Math.max(1, leftMs), () => {
      // After a failure, a snapshot follows, and this starts again.
      if (!this.#interested || this.#timers.has('retry')) return;
      // While something is being sent, the next message will contain the number too.
      if (this.#busy) this.#lastDataMs = this.options.clock.monotonic();
      if (this.options.clock.monotonic() - this.#lastDataMs < delayMs) return this.#tailTimer(0);
      this.#cut.push({
        channel: this.#channels.out,
        bytes: encodeEnvelope({ ...this.#at('position'), resend: false }),
      });
      this.#pump();
      this.#tailTimer(step + 1);
    });
  }

  /** Starts a timer unless one of that name runs. */
  #after(name: 'snapshot' | 'acks' | 'position' | 'retry', delayMs: number, run: () => void): void {
    if (this.#timers.has(name) || this.#disposed) return;
    const timer = this.options.clock.after(delayMs, () => {
      this.#timers.delete(name);
      run();
    });
    this.#timers.set(name, timer);
  }
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}
