import { forgetOldest, type Clock } from '#kernel';
import { penaltyMs, type Limiter, type LimitVerdict, type PenaltyRule } from './limiter.js';

/** Some 100 bytes each: 10 MB at most. */
const DEFAULT_MAX_KEYS = 100_000;

interface Count {
  readonly failures: number;
  /** Until when the key waits, by the clock's `monotonic`. */
  readonly untilMs: number;
}

/** The limiter of one process. Nothing ticks: what has become of a count is worked out when it is asked for. */
export class MemoryLimiter<R extends string> implements Limiter<R> {
  /** In the order of the last failure. */
  readonly #counts = new Map<string, Count>();

  constructor(
    private readonly clock: Clock,
    private readonly rules: Readonly<Record<R, PenaltyRule>>,
    private readonly maxKeys = DEFAULT_MAX_KEYS,
  ) {}

  /** How many keys are kept. */
  get size(): number {
    return this.#counts.size;
  }

  async check(rule: R, key: string): Promise<LimitVerdict> {
    return this.#verdict(this.#counts.get(id(rule, key))?.untilMs ?? 0);
  }

  async failed(rule: R, key: string): Promise<LimitVerdict> {
    const now = this.clock.monotonic();
    const name = id(rule, key);
    const count = this.#counts.get(name);
    const isRemembered = count !== undefined && now - count.untilMs < this.rules[rule].forgetMs;
    const failures = (isRemembered ? count.failures : 0) + 1;
    // A failure that began before the last wait did must not shorten it.
    const untilMs = Math.max(now + penaltyMs(this.rules[rule], failures), isRemembered ? count.untilMs : 0);
    this.#counts.delete(name);
    this.#counts.set(name, { failures, untilMs });
    forgetOldest(this.#counts, this.maxKeys);
    return this.#verdict(untilMs);
  }

  #verdict(untilMs: number): LimitVerdict {
    const leftMs = untilMs - this.clock.monotonic();
    return leftMs > 0 ? { allowed: false, retryAfterMs: Math.max(1, Math.ceil(leftMs)) } : { allowed: true };
  }
}

const id = (rule: string, key: string): string => `${rule} ${key.slice(0, 256)}`;
