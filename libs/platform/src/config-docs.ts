import { VARIABLES } from './config-schema.js';

/** One variable, as the docs tell it; texts are Markdown. */
export interface VariableDoc {
  readonly name: string;
  readonly defaultText: string;
  readonly meaning: string;
}

/** Every variable of the environment, from the same table that reads them. */
export function describeConfig(): VariableDoc[] {
  return Object.entries(VARIABLES.shape).map(([name, type]) => {
    const { description = '', shownDefault } = type.meta() ?? {};
    return { name, meaning: description, defaultText: typeof shownDefault === 'string' ? shownDefault : '' };
  });
}

/** The page docs/configuration.md; `npm run docs` writes it. */
export function configMarkdown(): string {
  const entries = describeConfig().map(
    ({ name, defaultText, meaning }) => `### \`${name}\`\n\n${meaning}\n\nDefault: ${defaultText}.`,
  );
  return `# Configuration

<!-- Written by \`npm run docs\` from libs/platform/src/config-schema.ts. -->

Everything is set by environment variables, read once at the start. An empty one counts as not set. When something is wrong, the
start ends at once, names every fault and exits with status 78.

${entries.join('\n\n')}

## Exit status

| status | meaning                                                      |
| ------ | ------------------------------------------------------------ |
| 0      | a clean stop: SIGTERM, SIGINT or SIGHUP, and all was drained |
| 69     | a port, or a service this depends on, was unavailable        |
| 70     | a fault in Shipmate itself; the log's last line tells where  |
| 78     | the configuration is wrong                                   |
| 130    | stopped at once by a second SIGINT; 143 by a second SIGTERM  |
`;
}
