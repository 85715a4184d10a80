import { describe, expect, it } from 'vitest';
import { age, table, type Column } from './table.js';

interface Entry {
  readonly name?: string;
  readonly n?: number;
}

describe('a table', () => {
  const columns: readonly Column<Entry>[] = [
    { head: 'NAME', show: ({ name }) => name },
    { head: 'N', right: true, show: ({ n }) => n },
  ];

  it('aligns texts at the left and numbers at the right, without blanks at the ends of lines', () => {
    const text = table(columns, [{ name: 'a', n: 5 }, { name: 'a longer one', n: 1234 }, {}]);
    expect(text.split('\n')).toEqual([
      'NAME             N',
      'a                5',
      'a longer one  1234',
      '-                -',
    ]);
  });

  it('lets no entry steer the terminal', () => {
    const text = table(columns, [{ name: 'a\u001B]0;title\u0007\r\n\u009Bb\u202Ec' }]);
    expect(text.split('\n')[1]).toBe('a?]0;title????b?c  -');
  });
});

describe('an age', () => {
  const now = Date.parse('2030-01-10T00:00:00.000Z');
  it.each([
    ['2030-01-10T00:00:00.000Z', '0s'],
    ['2030-01-09T23:59:01.000Z', '59s'],
    ['2030-01-09T23:59:00.000Z', '1m'],
    ['2030-01-09T22:30:00.000Z', '1h'],
    ['2030-01-01T00:00:00.000Z', '9d'],
    // A clock that is ahead of ours.
    ['2030-01-10T00:00:09.000Z', '0s'],
    ['nonsense', undefined],
    [undefined, undefined],
  ])('of %s is %s', (time, shown) => expect(age(time, now)).toBe(shown));
});
