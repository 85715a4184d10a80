import { ShipmateError, type Clock, type Disposable, type EdgeId } from '#kernel';
import type { Bus } from '#relay';
import { pulseChannel } from '../stores/keys.js';

/** How long a heartbeat may take to come back: three fit into a lease. */
export const PULSE_TIMEOUT_MS = 4_000;

interface Heart {
  readonly subscription: Disposable;
  /** Beats under way, by number. */
  readonly waiting: Map<number, () => void>;
}

/**
 * Sends an edge's heartbeats through Redis to the edge itself. One whose subscription is dead does not hear them, does not
 * renew its lease, and stops looking alive: nobody could reach it any more.
 */
export class Pulse {
  readonly #hearts = new Map<EdgeId, Promise<Heart>>();
  #next = 1;

  constructor(
    private readonly bus: Bus,
    private readonly clock: Clock,
  ) {}

  /** Resolves when the edge has heard itself; `unavailable` or `timeout` when it does not. */
  async beat(id: EdgeId): Promise<void> {
    const { waiting } = await this.#heart(id);
    const number = (this.#next = (this.#next % 0xffff_ffff) + 1);
    const heard = new Promise<void>((resolve, reject) => {
      const late = this.clock.after(PULSE_TIMEOUT_MS, () => {
        reject(new ShipmateError('timeout', 'this edge does not receive its own messages through Redis'));
      });
      waiting.set(number, () => {
        late.cancel();
        resolve();
      });
    });
    heard.catch(() => undefined);
    try {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(number);
      const receivers = await this.bus.publish(pulseChannel(id), bytes);
      if (receivers === 0) throw new ShipmateError('unavailable', 'Redis has lost the subscription of this edge');
      await heard;
    } finally {
      waiting.get(number)?.();
      waiting.delete(number);
    }
  }

  /** An edge has stopped sending heartbeats. */
  async stop(id: EdgeId): Promise<void> {
    const heart = this.#hearts.get(id);
    this.#hearts.delete(id);
    (await heart?.catch(() => undefined))?.subscription.dispose();
  }

  async #heart(id: EdgeId): Promise<Heart> {
    const known = this.#hearts.get(id);
    if (known !== undefined) return await known;
    const begun = this.#begin(id);
    this.#hearts.set(id, begun);
    // If it could not begin, it is tried again with the next beat.
    begun.catch(() => this.#hearts.get(id) === begun && this.#hearts.delete(id));
    return await begun;
  }

  async #begin(id: EdgeId): Promise<Heart> {
    const waiting = new Map<number, () => void>();
    const subscription = await this.bus.subscribe(pulseChannel(id), {
      message: (bytes) => {
        if (bytes.length === 4) waiting.get(Buffer.from(bytes).readUInt32BE())?.();
      },
    });
    return { subscription, waiting };
  }
}
