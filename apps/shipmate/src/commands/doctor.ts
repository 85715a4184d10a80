import { examine } from '../doctor/doctor.js';
import type { Finding } from '../doctor/finding.js';
import { command, type Command } from './command.js';
import { Status } from './status.js';
import { printable } from './table.js';

/** `fail  redis  …`, and below it what mends it. */
function lines(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings
    .map(({ check, state, text, mend }) => {
      const head = `${state.padEnd(7)}  ${check.padEnd(width)}  ${printable(text)}`;
      return mend === undefined ? head : `${head}\n${' '.repeat(width + 11)}→ ${mend}`;
    })
    .join('\n');
}

export const DOCTOR_COMMANDS: readonly Command[] = [
  command({
    name: 'doctor',
    args: [],
    summary: 'Look whether a server with this environment would work, and say what to mend',
    more: 'It looks at the configuration, ports, files, host keys, Redis, brokers, DNS, the clock and limits, and changes nothing. It asks no broker; run it where the server runs. The exit status is 1 when anything has failed.',
    async run({ env }) {
      const findings = await examine(env);
      const failed = findings.some(({ state }) => state === 'fail');
      return { text: lines(findings), json: findings, status: failed ? Status.refused : Status.done };
    },
  }),
];
