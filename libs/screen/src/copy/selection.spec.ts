import { describe, expect, it } from 'vitest';
import { isSelected, type Selection } from './selection.js';

const COLS = 6;
/** The view's rows, `#` where selected. */
function drawn(selection: Omit<Selection, 'rectangle' | 'keys'>, keys: 'emacs' | 'vi', rectangle = false): string[] {
  return Array.from({ length: 4 }, (_, y) =>
    Array.from({ length: COLS }, (_, x) => (isSelected({ ...selection, keys, rectangle }, x, y) ? '#' : '.')).join(''),
  );
}

describe('isSelected', () => {
  const down = { startX: 2, startY: 1, endX: 3, endY: 2 };
  const up = { startX: 3, startY: 2, endX: 2, endY: 1 };
  const left = { startX: 4, startY: 1, endX: 2, endY: 1 };

  it('holds both ends downwards and to the right', () => {
    for (const keys of ['emacs', 'vi'] as const) {
      expect(drawn(down, keys)).toEqual(['......', '..####', '####..', '......']);
      expect(drawn({ ...left, startX: 2, endX: 4 }, keys)).toEqual(['......', '..###.', '......', '......']);
    }
  });

  it('leaves out where it began upwards and to the left, but not with the keys of vi', () => {
    expect(drawn(up, 'emacs')).toEqual(['......', '..####', '###...', '......']);
    expect(drawn(up, 'vi')).toEqual(['......', '..####', '####..', '......']);
    expect(drawn(left, 'emacs')).toEqual(['......', '..##..', '......', '......']);
    expect(drawn(left, 'vi')).toEqual(['......', '..###.', '......', '......']);
  });

  it('begun in the first column holds the whole row upwards, as tmux counts', () => {
    expect(drawn({ ...up, startX: 0 }, 'emacs')).toEqual(['......', '..####', '######', '......']);
  });

  it('is a rectangle with both corners', () => {
    expect(drawn({ startX: 4, startY: 3, endX: 1, endY: 2 }, 'emacs', true)).toEqual([
      '......',
      '......',
      '.####.',
      '.####.',
    ]);
  });
});
