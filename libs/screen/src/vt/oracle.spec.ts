import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oracle } from './oracle.fixture.js';
import { randomCase } from './programs.fixture.js';

const COUNT = Number(process.env['VT_ORACLE_CASES'] ?? 120);
const FIRST = Number(process.env['VT_ORACLE_SEED'] ?? 1);

describe('the host as the judge', () => {
  let oracle: Oracle;
  beforeAll(async () => {
    oracle = await Oracle.start();
  });
  afterAll(async () => {
    await oracle.stop();
  });

  it('holds the same after random programs', { timeout: 600_000 }, async () => {
    const cases = Array.from({ length: COUNT }, (_, i) => randomCase(FIRST + i));
    const verdicts = await oracle.judge(cases);
    if (verdicts.length < COUNT)
      console.log(
        'killed',
        cases.filter((c) => !verdicts.some((v) => v.case === c)).map((c) => c.name),
      );
    const wrong = verdicts.filter(({ host, ours }) => host !== ours);
    for (const { case: given, host, ours } of wrong.slice(0, 3)) expect.soft(ours, given.name).toBe(host);
    expect(wrong.map((verdict) => verdict.case.name)).toEqual([]);
  });
});
