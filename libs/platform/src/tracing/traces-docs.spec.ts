import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SPANS } from '#kernel';
import { tracesMarkdown } from '#platform';

const page = readFileSync(new URL('../../../../docs/traces.md', import.meta.url), 'utf8');

describe('docs/traces.md', () => {
  it('tells of every span and attribute what the code says; after a change: npm run docs', () => {
    expect(tracesMarkdown(page)).toBe(page);
    for (const name of Object.keys(SPANS)) expect(page).toContain(`### \`${name}\`\n`);
  });

  it('is put right where it says something else', () => {
    expect(tracesMarkdown(page.replace('### `join`', '### `leave`'))).toBe(page);
  });
});
