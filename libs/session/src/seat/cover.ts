import { putText, Row, type Picture } from '#screen';
import { Attr, DEFAULT_STYLE } from '#tmux';
import type { Overlay } from './frame-sender.js';

/** The most that is drawn on a cover, in lines: a picture of a link, and sentences around it. */
const MAX_LINES = 60;
const BOLD = { ...DEFAULT_STYLE, attr: Attr.bright };

/** What a cover says. */
export interface CoverText {
  /** Shown bright. */
  readonly title: string;
  /** Sentences, wrapped at the terminal's width; an empty one is an empty line. */
  readonly lines: readonly string[];
  /** Drawn below as it is, if there is room for all of it. */
  readonly picture?: readonly string[];
  /** The cursor stands after the last of the lines. */
  readonly asks?: boolean;
}

/** Hides everything of the session: a picture of nothing but its own text, without anything to click. */
export class Cover implements Overlay {
  #picture: Picture | undefined;

  constructor(private text?: CoverText) {}

  /** From now on it says this. */
  say(text: CoverText): void {
    this.text = text;
    this.#picture = undefined;
  }

  draw(base: Picture): Picture {
    const drawn = this.#picture;
    // It is the same whatever is under it.
    if (drawn !== undefined && drawn.cols === base.cols && drawn.rows === base.rows) return drawn;
    const { cols, rows } = base;
    const empty = new Row(cols);
    const { lines, cursor } = this.#lines(cols, rows);
    return (this.#picture = {
      cols,
      rows,
      lines: Array.from({ length: rows }, (_, y) => lines[y] ?? empty),
      cursor: { ...(cursor ?? { x: 0, y: 0 }), visible: cursor !== undefined, shape: 0 },
      mouse: 'off',
      focusEvents: false,
      bells: base.bells,
      title: 'locked',
    });
  }

  /** The lines that are not empty, by their place, and where the cursor stands. */
  #lines(cols: number, rows: number): { lines: Record<number, Row>; cursor?: { x: number; y: number } } {
    const { text } = this;
    if (text === undefined) return { lines: {} };
    const room = Math.max(1, cols - 4);
    const said = [text.title, '', ...text.lines.flatMap((line) => wrapped(line, room))].slice(0, MAX_LINES);
    const picture = text.picture ?? [];
    const fits = said.length + 1 + picture.length <= rows && picture.every((line) => line.length <= cols);
    const shown = fits && picture.length > 0 ? [...said, '', ...picture] : said;
    const left = Math.max(0, Math.floor((cols - Math.max(...shown.map((line) => line.length))) / 2));
    const top = Math.max(0, Math.floor((rows - shown.length) / 3));
    const lines: Record<number, Row> = {};
    let cursor: { x: number; y: number } | undefined;
    for (const [at, line] of shown.entries()) {
      const row = new Row(cols);
      const x = putText(row, left, line, at === 0 ? BOLD : DEFAULT_STYLE);
      lines[top + at] = row;
      if (text.asks === true && at === said.length - 1) cursor = { x: Math.min(x, cols - 1), y: top + at };
    }
    return cursor === undefined || cursor.y >= rows ? { lines } : { lines, cursor };
  }
}

/** Lines of at most `room` characters; words that are longer, such as a link, are cut. */
function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > room) {
    const blank = rest.lastIndexOf(' ', room);
    const end = blank > 0 ? blank : room;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}
