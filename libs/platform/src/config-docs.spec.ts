import { describe, expect, it } from 'vitest';
import { loadConfig } from '#platform';
import { VARIABLES } from './config-schema.js';

/** One variable, as the docs tell it; texts are Markdown. */
interface VariableDoc {
  readonly name: string;
  readonly defaultText: string;
  readonly meaning: string;
}

/** Every variable of the environment, from the same table that reads them. */
function describeConfig(): VariableDoc[] {
  return Object.entries(VARIABLES.shape).map(([name, type]) => {
    const { description = '', shownDefault } = type.meta() ?? {};
    return { name, meaning: description, defaultText: typeof shownDefault === 'string' ? shownDefault : '' };
  });
}

/** The page docs/configuration.md. */
function configMarkdown(): string {
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

describe('describeConfig', () => {
  it('tells a meaning and a default of every variable', () => {
    const docs = describeConfig();
    expect(docs.map(({ name }) => name)).toContain('SHIPMATE_PROXY_PROTOCOL');
    for (const { name, meaning, defaultText } of docs) {
      expect(meaning, name).toMatch(/^[A-Z].*\.$/);
      expect(defaultText, name).not.toBe('');
    }
  });

  it('tells defaults that are taken when they are set', () => {
    const plain = describeConfig().flatMap(({ name, defaultText }) => {
      const value = /^`([^`]+)`$/.exec(defaultText)?.[1];
      return value === undefined ? [] : [[name, value] as const];
    });
    expect(plain.length).toBeGreaterThan(8);
    expect(loadConfig(Object.fromEntries(plain))).toEqual({
      ...loadConfig({}),
      log: { level: 'info', format: undefined, addresses: 'plain' },
    });
  });
});

describe('docs/configuration.md', () => {
  it('is what the code says; after a change: npm run docs', async () => {
    await expect(configMarkdown()).toMatchFileSnapshot('../../../docs/configuration.md');
  });
});
