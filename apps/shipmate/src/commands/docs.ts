import { COMMANDS } from './all.js';
import { COMMON_OPTIONS, type Options } from './command.js';
import { usage } from './help.js';

/** The page docs/commands.md; `npm run docs` writes it. */
export function commandsMarkdown(): string {
  const entries = COMMANDS.map((command) => {
    const more = command.more === undefined ? '' : ` ${command.more}`;
    const options = Object.keys(command.options).length === 0 ? '' : `\n\n${list(command.options)}`;
    return `### \`${usage(command)}\`\n\n${command.summary}.${more}${options}`;
  });
  return `# The operators' commands

<!-- Written by \`npm run docs\` from apps/shipmate/src/commands. -->

\`shipmate\` stands for \`node dist/apps/shipmate/src/main.js\`, and is its name in the container image and in \`npx\`. \`shipmate serve\`
runs a server; everything else asks one, by [the broker's API](broker.md). They find it by \`SHIPMATE_API_URL\`, else at the HTTP
port of this machine, and show it \`SHIPMATE_ADMIN_TOKEN\`, else the token that a server of this machine has kept in
\`SHIPMATE_DATA_DIR\`. An operator's token of less scope, or a user's API key, will do for what it may.

\`\`\`sh
shipmate users add ada
export KEY=$(shipmate keys add ada --label laptop)
shipmate sessions
shipmate edges --json
\`\`\`

Each command has, beside its own options:

${list(COMMON_OPTIONS)}

A table is for people and may change; what \`--json\` prints is what the API answers, and a list is one array. What was asked for
goes to the standard output, what went wrong to the error output.

| exit status | meaning                                                                 |
| ----------- | ----------------------------------------------------------------------- |
| 0           | done                                                                    |
| 1           | it cannot be done: nothing of that name, or not as things are           |
| 64          | the command was not understood                                          |
| 69          | no broker answers, it cannot reach what it needs, or is asked too often |
| 77          | the token is not valid, or may not do that                              |
| 78          | the configuration is wrong: a variable, or no token to show             |

${entries.join('\n\n')}
`;
}

const list = (options: Options): string =>
  Object.entries(options)
    .map(([name, { value, help }]) => `- \`--${name}${value === undefined ? '' : ` ${value}`}\`: ${help}`)
    .join('\n');
