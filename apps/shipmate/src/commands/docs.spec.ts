import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from './all.js';
import { commandsMarkdown } from './docs.js';
import { commandHelp, overview } from './help.js';

describe('what is said of the commands', () => {
  it('is on the page as `npm run docs` writes it', () => {
    const page = readFileSync(new URL('../../../../docs/commands.md', import.meta.url), 'utf8');
    expect(page).toBe(commandsMarkdown());
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
