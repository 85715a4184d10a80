import { ShipmateError } from '#kernel';
import type { Limiter, LimitRule, LimitRules, LimitVerdict } from '#access';
import type { Commands } from '../connection/commands.js';
import { keys } from './keys.js';
import { NOTE_FAILURE, TAKE, WAIT_LEFT } from '../scripts/limit.lua.js';

const ALLOWED: LimitVerdict = { allowed: true };
const after = (reply: unknown): LimitVerdict =>
  typeof reply === 'number' && reply > 0 ? { allowed: false, retryAfterMs: reply } : ALLOWED;

type RuleOf<K extends LimitRule['kind']> = Extract<LimitRule, { kind: K }>;

/** Counts for all processes of a fleet. Each decision is one script on one key, by Redis' own clock; counts expire. */
export class RedisLimiter<R extends string> implements Limiter<R> {
  constructor(
    private readonly commands: Commands,
    private readonly rules: LimitRules & Readonly<Record<R, LimitRule>>,
  ) {}

  async take(rule: R, key: string, amount = 1): Promise<LimitVerdict> {
    const { burst, perSecond } = this.#rule(rule, 'rate');
    const args = [burst, perSecond, amount].map(String);
    return after(await this.commands.run(TAKE, [keys.limit(rule, key)], ...args));
  }

  async check(rule: R, key: string): Promise<LimitVerdict> {
    this.#rule(rule, 'penalty');
    return after(await this.commands.run(WAIT_LEFT, [keys.limit(rule, key)]));
  }

  async failed(rule: R, key: string): Promise<LimitVerdict> {
    const { free, firstWaitMs, maxWaitMs, forgetMs } = this.#rule(rule, 'penalty');
    const args = [free, firstWaitMs, maxWaitMs, forgetMs].map(String);
    return after(await this.commands.run(NOTE_FAILURE, [keys.limit(rule, key)], ...args));
  }

  async clear(rule: R, key: string): Promise<void> {
    const name = keys.limit(rule, key);
    await this.commands.call(name, 'del', name);
  }

  #rule<K extends LimitRule['kind']>(name: R, kind: K): RuleOf<K> {
    const rule: LimitRule | undefined = this.rules[name];
    if (rule?.kind !== kind) throw new ShipmateError('config', `"${name}" is not a limit of the kind ${kind}`);
    return rule as RuleOf<K>;
  }
}
