/** What a turn of the keepalive found. */
export type KeepaliveTurn =
  /** All is well; nothing to do. */
  | 'quiet'
  /** Ask the peer for a sign of life. */
  | 'ask'
  /** The peer has not answered `MAX_MISSED` times in a row. */
  | 'lost';

/** Turns without a sign of life after which a peer counts as lost: three, as in OpenSSH's ClientAliveCountMax. */
export const MAX_MISSED = 3;

/**
 * Tells whether a peer still lives, by `keepalive@openssh.com` requests, whose answers also measure the round trip.
 * Its owner calls `turn` at even intervals. Never more than one request is on its way: a stopped peer finds one.
 */
export class Keepalive {
  #askedAtMs: number | undefined;
  #heard = false;
  #missed = 0;

  turn(nowMs: number): KeepaliveTurn {
    if (this.#heard || this.#askedAtMs === undefined) this.#missed = 0;
    else this.#missed += 1;
    this.#heard = false;
    if (this.#askedAtMs === undefined) {
      this.#askedAtMs = nowMs;
      return 'ask';
    }
    return this.#missed >= MAX_MISSED ? 'lost' : 'quiet';
  }

  /** The peer sent something, whatever it is. */
  heard(): void {
    this.#heard = true;
  }

  /** The peer answered. @returns the round trip in milliseconds, or undefined if nothing had been asked */
  answered(nowMs: number): number | undefined {
    const askedAtMs = this.#askedAtMs;
    this.#askedAtMs = undefined;
    return askedAtMs === undefined ? undefined : nowMs - askedAtMs;
  }
}
