import { ShipmateError, type Clock } from '#kernel';
import { penaltyMs, type Limiter, type LimitRule, type LimitRules, type LimitVerdict } from './limiter.js';

/** About 100 bytes each: 10 MB at most. */
const DEFAULT_MAX_KEYS = 100_000;

/** Of a rate: `level` tokens at `atMs`. Of a penalty: `level` failures, and waiting until `atMs`. */
interface Count {
  level: number;
  atMs: number;
}

const ALLOWED: LimitVerdict = { allowed: true };
const after = (ms: number): LimitVerdict =>
  ms > 0 ? { allowed: false, retryAfterMs: Math.max(1, Math.ceil(ms)) } : ALLOWED;

type RuleOf<K extends LimitRule['kind']> = Extract<LimitRule, { kind: K }>;

/** The limiter of one process. It has no timers: a count's current value is computed when it is needed. */
export class MemoryLimiter<R extends string> implements Limiter<R> {
  /** In the order of last use: a Map keeps the order of insertion, and a used key is inserted again. */
  readonly #counts = new Map<string, Count>();

  constructor(
    private readonly clock: Clock,
    private readonly rules: LimitRules & Readonly<Record<R, LimitRule>>,
    private readonly maxKeys = DEFAULT_MAX_KEYS,
  ) {}

  /** How many keys are kept. */
  get size(): number {
    return this.#counts.size;
  }

  async take(rule: R, key: string, amount = 1): Promise<LimitVerdict> {
    const { burst, perSecond } = this.#rule(rule, 'rate');
    const now = this.clock.monotonic();
    const count = this.#use(rule, key) ?? { level: burst, atMs: now };
    const level = Math.min(burst, count.level + ((now - count.atMs) / 1_000) * perSecond);
    const allowed = level >= amount;
    this.#keep(rule, key, { level: allowed ? level - amount : level, atMs: now });
    return allowed ? ALLOWED : after(((amount - level) / perSecond) * 1_000);
  }

  async check(rule: R, key: string): Promise<LimitVerdict> {
    this.#rule(rule, 'penalty');
    const count = this.#counts.get(id(rule, key));
    return after((count?.atMs ?? 0) - this.clock.monotonic());
  }

  async failed(rule: R, key: string): Promise<LimitVerdict> {
    const penalty = this.#rule(rule, 'penalty');
    const now = this.clock.monotonic();
    const count = this.#use(rule, key);
    const remembered = count !== undefined && now - count.atMs < penalty.forgetMs;
    const failures = (remembered ? count.level : 0) + 1;
    const wait = penaltyMs(penalty, failures);
    // A failure that began before the last wait did must not shorten it.
    const atMs = Math.max(now + wait, remembered ? count.atMs : 0);
    this.#keep(rule, key, { level: failures, atMs });
    return after(atMs - now);
  }

  async clear(rule: R, key: string): Promise<void> {
    this.#counts.delete(id(rule, key));
  }

  #rule<K extends LimitRule['kind']>(name: R, kind: K): RuleOf<K> {
    const rule: LimitRule | undefined = this.rules[name];
    if (rule?.kind !== kind) throw new ShipmateError('config', `"${name}" is not a limit of the kind ${kind}`);
    return rule as RuleOf<K>;
  }

  #use(rule: R, key: string): Count | undefined {
    const count = this.#counts.get(id(rule, key));
    this.#counts.delete(id(rule, key));
    return count;
  }

  #keep(rule: R, key: string, count: Count): void {
    this.#counts.set(id(rule, key), count);
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= this.maxKeys) break;
      this.#counts.delete(oldest);
    }
  }
}

const id = (rule: string, key: string): string => `${rule} ${key.slice(0, 256)}`;
