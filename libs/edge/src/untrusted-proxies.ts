import type { Clock } from '#kernel';
import type { Log } from '#platform';

/** What a proxy names its client by. */
export type ForwardedBy = 'x-forwarded-for' | 'forwarded' | 'PROXY';

/** Each peer is logged once a minute, */
const EVERY_MS = 60_000;
/** and so many of them at most: with more, the rest go unlogged, as a flood of addresses must not fill the log. */
const MOST_PEERS = 1_000;
/** Readiness speaks of it for so long after the last one, in ms. */
const SHOWN_MS = 3_600_000;

/**
 * Notes peers that say for whom they speak without being trusted proxies: a proxy that SHIPMATE_TRUSTED_PROXIES lacks, so that
 * everybody behind it has its address, or somebody who makes addresses up.
 */
export class UntrustedProxies {
  /** When each was logged, the latest last. */
  readonly #loggedAt = new Map<string, number>();
  #lastAt: number | undefined;

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly log: Pick<Log, 'warn'>,
  ) {}

  note(address: string, header: ForwardedBy): void {
    const now = (this.#lastAt = this.clock.monotonic());
    for (const [peer, at] of this.#loggedAt) {
      if (now - at < EVERY_MS) break;
      this.#loggedAt.delete(peer);
    }
    if (this.#loggedAt.has(address) || this.#loggedAt.size >= MOST_PEERS) return;
    this.#loggedAt.set(address, now);
    const proxy = header === 'PROXY' ? ' and SHIPMATE_PROXY_PROTOCOL=required' : '';
    this.log.warn(
      'proxy-not-trusted',
      { address, header },
      `If ${address} is a proxy of yours, set SHIPMATE_TRUSTED_PROXIES=${address}${proxy}: until then whoever comes by it has its address.`,
    );
  }

  /** What readiness and `shipmate doctor` say; undefined where there is nothing to say. It names nobody: anybody may ask. */
  get notice(): string | undefined {
    if (this.#lastAt === undefined || this.clock.monotonic() - this.#lastAt > SHOWN_MS) return undefined;
    return 'forwarded headers arrive from addresses that are not in SHIPMATE_TRUSTED_PROXIES: the log names them (proxy-not-trusted)';
  }
}
