import { ExitStatus } from '#platform';
import type { DoctorRole } from '../doctor/check-config.js';
import { examine } from '../doctor/doctor.js';
import type { Finding } from '../doctor/finding.js';
import { command, UsageError, type Command } from './command.js';
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

const ROLES: readonly string[] = ['serve', 'ssh-edge', 'web-edge', 'broker'];
const isRole = (word: string | undefined): word is DoctorRole => word === undefined || ROLES.includes(word);

export const DOCTOR_COMMANDS: readonly Command[] = [
  command({
    name: 'doctor',
    args: ['[ROLE]'],
    summary: 'Check whether a server would work with this environment, and explain how to fix what would not',
    more: "It checks the configuration, ports, files, host keys, Redis, brokers, DNS, the clock and limits, and changes nothing. It does not call the API: run it on the server's machine. With a role (`serve`, `ssh-edge`, `web-edge`, `broker`) it leaves out what such a process does not need. The exit status is 1 if a check fails.",
    async run({ env }, [role]) {
      if (!isRole(role)) throw new UsageError(`There is no role ${role}: ${ROLES.join(', ')}`);
      const findings = await examine(env, undefined, role);
      const failed = findings.some(({ state }) => state === 'fail');
      return { text: lines(findings), json: findings, status: failed ? ExitStatus.refused : ExitStatus.clean };
    },
  }),
];
