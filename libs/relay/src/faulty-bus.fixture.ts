import { pause, ShipmateError, toDisposable, type Clock, type Disposable } from '#kernel';
import type { Bus, BusListener } from './bus.js';

/** The fate of one publication. `lost`: counted, never received. `refused`: not sent. `unsure`: sent, but the call fails. */
export type Fate = 'heard' | 'late' | 'double' | 'lost' | 'refused' | 'unsure';

interface Subscription extends BusListener {
  readonly client: string;
  broken: boolean;
  readonly queue: { dueMs: number; bytes: Uint8Array }[];
}

/**
 * A bus with every fault that the contract of `Bus` allows, and one that it does not (messages heard twice). Messages
 * travel on the clock's time and keep their order on a channel.
 */
export class FaultyBus {
  readonly #channels = new Map<string, Set<Subscription>>();
  published = 0;
  /** Decides the fate of the next publication. */
  fate: () => Fate = () => 'heard';

  constructor(
    private readonly clock: Clock,
    private readonly delayMs = 1,
  ) {}

  /** A client's end; `cut` breaks its subscriptions. */
  connect(client: string): Bus {
    return {
      publish: async (channel, bytes) => this.#publish(channel, bytes),
      subscribe: async (channel, listener) => this.#subscribe(client, channel, listener),
    };
  }

  /** Breaks a client's subscriptions: it hears nothing until `forMs` later, and then that it was interrupted. */
  cut(client: string, forMs: number): void {
    for (const subscription of [...this.#channels.values()].flatMap((all) => [...all])) {
      if (subscription.client !== client || subscription.broken) continue;
      subscription.broken = true;
      subscription.queue.length = 0;
      subscription.lost?.();
      this.clock.after(forMs, () => {
        subscription.broken = false;
        subscription.interrupted?.();
      });
    }
  }

  /** A client that is killed: its subscriptions are lost. */
  kill(client: string): void {
    for (const all of this.#channels.values()) {
      for (const subscription of all) if (subscription.client === client) all.delete(subscription);
    }
  }

  async #publish(channel: string, bytes: Uint8Array): Promise<number> {
    const fate = this.fate();
    this.published++;
    if (fate === 'refused') throw new ShipmateError('unavailable', 'the bus is away');
    const receivers = [...(this.#channels.get(channel) ?? [])].filter(({ broken }) => !broken);
    if (fate !== 'lost') {
      for (const receiver of receivers) {
        const dueMs = this.clock.monotonic() + (fate === 'late' ? 40 : 1) * this.delayMs;
        for (let times = fate === 'double' ? 2 : 1; times > 0; times--) receiver.queue.push({ dueMs, bytes });
        this.#deliverAt(channel, receiver, dueMs);
      }
    }
    // The answer takes its time as well.
    await pause(this.clock, this.delayMs);
    if (fate === 'unsure') throw new ShipmateError('timeout', 'the bus did not answer');
    return receivers.length;
  }

  #deliverAt(channel: string, receiver: Subscription, dueMs: number): void {
    this.clock.after(dueMs - this.clock.monotonic(), () => {
      for (let head = receiver.queue[0]; head !== undefined; head = receiver.queue[0]) {
        if (head.dueMs > this.clock.monotonic()) return;
        receiver.queue.shift();
        if (this.#channels.get(channel)?.has(receiver) === true) receiver.message(head.bytes);
        else receiver.late?.(head.bytes);
      }
    });
  }

  async #subscribe(client: string, channel: string, listener: BusListener): Promise<Disposable> {
    const subscription: Subscription = {
      client,
      broken: false,
      queue: [],
      message: (bytes) => listener.message(bytes),
      lost: () => listener.lost?.(),
      interrupted: () => listener.interrupted?.(),
      late: (bytes) => listener.late?.(bytes),
    };
    await pause(this.clock, this.delayMs);
    const all = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, all.add(subscription));
    return toDisposable(() => all.delete(subscription));
  }
}

/** Advances a fake clock in small steps, and lets pending promises finish after each. */
export async function pass(clock: { advance(ms: number): void }, ms: number, stepMs = 5): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) {
    clock.advance(Math.min(stepMs, left));
    await settle();
  }
}

export async function settle(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve();
}
