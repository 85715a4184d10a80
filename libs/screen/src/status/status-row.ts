import { Attr, type StatusContent, type StatusWindow, type Style, type StyledText } from '#tmux';
import { copyCells, fillCells, putCell, putText, textWidth, unitWidth } from '../cells.js';
import { PADDING_MARK, Row, WORDS_PER_CELL } from '../row.js';

/** Columns, from `from` up to but not including `to`, that are a window's: where a click means that window. */
export interface StatusHit {
  readonly from: number;
  readonly to: number;
  readonly index: number;
}

/**
 * The status line of a terminal that is `cols` wide, by tmux's rules: left and right first, cut to their limits; what is
 * between them holds the list of windows. A list that does not fit is moved so that the current window is visible, with arrows
 * where something is hidden; if there is no room, the line stays blank.
 */
export function statusRow(content: StatusContent, cols: number): { row: Row; hits: StatusHit[] } {
  const { style } = content;
  const row = new Row(cols);
  fillCells(row, 0, cols, style);
  const leftCols = Math.min(widthOf(content.left), Math.max(0, content.leftLimit));
  const rightCols = Math.min(widthOf(content.right), Math.max(0, content.rightLimit));
  if (cols <= leftCols + rightCols) return { row, hits: [] };

  const list = windowList(content);
  const part = visiblePart(list, cols - leftCols - rightCols);
  if (part === undefined) return { row, hits: [] };

  putStyled(row, 0, content.left, leftCols, content.leftStyle);
  if (part.leftArrow) putArrow(row, leftCols, '<', style, alertBefore(list, part.start));
  if (part.rightArrow) putArrow(row, cols - rightCols - 1, '>', style, alertAfter(list, part.start + part.cols));
  putStyled(row, cols - rightCols, content.right, cols, content.rightStyle);
  const spare = cols - leftCols - rightCols - part.cols;
  const shift = { left: 0, centre: Math.floor(spare / 2), right: spare }[content.justify];
  const at = leftCols + (part.leftArrow ? 1 : 0) + (part.leftArrow || part.rightArrow ? 0 : shift);
  copyPart(list.row, part, row, at);
  return { row, hits: hitsOf(list, part, at) };
}

interface WindowList {
  /** All windows side by side, in as many columns as they take. */
  readonly row: Row;
  readonly places: readonly { readonly from: number; readonly to: number; readonly window: StatusWindow }[];
  readonly current: { readonly from: number; readonly to: number };
}

interface VisiblePart {
  readonly start: number;
  readonly cols: number;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
}

function windowList(content: StatusContent): WindowList {
  let cols = 0;
  const places = content.windows.map((window) => {
    const from = cols;
    const to = from + widthOf(window.text);
    cols = to + textWidth(window.separator);
    return { from, to, window };
  });
  const row = new Row(cols);
  for (const { from, to, window } of places) {
    putStyled(row, from, window.text, to, content.style);
    putText(row, to, window.separator, content.style);
  }
  const current = places.find(({ window }) => window.current) ?? { from: 0, to: 0 };
  return { row, places, current };
}

/** Which columns of the list go into `room` columns, including arrows; undefined if nothing would be left. */
function visiblePart(list: WindowList, room: number): VisiblePart | undefined {
  const total = list.row.cols;
  if (total <= room) return { start: 0, cols: total, leftArrow: false, rightArrow: false };
  if (list.current.to < room) return some({ start: 0, cols: room - 1, leftArrow: false, rightArrow: true });
  // The current window is the last that fits; one column each goes to the arrows.
  const cols = room - 1;
  const start = list.current.to - cols;
  const hidden = cols > 0 && total > start + cols + 1;
  return some({
    start: hidden ? start + 1 : start,
    cols: hidden ? cols - 1 : cols,
    leftArrow: true,
    rightArrow: hidden,
  });
}

function some(part: VisiblePart): VisiblePart | undefined {
  return part.cols > 0 ? part : undefined;
}

/** Copies a part of the list as tmux does: of a wide character only its left half counts, wherever the part is cut. */
function copyPart(list: Row, { start, cols }: VisiblePart, row: Row, at: number): void {
  let x = at;
  for (let column = start; column < start + cols; column++) {
    if (list.words[column * WORDS_PER_CELL + 2] === PADDING_MARK) continue;
    const width = unitWidth(list, column);
    if (x + width > row.cols) return;
    copyCells(list, column, row, x, width);
    x += width;
  }
}

/** Whether a window that wants to be noticed begins before a column of the list; tmux leaves the separators out here. */
function alertBefore(list: WindowList, column: number): boolean {
  let at = 0;
  for (const { from, to, window } of list.places) {
    if (window.alert && at < column) return true;
    at += to - from;
  }
  return false;
}

/** The same of one that ends after it. */
function alertAfter(list: WindowList, column: number): boolean {
  let at = 0;
  for (const { from, to, window } of list.places) {
    at += to - from;
    if (window.alert && at > column) return true;
  }
  return false;
}

/** A click on an arrow means the hidden window there. */
function hitsOf(list: WindowList, part: VisiblePart, at: number): StatusHit[] {
  const first = part.start - (part.leftArrow ? 1 : 0);
  const end = part.start + part.cols + (part.rightArrow ? 1 : 0);
  const hits: StatusHit[] = [];
  for (const { from, to, window } of list.places) {
    const seenFrom = Math.max(from, first);
    const seenTo = Math.min(to, end);
    if (seenFrom < seenTo) {
      hits.push({ from: seenFrom - part.start + at, to: seenTo - part.start + at, index: window.index });
    }
  }
  return hits;
}

function widthOf(texts: readonly StyledText[]): number {
  let width = 0;
  for (const { text } of texts) width += textWidth(text);
  return width;
}

/** Writes the texts one after the other, in columns below `end` only; half a wide character is a blank of style `rest`. */
function putStyled(row: Row, x: number, texts: readonly StyledText[], end: number, rest: Style): void {
  for (const { text, style } of texts) x = putText(row, x, text, style, end, rest);
}

function putArrow(row: Row, x: number, char: '<' | '>', style: Style, alert: boolean): void {
  putCell(row, x, char.charCodeAt(0), 1, alert ? { ...style, attr: style.attr ^ Attr.reverse } : style);
}
