import type { Clock, Disposable, EdgeId, Generation, ParticipantId, SessionId } from '#kernel';
import type { Bus } from './bus.js';
import { channels } from './channels.js';
import { decodeEnvelope, encodeEnvelope, type Envelope } from './envelope.js';
import { InputReceiver } from './input-receiver.js';
import { InputSender, type QueuedInput } from './input-sender.js';
import type { RelayObserver } from './observer.js';
import type { HomeHandlers, HomeLink, Relay, ReplicaHandlers, ReplicaLink } from './relay.js';
import { StreamPublisher } from './stream-publisher.js';
import { StreamReader, type StreamPosition } from './stream-reader.js';

/**
 * Sessions whose numbers are remembered after their link was closed; beyond that, those that were closed first are forgotten: a
 * link is opened again at once, or has other participants.
 */
const MAX_REMEMBERED = 10_000;

/** The relay over any bus. */
export class BusRelay implements Relay {
  /**
   * The next number of input that no earlier link of this process has used, by session. A home drops what it has seen, by
   * number: a link that is opened again in the same generation must continue where the previous one ended.
   */
  readonly #next = new Map<SessionId, number>();

  constructor(
    private readonly bus: Bus,
    private readonly clock: Clock,
    private readonly observer: RelayObserver = {},
  ) {}

  async home(sessionId: SessionId, generation: Generation, handlers: HomeHandlers): Promise<HomeLink> {
    const link = new BusHomeLink(this.bus, this.clock, this.observer, sessionId, generation, handlers);
    await link.start();
    return link;
  }

  async replica(
    sessionId: SessionId,
    generation: Generation,
    edgeId: EdgeId,
    handlers: ReplicaHandlers,
  ): Promise<ReplicaLink> {
    const { bus, clock, observer } = this;
    const link = new BusReplicaLink({
      common: { bus, clock, observer, sessionId, generation },
      edgeId,
      handlers,
      firstSequence: this.#next.get(sessionId) ?? 1,
      closed: (next) => this.#remember(sessionId, next),
    });
    await link.start();
    return link;
  }

  async moved(sessionId: SessionId, generation: Generation): Promise<void> {
    const bytes = encodeEnvelope({ kind: 'position', generation, sequence: 0, resend: true });
    const { in: toHome, out } = channels(sessionId);
    // First to the former home, which must stop.
    for (const channel of [toHome, out]) await this.bus.publish(channel, bytes);
  }

  #remember(sessionId: SessionId, next: number): void {
    const known = this.#next.get(sessionId) ?? 1;
    this.#next.delete(sessionId);
    if (Math.max(known, next) > 1) this.#next.set(sessionId, Math.max(known, next));
    for (const oldest of this.#next.keys()) {
      if (this.#next.size <= MAX_REMEMBERED) break;
      this.#next.delete(oldest);
    }
  }
}

class BusHomeLink implements HomeLink {
  readonly #publisher: StreamPublisher;
  readonly #receiver: InputReceiver;
  #subscription: Disposable | undefined;
  #disposed = false;

  constructor(
    private readonly bus: Bus,
    clock: Clock,
    private readonly observer: RelayObserver,
    private readonly sessionId: SessionId,
    private readonly generation: Generation,
    private readonly handlers: HomeHandlers,
  ) {
    this.#receiver = new InputReceiver(
      (input) => !this.#disposed && handlers.input(input),
      () => this.#publisher.acksDue(),
      handlers.hasArrived === undefined ? undefined : (from) => !this.#disposed && handlers.hasArrived?.(from) === true,
    );
    this.#publisher = new StreamPublisher({
      bus,
      clock,
      sessionId,
      generation,
      observer,
      snapshot: () => handlers.snapshot(),
      ...(handlers.held === undefined ? {} : { held: handlers.held }),
      takeAcks: () => this.#receiver.takeAcks(),
      onInterest: (interested) => handlers.interest?.(interested),
    });
  }

  get interested(): boolean {
    return this.#publisher.interested;
  }

  async start(): Promise<void> {
    this.#subscription = await this.bus.subscribe(channels(this.sessionId).in, {
      message: (bytes) => this.#receive(bytes),
      interrupted: () => this.#publisher.announce(true),
      late: (bytes) => this.#refuse(bytes),
    });
    if (this.generation > 1) this.#publisher.takeOver();
  }

  publish(bytes: Uint8Array): void {
    this.#publisher.publish(bytes);
  }

  arrived(participantId: ParticipantId): void {
    this.#receiver.arrived(participantId);
  }

  forget(participantId: ParticipantId): void {
    this.#receiver.forget(participantId);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#subscription?.dispose();
    this.#publisher.dispose();
    // What arrived here must not be sent again to the next home.
    this.#sayAcks();
  }

  #sayAcks(): void {
    for (let acks = this.#receiver.takeAcks(); acks.length > 0; acks = this.#receiver.takeAcks()) {
      const bytes = encodeEnvelope({ kind: 'acks', generation: this.generation, acks });
      this.bus.publish(channels(this.sessionId).out, bytes).catch((error: unknown) => this.observer.fault?.(error));
    }
  }

  /** Input that came when this home had left: whoever sent it shall know that it is for the next one. */
  #refuse(bytes: Uint8Array): void {
    const envelope = this.#decode(bytes);
    if (envelope?.kind !== 'input' || envelope.generation !== this.generation) return;
    this.#receiver.receive(envelope);
    this.#sayAcks();
  }

  #decode(bytes: Uint8Array): Envelope | undefined {
    this.observer.received?.(bytes.length);
    try {
      return decodeEnvelope(bytes);
    } catch (error) {
      this.observer.fault?.(error);
      return undefined;
    }
  }

  #receive(bytes: Uint8Array): void {
    if (this.#disposed) return;
    const envelope = this.#decode(bytes);
    if (envelope === undefined) return;
    if (envelope.generation > this.generation) {
      this.dispose();
      this.handlers.superseded(envelope.generation);
    } else if (envelope.kind === 'request') {
      this.#publisher.requestSnapshot();
    } else if (envelope.kind === 'input') {
      // A replica that follows an older home: it must learn about this one first, then it sends again.
      if (envelope.generation < this.generation) this.#publisher.announce();
      else this.#receiver.receive(envelope);
    }
  }
}

interface ReplicaLinkOptions {
  readonly common: {
    readonly bus: Bus;
    readonly clock: Clock;
    readonly observer: RelayObserver;
    readonly sessionId: SessionId;
    readonly generation: Generation;
  };
  readonly edgeId: EdgeId;
  readonly handlers: ReplicaHandlers;
  readonly firstSequence: number;
  /** The link is closed, and this number was not used. */
  readonly closed: (next: number) => void;
}

class BusReplicaLink implements ReplicaLink {
  readonly #reader: StreamReader;
  readonly #sender: InputSender;

  constructor(private readonly options: ReplicaLinkOptions) {
    const { common, edgeId, handlers, firstSequence } = options;
    const homeAway = (): void => handlers.homeAway?.();
    this.#sender = new InputSender({
      ...common,
      edgeId,
      firstSequence,
      onLost: (lost) => handlers.lost(lost),
      onHomeAway: homeAway,
      onRoom: () => handlers.room?.(),
    });
    this.#reader = new StreamReader({
      ...common,
      handlers: {
        snapshot: (bytes, position) => handlers.snapshot(bytes, position),
        data: (bytes) => handlers.data(bytes),
        waiting: (waiting) => handlers.waiting?.(waiting),
        home: (newer) => {
          this.#sender.homeAt(newer);
          handlers.home?.(newer);
        },
        acks: (acks, of) => this.#sender.acked(acks, of),
        resend: () => this.#sender.resend(),
        homeAway,
      },
    });
  }

  get waiting(): boolean {
    return this.#reader.waiting;
  }

  get position(): StreamPosition | undefined {
    return this.#reader.position;
  }

  async start(): Promise<void> {
    await this.#reader.start();
  }

  send(participantId: ParticipantId, bytes: Uint8Array): boolean {
    return this.#sender.send(participantId, bytes);
  }

  queuedOf(participantId: ParticipantId): number {
    return this.#sender.queuedOf(participantId);
  }

  resync(afterMs: number): void {
    this.#reader.resync(afterMs);
  }

  async hail(): Promise<boolean | undefined> {
    this.#reader.expectSign();
    return await this.#sender.hail();
  }

  told(participantId: ParticipantId): void {
    this.#sender.told(participantId);
  }

  remove(participantId: ParticipantId): void {
    this.#sender.remove(participantId);
  }

  release(): readonly QueuedInput[] {
    this.#reader.dispose();
    const held = this.#sender.release();
    this.options.closed(this.#sender.unusedSequence);
    return held;
  }

  dispose(): void {
    this.#reader.dispose();
    this.#sender.dispose();
    this.options.closed(this.#sender.unusedSequence);
  }
}
