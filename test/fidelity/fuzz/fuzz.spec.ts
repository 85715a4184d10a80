import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Judge } from '../judge.js';
import { fuzz } from './fuzzer.js';
import { startJudges, stopJudges } from './start-judges.js';

/** The seeds that every run of the tests tries: `npm run fuzz:fidelity` goes on from others. */
const FIRST_SEED = 1;
const GROUPS = 8;
const SCRIPTS = 30;
/** Scripts at the same time: more would take time from other tests. */
const JUDGES = 3;
const START_MS = 240_000;
/** For a group whose scripts all agree; where one does not, shrinking it takes longer. */
const GROUP_MS = 240_000;

let judges: Judge[] = [];
beforeAll(async () => {
  judges = await startJudges(JUDGES);
}, START_MS);
afterAll(async () => await stopJudges(judges));

describe('random scripts', () => {
  const seeds = Array.from({ length: GROUPS }, (_, group) => FIRST_SEED + group * SCRIPTS);
  it.each(seeds)(
    `show the same at host and joiner: ${SCRIPTS} from seed %i on`,
    { timeout: GROUP_MS },
    async (seed) => {
      const { failures, lost } = await fuzz(judges, { seed, scripts: SCRIPTS });
      if (failures.length > 0)
        throw new Error(failures.map(({ seed, report }) => `seed ${seed}:\n${report}`).join('\n\n'));
      // Some programs end the stock host; most scripts have to be judged.
      expect(lost.length).toBeLessThan(SCRIPTS / 2);
    },
  );
});
