import { messageRow, type Picture, type Row } from '#screen';
import type { Style } from '#tmux';
import type { Overlay } from './frame-sender.js';

/** One line over the status line, or over the last line if there is no status line: a message, or a prompt. */
export class LineOverlay implements Overlay {
  #row: Row | undefined;
  #drawn: { base: Picture; picture: Picture } | undefined;

  constructor(
    private text: string,
    private readonly style: Style,
    /** The line it covers, from the top; negative counts from the bottom. */
    private readonly line: number,
  ) {}

  set(text: string): void {
    if (text === this.text) return;
    this.text = text;
    this.#row = undefined;
    this.#drawn = undefined;
  }

  draw(base: Picture): Picture {
    if (this.#drawn?.base === base) return this.#drawn.picture;
    if (this.#row?.cols !== base.cols) this.#row = messageRow(this.text, this.style, base.cols);
    const picture = withLine(base, this.line < 0 ? base.rows + this.line : this.line, this.#row);
    this.#drawn = { base, picture };
    return picture;
  }
}

/** The same picture with another line `y`, and the cursor hidden, as in tmux while it shows a prompt or a message. */
export function withLine(base: Picture, y: number, row: Row): Picture {
  const lines = base.lines.with(Math.min(Math.max(y, 0), base.rows - 1), row);
  return { ...base, lines, cursor: { ...base.cursor, visible: false } };
}
