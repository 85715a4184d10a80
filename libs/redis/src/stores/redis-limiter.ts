import type { Limiter, LimitVerdict, PenaltyRule } from '#access';
import type { Commands } from '../connection/commands.js';
import { keys } from './keys.js';
import { NOTE_FAILURE, WAIT_LEFT } from '../scripts/limit.lua.js';

const after = (reply: unknown): LimitVerdict =>
  typeof reply === 'number' && reply > 0 ? { allowed: false, retryAfterMs: reply } : { allowed: true };

/** Counts for all processes of a fleet. Each decision is one script on one key, by Redis' own clock; counts expire. */
export class RedisLimiter<R extends string> implements Limiter<R> {
  constructor(
    private readonly commands: Commands,
    private readonly rules: Readonly<Record<R, PenaltyRule>>,
  ) {}

  async check(rule: R, key: string): Promise<LimitVerdict> {
    return after(await this.commands.run(WAIT_LEFT, [keys.limit(rule, key)]));
  }

  async failed(rule: R, key: string): Promise<LimitVerdict> {
    const { free, firstWaitMs, maxWaitMs, forgetMs } = this.rules[rule];
    const args = [free, firstWaitMs, maxWaitMs, forgetMs].map(String);
    return after(await this.commands.run(NOTE_FAILURE, [keys.limit(rule, key)], ...args));
  }
}
