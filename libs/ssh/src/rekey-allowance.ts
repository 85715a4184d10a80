/** New key exchanges that a client may ask for at once: a burst after which each must be earned. */
export const REKEY_BURST = 8;
/** Earns one: OpenSSH's and PuTTY's own are hours or gigabytes apart. */
export const REKEY_EARNED_MS = 30_000;
/** Also earns one: a client with a low `RekeyLimit` still gets through a flood. */
export const REKEY_EARNED_BYTES = 1024 * 1024;
/** What a client reads that exchanges keys too often. */
export const TOO_MANY_REKEYS = 'Keys were exchanged too often: set RekeyLimit to at least 1 MB or 30 seconds.';

/**
 * How often a client may start a new key exchange. Each costs a key pair and a signature, about 0.5 to 3 ms, on the thread that
 * serves everyone.
 */
export class RekeyAllowance {
  #left = REKEY_BURST;
  #bytes = 0;

  constructor(private lastMs: number) {}

  /** So many bytes went either way. */
  passed(bytes: number): void {
    this.#bytes += bytes;
  }

  /** One more exchange begins; false when it is one too many. */
  take(nowMs: number): boolean {
    const earned = (nowMs - this.lastMs) / REKEY_EARNED_MS + this.#bytes / REKEY_EARNED_BYTES;
    this.#left = Math.min(REKEY_BURST, this.#left + earned);
    this.lastMs = nowMs;
    this.#bytes = 0;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
