import { describe, expect, it } from 'vitest';
import { COMMANDS } from './all.js';
import { COMMON_OPTIONS, type Options } from './command.js';
import { ROLES } from '../roles.js';
import { commandHelp, overview, usage } from './help.js';

/** The page docs/commands.md. */
function commandsMarkdown(): string {
  const entries = COMMANDS.map((command) => {
    const more = command.more === undefined ? '' : ` ${command.more}`;
    const options = Object.keys(command.options).length === 0 ? '' : `\n\n${list(command.options)}`;
    return `### \`${usage(command)}\`\n\n${command.summary}.${more}${options}`;
  });
  return `# The operators' commands

<!-- Written by \`npm run docs\` from apps/shipmate/src/commands. -->

\`shipmate\` stands for \`node dist/apps/shipmate/src/main.js\`; the container image and \`npx\` have it under this name. \`shipmate serve\`
runs a server. The other commands use [the broker's API](broker.md), at \`SHIPMATE_API_URL\` or else at this machine's HTTP port. They send
\`SHIPMATE_ADMIN_TOKEN\`, or else the token that a server on this machine has stored in \`SHIPMATE_DATA_DIR\`. An operator's token with less scope,
or a user's API key, also works for whatever it permits.

\`\`\`sh
shipmate users add ada
export KEY=$(shipmate keys add ada --label laptop)
shipmate sessions
shipmate edges --json
\`\`\`

For completion in a shell, add this line to its start-up file, with your shell's name: \`source <(shipmate completion bash)\`; for fish,
\`shipmate completion fish | source\`. The npm package has a manual page, \`man shipmate\`.

Every command also has these options:

${list(COMMON_OPTIONS)}

Tables are for people and may change. \`--json\` prints the API's answer; a list is one array. Results go to standard output, errors to
standard error.

| exit status | meaning                                                              |
| ----------- | -------------------------------------------------------------------- |
| 0           | done                                                                 |
| 1           | it cannot be done: there is no such thing, or its state forbids it   |
| 64          | the command was not understood                                       |
| 69          | no broker answers, it lacks what it needs, or gets too many requests |
| 77          | the token is not valid, or may not do that                           |
| 78          | the configuration is wrong: a variable, or there is no token         |

${entries.join('\n\n')}
`;
}

/** Text in a manual page: a minus is not a hyphen, and a line must not begin like a request. */
const roff = (text: string): string => text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/gm, '\\&$&');

/** The manual page shipmate(1). */
function manual(): string {
  const roles = Object.entries(ROLES).map(
    ([name, { args, summary }]) => `.TP\n.B ${roff(['shipmate', name, ...args].join(' '))}\n${roff(summary)}.`,
  );
  const commands = COMMANDS.map((command) => {
    const more = command.more === undefined ? '' : ` ${command.more}`;
    const options = Object.entries(command.options).map(
      ([name, { value, help }]) =>
        `.RS\n.TP\n.B ${roff(`--${name}${value === undefined ? '' : ` ${value}`}`)}\n${roff(help)}\n.RE`,
    );
    return [`.TP\n.B ${roff(usage(command))}\n${roff(`${command.summary}.${more}`)}`, ...options].join('\n');
  });
  const shared: Options = COMMON_OPTIONS;
  const common = Object.entries(shared).map(
    ([name, { value, help }]) => `.TP\n.B ${roff(`--${name}${value === undefined ? '' : ` ${value}`}`)}\n${roff(help)}`,
  );
  return `.\\" Written by npm run docs from apps/shipmate/src/commands.
.TH SHIPMATE 1
.SH NAME
shipmate \\- share terminals from a server of your own, with the stock tmate client
.SH SYNOPSIS
.B shipmate
.I COMMAND
[\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]
.SH DESCRIPTION
.B shipmate serve
runs a server that tmate clients share their terminals through. People join with ssh or in a browser. All settings are environment variables.
.SH SERVERS
${roles.join('\n')}
.SH COMMANDS FOR OPERATORS
These use the API of a running server, at
.B SHIPMATE_API_URL
or else at this machine's HTTP port.
${commands.join('\n')}
.SH OPTIONS OF EVERY COMMAND
${common.join('\n')}
.SH SEE ALSO
.BR tmate (1),
.BR ssh (1)
`;
}

const list = (options: Options): string =>
  Object.entries(options)
    .map(([name, { value, help }]) => `- \`--${name}${value === undefined ? '' : ` ${value}`}\`: ${help}`)
    .join('\n');

describe('what is said of the commands', () => {
  it('is on the page as `npm run docs` writes it', async () => {
    await expect(commandsMarkdown()).toMatchFileSnapshot('../../../../docs/commands.md');
  });

  it('is in the manual page as `npm run docs` writes it', async () => {
    await expect(manual()).toMatchFileSnapshot('../../../../man/shipmate.1');
  });

  it('names each command once, with every option in its help', () => {
    expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length);
    for (const command of COMMANDS) {
      expect(overview(COMMANDS)).toContain(`  ${command.name}`);
      for (const option of [...Object.keys(command.options), 'json', 'url', 'help']) {
        expect(commandHelp(command)).toContain(`--${option}`);
      }
    }
  });
});
