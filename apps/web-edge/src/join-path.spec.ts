import { describe, expect, it } from 'vitest';
import { joinKeyOf } from './join-path.js';

describe('joinKeyOf', () => {
  it.each([
    ['/t/abc', 'abc'],
    ['/t/abc/', 'abc'],
    ['/t/ada/site', 'ada/site'],
    ['/t/ada%2Fsite', 'ada/site'],
    ['/t/abc?x=1', 'abc'],
    ['/t/abc#x', 'abc'],
    ['/t/', undefined],
    ['/t', undefined],
    ['/t//', undefined],
    ['/other/abc', undefined],
    ['/t/%', undefined],
    ['/t/%ff', undefined],
    [`/t/${'a'.repeat(500)}`, undefined],
    [undefined, undefined],
  ])('%s', (target, key) => {
    expect(joinKeyOf(target, '/t/')).toBe(key);
  });
});
