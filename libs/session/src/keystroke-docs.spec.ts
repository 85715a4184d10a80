import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const page = readFileSync(join(ROOT, 'docs/a-keystroke.md'), 'utf8');

describe('docs/a-keystroke.md', () => {
  it('names files that exist', () => {
    const files = [...page.matchAll(/`((?:apps|libs)\/[^`]+)`/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThan(30);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('names functions that are in the files where it says they are', () => {
    // `show` of `FILE`, or `FILE` (`Seat.input`, `other`).
    const before = [...page.matchAll(/`([#\w]+)`\s+(?:in|of)\s+`((?:apps|libs)\/[^`]+)`/g)].map(
      ([, name = '', file = '']) => [file, name],
    );
    const after = [...page.matchAll(/`((?:apps|libs)\/[^`]+)`\s+(?:has the rule\s+)?\(([^)]*)\)/g)].flatMap(
      ([, file = '', names = '']) => [...names.matchAll(/`(?:\w+\.)?([#\w]+)`/g)].map(([, name = '']) => [file, name]),
    );
    const places = [...before, ...after];
    expect(places.length).toBeGreaterThan(5);
    const missing = places.filter(([file = '', name = '']) => {
      return !existsSync(join(ROOT, file)) || !readFileSync(join(ROOT, file), 'utf8').includes(name);
    });
    expect(missing).toEqual([]);
  });
});
