import { WIDTH_RUNS } from './width-table.js';

/** Where runs of equal width begin, in order, and the width of each; filled on first use. */
let starts: Uint32Array | undefined;
let widths: Int8Array = new Int8Array(0);
const WIDTH_OF_LETTER: Readonly<Record<string, number>> = { N: -1, Z: 0, S: 1, D: 2 };

function load(): Uint32Array {
  const runs = WIDTH_RUNS.match(/[0-9a-z]+[A-Z]/g) ?? [];
  const table = new Uint32Array(runs.length);
  widths = new Int8Array(runs.length);
  let at = 0x80;
  for (const [i, run] of runs.entries()) {
    table[i] = at;
    widths[i] = WIDTH_OF_LETTER[run.slice(-1)] ?? -1;
    at += Number.parseInt(run.slice(0, -1), 36);
  }
  starts = table;
  return table;
}

/**
 * Columns of a code point as the host's C library measures it: 0 combines with the character before, -1 is not
 * printable (the host drops it).
 */
export function codePointWidth(codePoint: number): number {
  if (codePoint < 0x80) return codePoint >= 0x20 && codePoint !== 0x7f ? 1 : -1;
  if (codePoint > 0x10ffff) return -1;
  const table = starts ?? load();
  let low = 0;
  let high = table.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((table[middle] ?? 0) <= codePoint) low = middle;
    else high = middle - 1;
  }
  return widths[low] ?? -1;
}

/** Bytes of a code point in UTF-8. */
export function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
