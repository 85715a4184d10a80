import { Row, type Picture } from '#screen';
import type { Overlay } from './frame-sender.js';

/** Hides everything of the session: an empty picture without a cursor, a title or anything to click. */
export class Cover implements Overlay {
  #picture: Picture | undefined;

  draw(base: Picture): Picture {
    const drawn = this.#picture;
    // It is the same whatever is under it.
    if (drawn !== undefined && drawn.cols === base.cols && drawn.rows === base.rows) return drawn;
    const line = new Row(base.cols);
    return (this.#picture = {
      cols: base.cols,
      rows: base.rows,
      lines: Array.from({ length: base.rows }, () => line),
      cursor: { x: 0, y: 0, visible: false, shape: 0 },
      mouse: 'off',
      focusEvents: false,
      bells: base.bells,
      title: 'locked',
    });
  }
}
