import { ROLES } from '../roles.js';
import { COMMON_OPTIONS, type Command, type Options } from './command.js';
import { SHELLS } from './completion.js';

/** `shipmate names give USER/NAME SESSION [options]` */
export const usage = ({ name, args }: Command): string => ['shipmate', name, ...args, '[options]'].join(' ');

/** What `shipmate --help` says. */
export function overview(commands: readonly Command[]): string {
  const rows = [
    ...Object.entries(ROLES).map(([name, { args, summary }]) => [[name, ...args].join(' '), summary] as const),
    ...commands.map((one) => [[one.name, ...one.args].join(' '), one.summary] as const),
    [`completion ${SHELLS.join('|')}`, 'Print a script that completes these commands in a shell'] as const,
    ['version', 'Print the version of this program'] as const,
  ];
  return `usage: shipmate COMMAND [ARGUMENTS] [options]

${columns(rows)}

Run shipmate COMMAND --help for details. Settings are environment variables: see docs/configuration.md.
`;
}

/** What `shipmate COMMAND --help` says. */
export function commandHelp(command: Command): string {
  const options: Options = { ...command.options, ...COMMON_OPTIONS };
  const rows = Object.entries(options).map(
    ([name, { value, help }]) => [`--${name}${value === undefined ? '' : ` ${value}`}`, help] as const,
  );
  const more = command.more === undefined ? '' : ` ${command.more}`;
  return `usage: ${usage(command)}

${command.summary}.${more}

${columns(rows)}
`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
