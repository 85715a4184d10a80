import type { Clock } from '#kernel';
import type { Log } from '#platform';

/** The headers in which a proxy names its client. */
export type ForwardedBy = 'x-forwarded-for' | 'forwarded' | 'PROXY';

/** Each peer is logged once a minute, */
const EVERY_MS = 60_000;
/** and at most this many of them: beyond that, peers are not logged, because a flood of addresses must not fill the log. */
const MOST_PEERS = 1_000;
/** How long readiness reports it after the last one, in ms. */
const SHOWN_MS = 3_600_000;

/**
 * Notices peers that announce a client but are not trusted proxies: a proxy that is missing in SHIPMATE_TRUSTED_PROXIES, so
 * that everyone behind it has its address, or somebody who makes up addresses.
 */
export class UntrustedProxies {
  /** When each was logged; the most recent comes last. */
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
      `If ${address} is a proxy of yours, set SHIPMATE_TRUSTED_PROXIES=${address}${proxy}: until then, everybody who connects through it seems to have its address.`,
    );
  }

  /**
   * What readiness and `shipmate doctor` report; undefined if there is nothing to report. It contains no address, because
   * anybody may ask.
   */
  get notice(): string | undefined {
    if (this.#lastAt === undefined || this.clock.monotonic() - this.#lastAt > SHOWN_MS) return undefined;
    return 'forwarded headers arrive from addresses that are not in SHIPMATE_TRUSTED_PROXIES: the log names them (proxy-not-trusted)';
  }
}
