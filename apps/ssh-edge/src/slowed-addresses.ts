import { forgetOldest, type Clock } from '#kernel';
import { Quotas, type Exceeded } from '#access';

/** The rate for an address that must wait: a host behind it can come back, but a flood of guesses costs no key exchanges. */
const RULE = { kind: 'flow', amount: 20, perMs: 20_000 } as const;
const MAX_ADDRESSES = 10_000;

/** Addresses that must wait because of wrong tokens; each may connect once a second until its time is over. */
export class SlowedAddresses {
  /** Until when, in the order of their refusals. */
  readonly #untilMs = new Map<string, number>();
  readonly #quotas: Quotas<'handshakes'>;

  constructor(private readonly clock: Clock) {
    this.#quotas = new Quotas({ clock, rules: { 'handshakes-per-address': RULE }, maxFlows: MAX_ADDRESSES });
  }

  /** The address must wait so long. */
  add(address: string, forMs: number): void {
    this.#untilMs.delete(address);
    this.#untilMs.set(address, this.clock.monotonic() + forMs);
    forgetOldest(this.#untilMs, MAX_ADDRESSES);
  }

  /** Counts one more connection from the address; returns the reason to refuse it if it comes too soon. */
  connect(address: string): Exceeded | undefined {
    const untilMs = this.#untilMs.get(address);
    if (untilMs === undefined) return undefined;
    if (untilMs > this.clock.monotonic()) return this.#quotas.take('handshakes', { address });
    this.#untilMs.delete(address);
    return undefined;
  }

  get size(): number {
    return this.#untilMs.size;
  }
}
