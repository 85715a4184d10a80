import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.js';

describe('nearest', () => {
  const words = ['serve', 'sessions', 'session', 'SHIPMATE_SSH_PORT', 'SHIPMATE_PORT'];

  it.each([
    ['serv', 'serve'],
    ['sreve', undefined],
    ['sesions', 'sessions'],
    ['session', 'session'],
    ['SHIPMATE_SHH_PORT', 'SHIPMATE_SSH_PORT'],
    ['bogus', undefined],
    ['', undefined],
  ])('of %s is %s', (given, meant) => {
    expect(nearest(given, words)).toBe(meant);
  });
});
