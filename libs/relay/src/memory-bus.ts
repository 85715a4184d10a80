import { toDisposable, type Disposable } from '#kernel';
import type { Bus, BusListener } from './bus.js';

/** The bus of a single process. A message is heard after the call that published it has returned, never within it. */
export class MemoryBus implements Bus {
  readonly #channels = new Map<string, Set<BusListener>>();

  async publish(channel: string, bytes: Uint8Array): Promise<number> {
    const listeners = [...(this.#channels.get(channel) ?? [])];
    // One microtask for all, in the order of publication: it runs before the publisher's own `await` continues.
    if (listeners.length > 0) queueMicrotask(() => this.#deliver(channel, listeners, bytes));
    return listeners.length;
  }

  async subscribe(channel: string, listener: BusListener): Promise<Disposable> {
    const own = {
      message: (bytes: Uint8Array) => listener.message(bytes),
      late: (bytes: Uint8Array) => listener.late?.(bytes),
    };
    const listeners = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, listeners.add(own));
    return toDisposable(() => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#channels.get(channel) === listeners) this.#channels.delete(channel);
    });
  }

  /** Channels that somebody is subscribed to. */
  get channels(): number {
    return this.#channels.size;
  }

  #deliver(channel: string, listeners: readonly BusListener[], bytes: Uint8Array): void {
    for (const listener of listeners) {
      if (this.#channels.get(channel)?.has(listener)) listener.message(bytes);
      else listener.late?.(bytes);
    }
  }
}
