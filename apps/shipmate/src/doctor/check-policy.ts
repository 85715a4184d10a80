import { policyFileFaults } from '#control';
import type { Config } from '#platform';
import { fail, ok, type Finding } from './finding.js';

/** The operator's policy file: every fault in it. */
export function checkPolicy({ policyFile }: Config): readonly Finding[] {
  if (policyFile === undefined) return [];
  const faults = policyFileFaults(policyFile);
  if (faults.length === 0) return [ok('policy', policyFile)];
  const fix = 'Correct the file: docs/policy.md describes it. A running server keeps the previous policy.';
  return faults.map((fault) => fail('policy', `${policyFile}: ${fault}`, fix));
}
