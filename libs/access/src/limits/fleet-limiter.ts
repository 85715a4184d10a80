import { isShipmateError, type Clock } from '#kernel';
import type { Limiter, LimitVerdict } from './limiter.js';

/** How long to wait for the fleet's count before this process uses its own, in ms: people wait meanwhile. */
export const ANSWER_MS = 500;
/** How long the fleet's count is not asked again after it did not answer, in ms. */
export const REST_MS = 2_000;

/**
 * Counts for the whole fleet and, separately, for this process. If this process refuses, the fleet is not asked. If the fleet's
 * count is not available, this process uses its own.
 */
export class FleetLimiter<R extends string> implements Limiter<R> {
  #restsUntilMs = -Infinity;

  constructor(
    private readonly own: Limiter<R>,
    private readonly fleet: Limiter<R>,
    private readonly clock: Clock,
    private readonly onFault: (error: unknown) => void,
  ) {}

  async check(rule: R, key: string): Promise<LimitVerdict> {
    const own = await this.own.check(rule, key);
    return own.allowed ? await this.#asked(own, async () => await this.fleet.check(rule, key)) : own;
  }

  async failed(rule: R, key: string): Promise<LimitVerdict> {
    const own = await this.own.failed(rule, key);
    const fleet = await this.#asked(own, async () => await this.fleet.failed(rule, key));
    return longer(own, fleet);
  }

  /** The fleet's verdict, or `otherwise` when it does not come in time. */
  async #asked(otherwise: LimitVerdict, ask: () => Promise<LimitVerdict>): Promise<LimitVerdict> {
    if (this.clock.monotonic() < this.#restsUntilMs) return otherwise;
    return await new Promise<LimitVerdict>((resolve, reject) => {
      const timer = this.clock.after(ANSWER_MS, () => {
        this.#rest();
        resolve(otherwise);
      });
      ask()
        .then(resolve, (error: unknown) => {
          if (!isShipmateError(error) || !error.temporary) {
            reject(error instanceof Error ? error : new Error('the limiter failed', { cause: error }));
            return;
          }
          this.#rest();
          this.onFault(error);
          resolve(otherwise);
        })
        .finally(() => timer.cancel());
    });
  }

  #rest(): void {
    this.#restsUntilMs = this.clock.monotonic() + REST_MS;
  }
}

function longer(one: LimitVerdict, other: LimitVerdict): LimitVerdict {
  if (one.allowed) return other;
  return other.allowed || one.retryAfterMs >= other.retryAfterMs ? one : other;
}
