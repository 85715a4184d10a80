import type { IBufferRange, ILink, ILinkProvider, Terminal } from '@xterm/xterm';

/**
 * A line of the screen: the text of each cell (a right half is empty), and whether the terminal knows that it continues in the
 * next one.
 */
export interface ScreenLine {
  readonly cells: readonly string[];
  readonly goesOn: boolean;
}

/** A web address on the screen, and where: columns and lines count from 0, both ends belong to it. */
export interface ScreenLink {
  readonly url: string;
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
  /**
   * The link may be incomplete: it continues over an edge, or ends at one. The person who opens it should see all of it first.
   */
  readonly unsure: boolean;
}

/** Lines above and below that an address may reach to: 2,000 characters at 100 columns, as much as browsers agree on. */
const REACH = 20;
/** Up to a blank, a quote, a bracket or a border; punctuation at its end belongs to the sentence around it. */
const ADDRESS = /https?:\/\/[^\s"'!*(){}|\\^<>`\u2500-\u257f]*[^\s"':,.!?{}|\\^~[\]`()<>\u2500-\u257f]/gi;
const BORDER = /[|\u2500-\u257f]/;

/**
 * The addresses that have a part on line `y`. Panes are drawn line by line, so a terminal cannot always know that a line was
 * wrapped: one that is full to its last column is taken to go on.
 */
export function linksOf(lines: readonly ScreenLine[], y: number): readonly ScreenLink[] {
  const isFull = (line: number): boolean => (lines[line]?.cells.at(-1)?.trim() ?? '') !== '';
  let [first, last] = [y, y];
  while (first > 0 && y - first < REACH && isFull(first - 1)) first -= 1;
  while (last < lines.length - 1 && last - y < REACH && isFull(last)) last += 1;

  let text = '';
  const places: { x: number; y: number }[] = [];
  for (let line = first; line <= last; line++) {
    for (const [x, cell] of (lines[line]?.cells ?? []).entries()) {
      text += cell;
      for (let n = 0; n < cell.length; n++) places.push({ x, y: line });
    }
  }
  return [...text.matchAll(ADDRESS)].flatMap(({ 0: url, index }) => {
    const [from, to] = [places[index], places[index + url.length - 1]];
    if (from === undefined || to === undefined || from.y > y || to.y < y || !URL.canParse(url)) return [];
    const crossed = lines.slice(from.y, to.y).some(({ goesOn }) => !goesOn);
    const after = text[index + url.length];
    const cut = after === undefined ? isFull(last) : BORDER.test(after);
    return [{ url, from, to, unsure: crossed || cut }];
  });
}

/** Tells xterm.js where web addresses are. `open` is called when somebody follows one. */
export class ScreenLinks implements ILinkProvider {
  constructor(
    private readonly terminal: Terminal,
    private readonly open: (event: MouseEvent, link: ScreenLink) => void,
  ) {}

  provideLinks(line: number, callback: (links: ILink[] | undefined) => void): void {
    const links = linksOf(linesOf(this.terminal), line - 1 - this.terminal.buffer.active.viewportY);
    callback(
      links.map((link) => ({
        text: link.url,
        range: this.#rangeOf(link),
        activate: (event: MouseEvent) => this.open(event, link),
      })),
    );
  }

  /** xterm.js counts from 1, lines from the top of the buffer. */
  #rangeOf({ from, to }: ScreenLink): IBufferRange {
    const above = this.terminal.buffer.active.viewportY;
    return { start: { x: from.x + 1, y: from.y + above + 1 }, end: { x: to.x + 1, y: to.y + above + 1 } };
  }
}

function linesOf({ buffer, rows, cols }: Terminal): readonly ScreenLine[] {
  const { active } = buffer;
  return Array.from({ length: rows }, (_, y) => {
    const line = active.getLine(active.viewportY + y);
    const cells = Array.from({ length: cols }, (_, x) => {
      const cell = line?.getCell(x);
      return cell?.getWidth() === 0 ? '' : cell?.getChars() || ' ';
    });
    return { cells, goesOn: active.getLine(active.viewportY + y + 1)?.isWrapped === true };
  });
}
