import { afterAll, beforeAll, describe, it } from 'vitest';
import { Judge, type JudgeOptions } from './judge.js';
import type { StepLike } from './step.js';

/** A name and the steps after each of which joiner and host are compared. */
export type Case = readonly [name: string, steps: readonly StepLike[]];

const START_TIMEOUT_MS = 150_000;

/** Tables of cases, by what they are about; one server, host and joiner for all of them. */
export function judged(tables: Readonly<Record<string, readonly Case[]>>, options?: JudgeOptions): void {
  let judge: Judge | undefined;
  beforeAll(async () => {
    judge = await Judge.start(options);
  }, START_TIMEOUT_MS);
  afterAll(async () => await judge?.stop());
  describe.each(Object.entries(tables))('%s', (_, cases) => {
    it.each(cases)('%s', async (_, steps) => await judge?.check(steps));
  });
}
