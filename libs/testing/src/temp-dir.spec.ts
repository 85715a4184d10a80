import { existsSync, statSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { tempDir } from './temp-dir.js';

it('is a directory of its own until it is disposed of', () => {
  const [one, two] = [tempDir('td'), tempDir('td')];
  writeFileSync(one.file('x'), 'x');
  expect(existsSync(two.file('x'))).toBe(false);
  expect(statSync(one.path).mode & 0o777).toBe(0o700);
  one.dispose();
  expect(existsSync(one.path)).toBe(false);
  expect(existsSync(two.path)).toBe(true);
  two.dispose();
});

it('is removed at the end by one listener, however many there are', () => {
  const before = process.listenerCount('exit');
  const dirs = Array.from({ length: 20 }, () => tempDir('td'));
  expect(process.listenerCount('exit')).toBe(before);
  for (const dir of dirs) dir.dispose();
});
