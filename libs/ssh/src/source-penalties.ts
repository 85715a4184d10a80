import { addressKey } from '#address';
import { durationText, forgetOldest, type Clock } from '#kernel';
import type { DisconnectReason } from './disconnect-reason.js';

/**
 * How long an address has to wait for what a connection of it ended by, in ms. As OpenSSH's PerSourcePenalties: what nobody
 * does who means to join costs something, and adds up.
 */
export const PENALTIES_MS: Readonly<Partial<Record<DisconnectReason, number>>> = {
  'auth-failed': 5_000,
  'handshake-timeout': 10_000,
  protocol: 5_000,
  limit: 5_000,
  'not-ssh': 1_000,
  'no-common-algorithm': 1_000,
};
/** Less than this is forgiven: an address is refused once it has so much to wait for. */
export const MIN_PENALTY_MS = 15_000;
/** The longest wait: the next owner of the address should not pay forever. */
export const MAX_PENALTY_MS = 600_000;
/** Addresses that are remembered, about 100 bytes each; beyond that, the one whose last failure is the oldest is forgotten. */
export const MAX_PENALIZED = 65_536;

/** What addresses (a /64 of IPv6) have to wait for, because their connections failed before. */
export class SourcePenalties {
  /** When the wait of each is over; the last one with a fault last. */
  readonly #untilMs = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    /** Addresses that stand for many, such as a proxy's: they never wait. */
    private readonly exempt: (address: string, announced: boolean) => boolean,
  ) {}

  /**
   * A connection from `address` ended for that reason. `announced`: a proxy announced the address, so it stands for one client.
   */
  add(address: string, reason: DisconnectReason, announced = false): void {
    const penalty = PENALTIES_MS[reason];
    if (penalty === undefined || this.exempt(address, announced)) return;
    const now = this.clock.monotonic();
    const source = addressKey(address);
    const until = Math.max(now, this.#untilMs.get(source) ?? now) + penalty;
    this.#untilMs.delete(source);
    this.#untilMs.set(source, Math.min(until, now + MAX_PENALTY_MS));
    forgetOldest(this.#untilMs, MAX_PENALIZED);
  }

  /** How much longer connections from `address` are refused, in ms; undefined if they are not. */
  leftMs(address: string, announced = false): number | undefined {
    if (this.exempt(address, announced)) return undefined;
    const until = this.#untilMs.get(addressKey(address));
    if (until === undefined) return undefined;
    const left = until - this.clock.monotonic();
    if (left <= 0) this.#untilMs.delete(addressKey(address));
    return left >= MIN_PENALTY_MS ? left : undefined;
  }

  /** What a client from `address` reads while it is refused; undefined if it is not. */
  refusal(address: string, announced: boolean): string | undefined {
    const leftMs = this.leftMs(address, announced);
    if (leftMs === undefined) return undefined;
    return `Too many connections from your address failed: try again in ${durationText(leftMs)}.`;
  }
}
