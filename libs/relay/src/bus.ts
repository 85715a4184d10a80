import type { Disposable } from '#kernel';

/** What a subscriber hears. */
export interface BusListener {
  /** One message; the bytes are the listener's to read, nobody's to change. */
  message(bytes: Uint8Array): void;
  /** The subscription is broken: nothing is heard from now until `interrupted`. */
  lost?(): void;
  /**
   * Messages may have been lost, and the subscription is in force again. Called before any message that came after the
   * loss.
   */
  interrupted?(): void;
  /**
   * A message that was counted for this subscription, but arrived after it was disposed of, when the backplane did not know
   * that yet: the publisher assumes that it was received.
   */
  late?(bytes: Uint8Array): void;
}

/**
 * Messages between processes: everything that a relay needs from a backplane.
 *
 * - **Delivery** is at most once: a message may be lost, even if it was counted as received, and is not kept for later
 * subscribers. It is never changed.
 * - **Order.** Messages that one client publishes on one channel, each after the call before has resolved, arrive in that
 *   order. Nothing is promised between channels.
 * - **Losing** a subscription (a broken connection) is repaired by the bus itself, which calls `lost` as soon as it notices,
 * and `interrupted` after the repair.
 * - **Sizes.** Messages of up to 512 KiB. The caller has one publication in progress per channel; the bus limits the total that
 * waits to be sent, and refuses the rest with `unavailable`.
 * - **Errors.** `unavailable` or `timeout` within seconds if the backplane is not available; the message may still have
 * arrived. No call stays open.
 */
export interface Bus {
  /** Sends a message; returns how many subscriptions it was handed to. */
  publish(channel: string, bytes: Uint8Array): Promise<number>;
  /** Resolves when the subscription is in force: what is published after that is heard. A dispose is in force at once. */
  subscribe(channel: string, listener: BusListener): Promise<Disposable>;
}
