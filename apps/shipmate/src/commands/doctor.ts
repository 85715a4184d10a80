import { ExitStatus } from '#platform';
import { examine } from '../doctor/doctor.js';
import type { Finding } from '../doctor/finding.js';
import { command, type Command } from './command.js';
import { printable } from './table.js';

/** `fail  redis  …`, and below it how to fix it. */
function lines(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings
    .map(({ check, state, text, fix }) => {
      const head = `${state.padEnd(7)}  ${check.padEnd(width)}  ${printable(text)}`;
      return fix === undefined ? head : `${head}\n${' '.repeat(width + 11)}→ ${fix}`;
    })
    .join('\n');
}

export const DOCTOR_COMMANDS: readonly Command[] = [
  command({
    name: 'doctor',
    args: [],
    summary: 'Check whether a server would work with this environment, and explain how to fix what would not',
    more: "It checks the configuration, ports, files, host keys, Redis, brokers, DNS, the clock and limits, and changes nothing. It does not call the API: run it on the server's machine. The exit status is 1 if a check fails.",
    async run({ env }) {
      const findings = await examine(env);
      const failed = findings.some(({ state }) => state === 'fail');
      return { text: lines(findings), json: findings, status: failed ? ExitStatus.refused : ExitStatus.clean };
    },
  }),
];
