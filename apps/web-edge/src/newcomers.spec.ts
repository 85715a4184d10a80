import { describe, expect, it } from 'vitest';
import { Newcomers } from './newcomers.js';

describe('Newcomers', () => {
  it('counts each address for itself, and forgets those that have gone', () => {
    const newcomers = new Newcomers(2);
    expect([1, 2, 3].map(() => newcomers.enter('a'))).toEqual([true, true, false]);
    expect(newcomers.enter('b')).toBe(true);
    newcomers.leave('a');
    expect(newcomers.enter('a')).toBe(true);
    newcomers.leave('a');
    newcomers.leave('a');
    newcomers.leave('b');
    expect(newcomers.size).toBe(0);
  });
});
