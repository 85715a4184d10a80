import { Backoff, Timeout, type Clock, type Disposable, type Generation, type SessionId } from '#kernel';
import type { Bus } from './bus.js';
import { channels } from './channels.js';
import { decodeEnvelope, encodeEnvelope, type Ack, type Envelope, type SnapshotEnvelope } from './envelope.js';
import type { RelayObserver } from './observer.js';
import { SnapshotParts } from './snapshot-parts.js';

/** A place in a stream. A sequence means something within its generation only. */
export interface StreamPosition {
  readonly generation: Generation;
  readonly sequence: number;
}

/** What a replica gets from its home. */
export interface ReaderHandlers {
  /** The whole state: it replaces what the replica had. */
  snapshot(bytes: Uint8Array, position: StreamPosition): void;
  /** What follows, in order and without a hole. Several publications may come as one. */
  data(bytes: Uint8Array): void;
  /** Whether the replica is behind and waits for a snapshot; its screen is out of date meanwhile. */
  waiting?(waiting: boolean): void;
  /** A newer home has appeared. `waiting(true)` follows if the replica was up to date with the older one. */
  home?(generation: Generation): void;
  acks?(acks: readonly Ack[], generation: Generation): void;
  /** Input that is under way may have been lost. */
  resend?(): void;
  /** Nobody is home: the session is moving, has moved to another region, or has ended. Called at each attempt. */
  homeAway?(): void;
}

/** How a stream is read. */
export interface ReaderOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly sessionId: SessionId;
  /** What the directory says: messages of an older generation are dropped from the start. */
  readonly generation: Generation;
  readonly handlers: ReaderHandlers;
  readonly observer?: RelayObserver;
}

/** Batches that wait for a snapshot. Over it they are dropped: the snapshot that is then asked for has them. */
export const MAX_BUFFERED_BYTES = 1024 * 1024;
/** A new home sends its snapshot unasked; only after this time it is asked. */
const NEW_HOME_PATIENCE_MS = 500;

/** A start that took longer, as while Redis was away, says nothing of round trips. */
const MAX_TRIPS_MS = 6_000;

/** Over how long the replicas of an edge ask for snapshots that all need one at once. */
const SPREAD_MS = 1_000;

/** How long a home may take to give a sign of life that it was asked for, in ms: two round trips over a slow Redis. */
export const SIGN_OF_LIFE_MS = 10_000;

/** When a session's replicas ask, from 0 to `SPREAD_MS`: the same at all edges, so that one snapshot serves them all. */
function spread(id: SessionId): number {
  let hash = 0;
  for (const char of id) hash = (31 * hash + (char.codePointAt(0) ?? 0)) % 65_521;
  return hash % SPREAD_MS;
}

/**
 * A replica's side of a stream: gives its handlers a snapshot and then every batch after it, each once and in order. A
 * hole, a new home or a lost subscription is healed with a new snapshot. What an older home sends is dropped.
 */
export class StreamReader {
  readonly #channels;
  readonly #backoff = new Backoff(500, 4_000);
  #generation: Generation;
  /** The last batch that the state has; undefined before the first snapshot of this generation. */
  #sequence: number | undefined;
  /** The highest known number of this generation. */
  #head = 0;
  #waiting = false;
  /** What was reported to the handler last. */
  #reportedWaiting = false;
  #buffer = new Map<number, Uint8Array>();
  #bufferedBytes = 0;
  #parts = new SnapshotParts();
  #stream: Disposable | undefined;
  #snapshots: Promise<Disposable> | undefined;
  readonly #askLater: Timeout;
  /** Runs until the home gives the sign of life that it was asked for. */
  readonly #sign: Timeout;
  /** How long a round trip took at the start. */
  #tripMs = 0;
  #disposed = false;

  constructor(private readonly options: ReaderOptions) {
    this.#channels = channels(options.sessionId);
    this.#generation = options.generation;
    this.#askLater = new Timeout(options.clock);
    this.#sign = new Timeout(options.clock);
  }

  /** Where the replica is; undefined before its first snapshot. */
  get position(): StreamPosition | undefined {
    return this.#sequence === undefined ? undefined : { generation: this.#generation, sequence: this.#sequence };
  }

  get waiting(): boolean {
    return this.#waiting;
  }

  /** Subscribes and asks for the first snapshot; resolves when the subscription is in force, fails as `Bus` does. */
  async start(): Promise<void> {
    // At the same time as the stream: each takes a round trip.
    const snapshots = this.#followSnapshots();
    const began = this.options.clock.monotonic();
    const stream = await this.options.bus.subscribe(this.#channels.out, {
      message: (bytes) => this.#receive(bytes),
      // The screen is out of date until the subscription is repaired, and its viewers must know.
      lost: () => this.#wait(),
      interrupted: () => {
        // A Redis that cuts an edge off cuts all of its replicas off: they ask one after another.
        this.#lose('interrupted', spread(this.options.sessionId));
        this.options.handlers.resend?.();
      },
    });
    this.#tripMs = this.options.clock.monotonic() - began;
    if (this.#disposed) stream.dispose();
    this.#stream = stream;
    this.#wait();
    // What is sent to the home after this comes after the request, and is answered to somebody who follows.
    await snapshots.catch(() => undefined);
    this.#ask();
  }

  /** Passes on nothing before a new snapshot, which it requests after that many ms. */
  resync(afterMs: number): void {
    this.#lose('lost', afterMs);
  }

  /** The home was asked for a sign of life: without one in time, what the replica has counts as out of date. */
  expectSign(): void {
    if (!this.#disposed && !this.#waiting) this.#sign.startIfIdle(SIGN_OF_LIFE_MS, () => this.#seek('lost'));
  }

  #lose(reason: 'lost' | 'interrupted', askAfterMs: number): void {
    if (this.#disposed) return;
    this.options.observer?.gap?.(reason);
    this.#wait();
    this.#retryAfter(askAfterMs);
  }

  dispose(): void {
    this.#disposed = true;
    this.#sign.cancel();
    this.#stream?.dispose();
    this.#askLater.cancel();
    this.#leaveSnapshots();
    this.#dropBuffer();
    this.#parts = new SnapshotParts();
  }

  #receive(bytes: Uint8Array): void {
    if (this.#disposed) return;
    this.options.observer?.received?.(bytes.length);
    let envelope: Envelope;
    try {
      envelope = decodeEnvelope(bytes);
    } catch (error) {
      this.options.observer?.fault?.(error);
      return;
    }
    if (envelope.kind === 'request' || envelope.kind === 'input' || envelope.generation < this.#generation) return;
    this.#sign.cancel();
    if (envelope.generation > this.#generation) this.#moved(envelope.generation);
    if (envelope.kind === 'data' || envelope.kind === 'acks') {
      if (envelope.acks.length > 0) this.options.handlers.acks?.(envelope.acks, envelope.generation);
    }
    if (envelope.kind === 'acks') return;
    this.#head = Math.max(this.#head, envelope.sequence);
    if (envelope.kind === 'data') this.#data(envelope.sequence, envelope.payload);
    else if (envelope.kind === 'snapshot') this.#snapshot(envelope);
    else if (envelope.resend) this.options.handlers.resend?.();
    if (!this.#waiting && this.#head > (this.#sequence ?? -1)) this.#seek('lost');
  }

  #moved(generation: Generation): void {
    this.#generation = generation;
    this.#sequence = undefined;
    this.#head = 0;
    this.#dropBuffer();
    this.#parts = new SnapshotParts();
    this.options.observer?.gap?.('new-home');
    this.options.handlers.home?.(generation);
    this.#wait();
    this.#retryAfter(NEW_HOME_PATIENCE_MS);
  }

  #data(sequence: number, payload: Uint8Array): void {
    if (!this.#waiting && sequence === (this.#sequence ?? -1) + 1) {
      this.#sequence = sequence;
      this.options.handlers.data(payload);
    } else if (sequence > (this.#sequence ?? -1) && !this.#buffer.has(sequence)) {
      if (this.#bufferedBytes + payload.length > MAX_BUFFERED_BYTES) this.#dropBuffer();
      this.#buffer.set(sequence, payload);
      this.#bufferedBytes += payload.length;
    }
  }

  #snapshot(envelope: SnapshotEnvelope): void {
    const { sequence } = envelope;
    const known = this.#sequence ?? -1;
    if (sequence < known || (sequence === known && !this.#waiting)) return;
    // The home sends one that nobody asked for when it had to skip: no need to ask.
    this.#wait();
    const state = this.#parts.add(envelope);
    if (state === undefined) return this.#retryAfter(this.#backoff.peek());
    this.#sequence = sequence;
    this.#waiting = false;
    this.#backoff.reset();
    this.#askLater.cancel();
    this.#leaveSnapshots();
    this.options.handlers.snapshot(state, { generation: this.#generation, sequence });
    this.#drain();
    // A hole behind the snapshot keeps the replica waiting, without a word in between.
    if (this.#head > this.#sequence) this.#seek('lost');
    else this.#tell(false);
  }

  /** Gives out what was buffered and follows the snapshot. */
  #drain(): void {
    const buffered = [...this.#buffer].sort(([a], [b]) => a - b);
    this.#dropBuffer();
    for (const [sequence, payload] of buffered) {
      if (!this.#disposed && sequence > (this.#sequence ?? -1)) this.#data(sequence, payload);
    }
  }

  #dropBuffer(): void {
    this.#buffer.clear();
    this.#bufferedBytes = 0;
  }

  #seek(reason: 'lost'): void {
    if (this.#disposed) return;
    this.options.observer?.gap?.(reason);
    this.#wait();
    this.#ask();
  }

  #wait(): void {
    this.#waiting = true;
    this.#tell(true);
  }

  #tell(waiting: boolean): void {
    if (this.#reportedWaiting === waiting || this.#disposed) return;
    this.#reportedWaiting = waiting;
    this.options.handlers.waiting?.(waiting);
  }

  /** Asks for a snapshot, and asks again until one has come. */
  #ask(): void {
    if (this.#disposed) return;
    // An answer takes two round trips; to ask again before that gives the home more to send, and delays it.
    this.#retryAfter(this.#backoff.next() + Math.min(2 * this.#tripMs, MAX_TRIPS_MS));
    const { bus, observer, handlers } = this.options;
    const subscription = this.#followSnapshots();
    const request = encodeEnvelope({ kind: 'request', generation: this.#generation });
    subscription
      // Even if a snapshot has come meanwhile: it may be older than this loss, and a home that has stopped publishing must
      // learn that somebody listens.
      .then(async () => (this.#disposed ? 1 : bus.publish(this.#channels.in, request)))
      .then(
        (receivers) => {
          if (receivers === 0 && !this.#disposed) handlers.homeAway?.();
        },
        (error: unknown) => observer?.fault?.(error),
      );
  }

  #followSnapshots(): Promise<Disposable> {
    if (this.#snapshots !== undefined) return this.#snapshots;
    const subscription = this.options.bus.subscribe(this.#channels.snapshot, {
      message: (bytes) => this.#receive(bytes),
      interrupted: () => this.#ask(),
    });
    this.#snapshots = subscription;
    subscription.catch(() => {
      if (this.#snapshots === subscription) this.#snapshots = undefined;
    });
    return subscription;
  }

  #retryAfter(ms: number): void {
    this.#askLater.start(ms, () => {
      if (this.#waiting) this.#ask();
    });
  }

  #leaveSnapshots(): void {
    this.#snapshots?.then(
      (subscription) => subscription.dispose(),
      () => undefined,
    );
    this.#snapshots = undefined;
  }
}
