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
   * A message that was counted for this subscription, and came when it had been disposed of and the backplane did not know
   * it yet: the publisher takes it for heard.
   */
  late?(bytes: Uint8Array): void;
}

/**
 * Messages between processes: the whole of what a relay needs from a backplane.
 *
 * - **Delivery** is at most once: a message may be lost, also one that was counted as received, and is not kept for a
 *   subscriber that comes later. It is never changed.
 * - **Order.** Messages that one client publishes on one channel, each after the call before has resolved, arrive in that
 *   order. Nothing is promised between channels.
 * - **Losing** a subscription (a broken connection) is mended by the bus itself, which calls `lost` as soon as it
 *   knows of it, and `interrupted` when it is mended.
 * - **Sizes.** Messages of up to 512 KiB. The caller has one publication under way a channel; the bus bounds what
 *   waits to be sent in all, and refuses the rest with `unavailable`.
 * - **Errors.** `unavailable` or `timeout` within seconds when the backplane is away; the message may yet have arrived.
 *   Never a call that stays open.
 */
export interface Bus {
  /** Sends a message; answers how many subscriptions it was handed to. */
  publish(channel: string, bytes: Uint8Array): Promise<number>;
  /** Resolves when the subscription is in force: what is published after that is heard. A dispose is in force at once. */
  subscribe(channel: string, listener: BusListener): Promise<Disposable>;
}
