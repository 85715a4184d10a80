import {
  Backoff,
  Timeout,
  type Clock,
  type EdgeId,
  type Generation,
  type ParticipantId,
  type SessionId,
} from '#kernel';
import {
  QUEUE_MS,
  MAX_INPUT_BYTES,
  type QueuedInput,
  type Relay,
  type ReplicaHandlers,
  type ReplicaLink,
} from '#relay';
import { commandArgv, type Command } from '#tmux';
import type { ServerMessage } from '#tmate-protocol';
import type { JoinRequest } from '../ports.js';
import type { Seat } from '../seat/seat.js';
import { RelayText } from '../texts.js';
import { encodeInput, encodeSends } from '../wire/replica-input.js';

/** Where the session is. */
export interface HomePlace {
  readonly relay: Relay;
  readonly generation: Generation;
}

/**
 * If this many bytes of somebody's input are on their way to the home, the rest waits at their terminal: enough for a round trip
 * at 1 MB a second.
 */
export const MAX_UNDER_WAY_BYTES = 128 * 1024;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 5000;

export interface UplinkDeps {
  readonly sessionId: SessionId;
  readonly edgeId: EdgeId;
  readonly clock: Clock;
  readonly handlers: ReplicaHandlers;
  /** A home can be reached. It does not know who is here, and has not received what was `kept`. */
  readonly onOpen: (kept: readonly QueuedInput[]) => void;
  /** Input from these joiners waited for too long, and was dropped. */
  readonly onDropped: (from: readonly ParticipantId[]) => void;
  readonly failed: (what: string, error: unknown) => void;
}

/**
 * A replica's connection to its home: follows it through the relay, retrying while the relay is not available, and sends it
 * what joiners type. Input that a former home has not received goes to the next one.
 */
export class Uplink {
  #place: HomePlace;
  #link: ReplicaLink | undefined;
  /** Counts attempts to open a link: an older one that succeeds late is thrown away. */
  #attempt = 0;
  readonly #retry: Timeout;
  readonly #backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
  /** Input that a former home has not received. It has the same limit as the input of a link. */
  #carried: QueuedInput[] = [];
  #carriedSinceMs = 0;
  #isOver = false;

  constructor(
    place: HomePlace,
    private readonly deps: UplinkDeps,
  ) {
    this.#place = place;
    this.#retry = new Timeout(deps.clock);
  }

  get place(): HomePlace {
    return this.#place;
  }

  /** Whether what is typed can be sent: if not, the room holds it. */
  get isOpen(): boolean {
    return this.#link !== undefined;
  }

  /** Whether little enough of somebody's input is under way to send more. */
  takes(from: ParticipantId): boolean {
    return (this.#link?.queuedOf(from) ?? 0) < MAX_UNDER_WAY_BYTES;
  }

  /** Follows the home; rejects with `unavailable` or `timeout` if the relay is not available. */
  async open(): Promise<void> {
    const attempt = ++this.#attempt;
    this.#retry.cancel();
    this.#carry();
    const { sessionId, edgeId, handlers, onOpen } = this.deps;
    const { relay, generation } = this.#place;
    const link = await relay.replica(sessionId, generation, edgeId, handlers);
    if (attempt !== this.#attempt || this.#isOver) {
      link.dispose();
      return;
    }
    this.#link = link;
    this.#backoff.reset();
    onOpen(this.#carried.splice(0));
  }

  /** As `open`, again and again until it works. */
  keepOpening(): void {
    this.open().catch((error: unknown) => {
      if (this.#isOver) return;
      const { clock, failed, onDropped } = this.deps;
      failed('relay: replica', error);
      if (clock.monotonic() - this.#carriedSinceMs >= QUEUE_MS) {
        onDropped([...new Set(this.#carried.splice(0).map(({ participantId }) => participantId))]);
      }
      this.#retry.start(this.#backoff.next(), () => this.keepOpening());
    });
  }

  /** The session has a home elsewhere, which this replica follows from now on. */
  move(place: HomePlace): void {
    this.#place = place;
    this.keepOpening();
  }

  /** The link switches to another home by itself. */
  moved(generation: Generation): void {
    this.#place = { ...this.#place, generation };
  }

  /** Sends a piece of somebody's input; false if there is no room for it. */
  send(from: ParticipantId, piece: Uint8Array): boolean {
    return this.#link?.send(from, piece) === true;
  }

  /** Somebody asks whether they may join. */
  ask({ id, role, proofs }: JoinRequest): void {
    const { transport, address, keys } = proofs;
    this.send(id, encodeInput({ kind: 'proofs', proofs }));
    // For a home of an earlier release, which knows no proofs: the key is shown to its host.
    const key = keys.at(-1)?.fingerprint ?? '';
    this.send(id, encodeInput({ kind: 'ask', role, transport, address, key, certificate: '' }));
  }

  /** Somebody has a seat here. `again`: a home has let them in. */
  join({ info, proofs, claimed: size }: Seat, again: boolean): void {
    const { id, role, transport, address, key } = info;
    this.send(id, encodeInput({ kind: 'proofs', proofs }));
    if (key !== undefined) this.send(id, encodeInput({ kind: 'key', role, key }));
    this.send(id, encodeInput({ kind: 'join', role, transport, again, address, size }));
  }

  /** Whether somebody's terminal is locked: from now on, the home takes nothing that they type, or takes it again. */
  seatLock({ info: { id }, lock }: Seat): void {
    this.send(id, encodeInput({ kind: 'seat-lock', locked: lock.isLocked }));
  }

  /** Somebody has typed; if there is no room for it, it is lost, and they are told. */
  typed(from: Seat, messages: readonly ServerMessage[]): void {
    const { id, role } = from.info;
    for (const piece of encodeSends(role, messages)) {
      if (piece.length > MAX_INPUT_BYTES) from.message(RelayText.tooLarge);
      else if (!this.send(id, piece)) {
        from.message(RelayText.tooMuch);
        break;
      }
    }
  }

  /** Somebody's command for the copy of options and keys that all joiners share. */
  mirror(from: Seat, command: Command): void {
    const { id, role } = from.info;
    const piece = encodeInput({ kind: 'mirror', role, argv: commandArgv(command) });
    if (piece.length > MAX_INPUT_BYTES) from.message(RelayText.tooLarge);
    else if (!this.send(id, piece)) from.message(RelayText.notSent);
  }

  resize({ info: { id, role }, claimed: size }: Seat): void {
    this.send(id, encodeInput({ kind: 'size', role, size }));
  }

  /** How somebody's way in is traced. */
  trace(id: ParticipantId, traceparent: string): void {
    this.send(id, encodeInput({ kind: 'trace', traceparent }));
  }

  /** The home has reported that input from somebody may not have arrived. */
  told(id: ParticipantId): void {
    this.#link?.told(id);
  }

  /** Somebody wants the session locked, or unlocked. */
  lock(from: Seat): void {
    if (!this.send(from.info.id, encodeInput({ kind: 'lock' }))) from.message(RelayText.notSent);
  }

  /** Somebody has left, or no longer asks: nothing of theirs is kept once it has arrived. */
  leave(id: ParticipantId): void {
    this.send(id, encodeInput({ kind: 'leave' }));
    this.#link?.remove(id);
  }

  /** A message could not be read: asks for a snapshot, after a longer time at each attempt until one is read. */
  resync(): void {
    this.#link?.resync(this.#backoff.next());
  }

  /**
   * Asks the home for a sign of life: the directory does not say whether there is one. Returns whether anybody listens there;
   * undefined if the relay is not available.
   */
  async hail(): Promise<boolean | undefined> {
    return await this.#link?.hail();
  }

  /** A snapshot was read. */
  synced(): void {
    this.#backoff.reset();
  }

  /** Stops following; returns what joiners typed that no home has received. */
  release(): readonly QueuedInput[] {
    this.#carry();
    const held = this.#carried.splice(0);
    this.dispose();
    return held;
  }

  /** Stops following. */
  dispose(): void {
    this.#isOver = true;
    this.#attempt += 1;
    this.#retry.cancel();
    this.#link?.dispose();
    this.#link = undefined;
  }

  /** Closes the link, and keeps what it has not delivered to a home; what may have arrived is reported. */
  #carry(): void {
    const link = this.#link;
    this.#link = undefined;
    const held = link?.release() ?? [];
    if (this.#carried.length === 0) this.#carriedSinceMs = this.deps.clock.monotonic();
    for (const piece of held) this.#carried.push(piece);
  }
}
