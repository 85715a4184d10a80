import {
  Backoff,
  type Clock,
  type Generation,
  type Holding,
  type ParticipantId,
  type SessionId,
  type Timer,
} from '#kernel';
import type { HomeLink, ReceivedInput, Relay } from '#relay';
import { encodeRecord, type StreamRecord } from '../wire/stream-records.js';

export interface HomeStreamDeps {
  readonly relay: Relay;
  readonly clock: Clock;
  readonly sessionId: SessionId;
  readonly generation: Generation;
  /** The whole state, as `encodeState` packs it. */
  readonly snapshot: () => Uint8Array;
  readonly input: (input: ReceivedInput) => boolean;
  /** Whether the host has received everything from somebody that was meant for the host. */
  readonly hasArrived: (from: ParticipantId) => boolean;
  /** Another edge is the home by now. */
  readonly superseded: (generation: Generation) => void;
  readonly failed: (what: string, error: unknown) => void;
  /** The account for what waits for the relay. */
  readonly held: Holding;
}

/** How long an ended session still answers, in ms, so that a replica that missed its end finds out. */
const LINGER_MS = 5000;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 5000;

/**
 * A home's connection to its replicas: opens the relay, retrying while it is not available, and publishes the host's messages
 * once a replica listens. What arrives in one read of the host's connection is published as one message.
 */
export class HomeStream {
  #link: HomeLink | undefined;
  #retry: Timer | undefined;
  readonly #backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
  /** Messages that the model has and the relay has not: never there when a snapshot is made. */
  #gathered: Uint8Array[] = [];
  #disposed = false;

  constructor(private readonly deps: HomeStreamDeps) {
    void this.#open();
  }

  get interested(): boolean {
    return this.#link?.interested === true;
  }

  /** A message of the host, just applied; `bytes` may change after the call. */
  host(bytes: Uint8Array): void {
    if (this.interested) this.#gathered.push(bytes.slice());
  }

  /** The end of a batch of messages. */
  flush(): void {
    const [first, ...rest] = this.#gathered;
    if (first === undefined) return;
    this.#gathered = [];
    const bytes = rest.length === 0 ? first : Buffer.concat([first, ...rest]);
    this.#link?.publish(encodeRecord({ kind: 'host', bytes }));
  }

  publish(record: StreamRecord): void {
    if (!this.interested) return;
    this.flush();
    this.#link?.publish(encodeRecord(record));
  }

  /** The host has now received everything from somebody. */
  arrived(from: ParticipantId): void {
    this.#link?.arrived(from);
  }

  /** The session is over: announces this for a while, then leaves. */
  end(record: StreamRecord): void {
    this.publish(record);
    if (this.#link === undefined) this.dispose();
    else this.deps.clock.after(LINGER_MS, () => this.dispose());
  }

  dispose(): void {
    this.#disposed = true;
    this.deps.held.release();
    this.#retry?.cancel();
    this.#link?.dispose();
    this.#link = undefined;
    this.#gathered = [];
  }

  async #open(): Promise<void> {
    const { relay, sessionId, generation, snapshot, input, hasArrived, superseded, held } = this.deps;
    try {
      const link = await relay.home(sessionId, generation, { snapshot, input, hasArrived, superseded, held });
      if (this.#disposed) link.dispose();
      else this.#link = link;
    } catch (error) {
      if (this.#disposed) return;
      this.deps.failed('relay: home', error);
      this.#retry = this.deps.clock.after(this.#backoff.next(), () => void this.#open());
    }
  }
}
