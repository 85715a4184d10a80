import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
/** `file` “title”, or how the title begins. */
const HELD_BY = /`([\w./-]+\.spec\.ts)` “([^”]+)”/g;

const tests = [...PAGE.matchAll(HELD_BY)].map(([, file = '', title = '']) => [file, title] as const);

describe('docs/security.md', () => {
  it('names a test for each promise', () => {
    const promised = PAGE.slice(PAGE.indexOf('## What is promised'), PAGE.indexOf('## Certificates and keys'));
    const rows = promised.split('\n').filter((line) => /^\| (?!promise |-)/.test(line));
    expect(rows.filter((line) => line.search(HELD_BY) < 0)).toEqual([]);
    expect(rows.length).toBeGreaterThan(25);
  });

  it.each(tests)('names a test that there is: %s “%s”', (file, title) => {
    expect(existsSync(join(ROOT, file))).toBe(true);
    const source = readFileSync(join(ROOT, file), 'utf8').replaceAll("\\'", "'");
    const quoted = ["'", '"', '`'].map((quote) => quote + title);
    expect(quoted.some((text) => source.includes(text))).toBe(true);
  });
});
