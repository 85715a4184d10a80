import { parseStyle, sameStyle } from './styles.js';
import type { Style, StyledText } from './style.js';

/** How many columns a character takes: 0, 1 or 2. */
export type CharWidth = (codePoint: number) => number;

/** For text without wide characters. */
export const narrow: CharWidth = () => 1;

/** What a status line leaves out: C0, DEL and C1. */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]+/g;

/**
 * Splits text with `#[style]` markers into pieces of one style each. A marker that is not a style changes nothing; one
 * without its `]` ends the text; control characters are left out.
 */
export function parseStyledText(text: string, base: Style): StyledText[] {
  const pieces: StyledText[] = [];
  let style = base;
  let from = 0;
  for (;;) {
    const marker = text.indexOf('#[', from);
    append(pieces, text.slice(from, marker < 0 ? undefined : marker), style);
    if (marker < 0) return pieces;
    const end = text.indexOf(']', marker + 2);
    if (end < 0) return pieces;
    style = parseStyle(text.slice(marker + 2, end), style, base) ?? style;
    from = end + 1;
  }
}

function append(pieces: StyledText[], raw: string, style: Style): void {
  const text = raw.replace(CONTROLS, '');
  if (text === '') return;
  const last = pieces.at(-1);
  if (last !== undefined && sameStyle(last.style, style)) pieces[pieces.length - 1] = { text: last.text + text, style };
  else pieces.push({ text, style });
}

/** The columns that the pieces take together. */
export function styledLength(pieces: readonly StyledText[], width: CharWidth): number {
  let columns = 0;
  for (const piece of pieces) columns += textWidth(piece.text, width);
  return columns;
}

/** The columns that `text` takes. */
export function textWidth(text: string, width: CharWidth): number {
  let columns = 0;
  for (const char of text) columns += width(char.codePointAt(0) ?? 0);
  return columns;
}

/**
 * The first `limit` columns of the pieces. A wide character that would stand across the limit becomes a blank in
 * `base`. A limit of 0 gives nothing.
 */
export function trimStyled(pieces: readonly StyledText[], limit: number, width: CharWidth, base: Style): StyledText[] {
  const kept: StyledText[] = [];
  let columns = 0;
  for (const piece of pieces) {
    let text = '';
    for (const char of piece.text) {
      const wide = width(char.codePointAt(0) ?? 0);
      if (columns + wide > limit) {
        append(kept, text, piece.style);
        append(kept, ' '.repeat(limit - columns), base);
        return kept;
      }
      text += char;
      columns += wide;
    }
    append(kept, text, piece.style);
  }
  return kept;
}

/** The first `limit` columns of plain text, or with a negative limit the last ones, as `#{=N:…}` cuts. */
export function trimText(text: string, limit: number, width: CharWidth): string {
  const chars = Array.from(text);
  if (limit < 0) chars.reverse();
  let columns = 0;
  let count = 0;
  for (const char of chars) {
    columns += width(char.codePointAt(0) ?? 0);
    if (columns > Math.abs(limit)) break;
    count++;
  }
  const kept = chars.slice(0, count);
  return (limit < 0 ? kept.reverse() : kept).join('');
}
