import { fillCells, type Row } from '#screen';
import type { Style } from '#tmux';

/** Cells from one big character to the next. */
export const BIG_WIDTH = 6;
/** Lines of a big character. */
export const BIG_HEIGHT = 5;

/** tmux's big characters, five by five: a line of each is five cells, `#` one that is filled. */
const GLYPHS: Readonly<Record<string, readonly string[]>> = {
  '0': ['#####', '#   #', '#   #', '#   #', '#####'],
  '1': ['    #', '    #', '    #', '    #', '    #'],
  '2': ['#####', '    #', '#####', '#    ', '#####'],
  '3': ['#####', '    #', '#####', '    #', '#####'],
  '4': ['#   #', '#   #', '#####', '    #', '    #'],
  '5': ['#####', '#    ', '#####', '    #', '#####'],
  '6': ['#####', '#    ', '#####', '#   #', '#####'],
  '7': ['#####', '    #', '    #', '    #', '    #'],
  '8': ['#####', '#   #', '#####', '#   #', '#####'],
  '9': ['#####', '#   #', '#####', '    #', '#####'],
  ':': ['     ', '  #  ', '     ', '  #  ', '     '],
  A: ['#####', '#   #', '#####', '#   #', '#   #'],
  P: ['#####', '#   #', '#####', '#    ', '#    '],
  M: ['#   #', '## ##', '# # #', '#   #', '#   #'],
};

/**
 * Draws line `line` (from 0) of `text` in big characters from column `x` of `row` on; only filled cells are touched,
 * those from `from` up to but not including `to`. A character that has no big form leaves its place empty.
 */
export function putBigText(
  row: Row,
  x: number,
  line: number,
  text: string,
  style: Style,
  from = 0,
  to = row.cols,
): void {
  for (const [n, char] of Array.from(text).entries()) {
    for (const [i, cell] of Array.from(GLYPHS[char]?.[line] ?? '').entries()) {
      const at = x + n * BIG_WIDTH + i;
      if (cell === '#' && at >= from && at < to) fillCells(row, at, at + 1, style);
    }
  }
}
