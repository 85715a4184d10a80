import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Judge } from '../judge.js';
import { fuzz } from './fuzzer.js';
import { FUZZ_CONF } from './random-script.js';

/** The seeds that every run of the tests tries: `npm run fuzz:fidelity` goes on from others. */
const FIRST_SEED = 1;
const GROUPS = 18;
const SCRIPTS = 10;
/** For a group whose scripts all agree; where one does not, shrinking it takes longer. */
const GROUP_MS = 240_000;

let judge: Judge;
beforeAll(async () => {
  judge = await Judge.start({ conf: FUZZ_CONF });
});
afterAll(async () => await judge.stop());

describe('random scripts', () => {
  const seeds = Array.from({ length: GROUPS }, (_, group) => FIRST_SEED + group * SCRIPTS);
  it.each(seeds)(
    `show the same at host and joiner: ${SCRIPTS} from seed %i on`,
    { timeout: GROUP_MS },
    async (seed) => {
      const { failures, lost } = await fuzz(judge, { seed, scripts: SCRIPTS });
      if (failures.length > 0)
        throw new Error(failures.map(({ seed, report }) => `seed ${seed}:\n${report}`).join('\n\n'));
      // Some programs end the stock host; most scripts have to be judged.
      expect(lost.length).toBeLessThan(SCRIPTS / 2);
    },
  );
});
