import type { Row } from '../row.js';
import { WORDS_PER_CELL } from '../row.js';

/** A block of lines that moved: `top` and `bottom` of the region, and by how many lines up, or down below 0. */
export interface ScrollStep {
  readonly top: number;
  readonly bottom: number;
  readonly count: number;
}

/** About how many bytes it takes to set a region, move in it and leave it. */
const SCROLL_COST = 20;
/** How many bytes more than its text a line costs that is written again, as an estimate. */
const LINE_COST = 6;
/** Bytes saved that make any move worth it. */
const GAIN_ENOUGH = 1000;
/** Fewer changed lines are written again without looking for a block that moved. */
const MIN_CHANGED = 3;

/**
 * The largest block of lines, by identity, that only moved between two pictures; undefined where writing the lines again
 * is no dearer. Both lists have the same length.
 */
export function findScroll(from: readonly Row[], to: readonly Row[]): ScrollStep | undefined {
  let first = -1;
  let last = -1;
  let changed = 0;
  for (let y = 0; y < to.length; y++) {
    if (to[y] === from[y]) continue;
    if (first === -1) first = y;
    last = y;
    changed++;
  }
  if (changed < MIN_CHANGED) return undefined;

  const oldPlaces = new Map<Row, number>();
  for (let y = first; y <= last; y++) {
    const row = from[y];
    if (row !== undefined) oldPlaces.set(row, y);
  }
  let best: ScrollStep | undefined;
  let bestGain = SCROLL_COST;
  for (let y = first; y <= last; y++) {
    const row = to[y];
    const old = row === undefined ? undefined : oldPlaces.get(row);
    if (old === undefined || old === y) continue;
    const count = old - y;
    let end = y;
    while (end < last && end + 1 + count <= last && to[end + 1] === from[end + 1 + count]) end++;
    const step = { top: Math.min(y, old), bottom: Math.max(end, end + count), count };
    const gain = gainOf(from, to, y, end, step);
    const larger = gain === bestGain && best !== undefined && end - y > best.bottom - best.top - Math.abs(best.count);
    if (gain > bestGain || larger) {
      best = step;
      bestGain = gain;
    }
    y = end;
  }
  return best;
}

/**
 * The bytes saved in lines that are right afterwards, without those lost in lines that were right before. More than
 * `GAIN_ENOUGH` is not counted.
 */
function gainOf(from: readonly Row[], to: readonly Row[], first: number, last: number, step: ScrollStep): number {
  let gain = 0;
  for (let y = step.top; y <= step.bottom; y++) {
    if ((y < first || y > last) && from[y] === to[y]) gain -= lineCost(to[y]);
  }
  for (let y = first; y <= last && gain < GAIN_ENOUGH; y++) if (from[y] !== to[y]) gain += lineCost(to[y]);
  return gain;
}

function lineCost(row: Row | undefined): number {
  if (row === undefined) return 0;
  let cost = 0;
  for (let i = 0; i < row.words.length; i += WORDS_PER_CELL) {
    const codePoint = (row.words[i] ?? 0) & 0x1fffff;
    if (codePoint !== 0 && codePoint !== 0x20) cost++;
  }
  return cost === 0 ? 1 : cost + LINE_COST;
}

/** What the terminal shows after the step. */
export function scrolled(lines: readonly Row[], step: ScrollStep, blank: Row): Row[] {
  const after = [...lines];
  for (let y = step.top; y <= step.bottom; y++) {
    const old = y + step.count;
    after[y] = (old >= step.top && old <= step.bottom ? lines[old] : undefined) ?? blank;
  }
  return after;
}
