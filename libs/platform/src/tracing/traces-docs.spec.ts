import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ATTRIBUTES, SPANS } from '#kernel';

const FROM = '<!-- Written by `npm run docs` from libs/kernel/src/spans.ts. -->';
const TO = '<!-- Until here. -->';

/** The page docs/traces.md, with the tables of spans and attributes in the place of those that are there. */
function tracesMarkdown(page: string): string {
  const spans = Object.entries(SPANS).map(([name, { kind, meaning, attributes }]) => {
    const told = attributes.map((one) => `\`${one}\``).join(', ');
    return `### \`${name}\`\n\n${meaning}. Kind: ${kind}.${told === '' ? '' : ` ${told}.`}`;
  });
  const attributes = Object.entries(ATTRIBUTES).map(([name, meaning]) => `- \`${name}\`: ${meaning}.`);
  const made = `${FROM}\n\n## Spans\n\n${spans.join('\n\n')}\n\n## Attributes\n\n${attributes.join('\n')}\n\n${TO}`;
  const [before, rest] = [page.slice(0, page.indexOf(FROM)), page.slice(page.indexOf(TO) + TO.length)];
  return `${before}${made}${rest}`;
}

const page = readFileSync(new URL('../../../../docs/traces.md', import.meta.url), 'utf8');

describe('docs/traces.md', () => {
  it('describes every span and attribute as the code does; after a change: npm run docs', async () => {
    await expect(tracesMarkdown(page)).toMatchFileSnapshot('../../../../docs/traces.md');
    for (const name of Object.keys(SPANS)) expect(page).toContain(`### \`${name}\`\n`);
  });

  it('is put right where it says something else', () => {
    expect(tracesMarkdown(page.replace('### `join`', '### `leave`'))).toBe(page);
  });
});
