import type { Clock, Timer } from '#kernel';
import { copyCells, putText, Row, type Picture } from '#screen';
import { DEFAULT_STYLE, type Colour } from '#tmux';
import type { KeyCode } from '#tmate-protocol';
import type { SeatMode } from '../seat-mode.js';
import type { SessionModel } from '../../model/session-model.js';
import { BIG_HEIGHT, BIG_WIDTH, putBigText } from './big-text.js';
import { placeOfPane, type PanePlace } from './pane-mode.js';

const ZERO = 0x30;
const NINE = 0x39;

export interface PaneNumbersDeps {
  readonly model: () => SessionModel;
  readonly clock: Clock;
  /** Called with the pane that was chosen. */
  readonly choose: (paneId: number) => void;
  /** `display-panes-time` is over. */
  readonly over: () => void;
}

/** `display-panes`: the number of each pane over it, until one is typed or the time is over. */
export class PaneNumbers implements SeatMode {
  readonly #timer: Timer;
  #drawn: { base: Picture; picture: Picture } | undefined;

  constructor(private readonly deps: PaneNumbersDeps) {
    this.#timer = deps.clock.after(deps.model().mirror.options.number('display-panes-time'), deps.over);
  }

  key(key: KeyCode): boolean | 'pass' {
    if (key < ZERO || key > NINE) return 'pass';
    const { current } = this.deps.model().windows;
    const pane = current?.panes[key - ZERO - this.#base];
    if (pane !== undefined) this.deps.choose(pane.id);
    return true;
  }

  draw(base: Picture): Picture {
    if (this.#drawn?.base === base) return this.#drawn.picture;
    const model = this.deps.model();
    const { current } = model.windows;
    const { options } = model.mirror;
    const lines = [...base.lines];
    for (const [n, pane] of (current?.panes ?? []).entries()) {
      const place = placeOfPane(model, pane.id, base.cols, base.rows);
      const colour = options.colour(pane === current?.active ? 'display-panes-active-colour' : 'display-panes-colour');
      if (place !== undefined) drawNumber(lines, place, String(n + this.#base), colour, base.cols);
    }
    const picture = { ...base, lines, cursor: { ...base.cursor, visible: false } };
    this.#drawn = { base, picture };
    return picture;
  }

  dispose(): void {
    this.#timer.cancel();
  }

  get #base(): number {
    const { mirror, windows } = this.deps.model();
    return mirror.options.number('pane-base-index', windows.current?.index);
  }
}

/** As tmux does it: big digits in the middle and the size at the top right; small ones if there is no room. */
function drawNumber(lines: Row[], place: PanePlace, number: string, colour: Colour, cols: number): void {
  if (place.cols < number.length) return;
  const touched = (y: number, draw: (row: Row) => void): void => {
    const at = place.y + y;
    const under = lines[at];
    if (at < place.top || at >= place.bottom || under === undefined) return;
    const row = new Row(cols);
    copyCells(under, 0, row, 0, cols);
    draw(row);
    lines[at] = row;
  };
  const write = (x: number, y: number, text: string): void => {
    if (place.x + x < 0) return;
    touched(y, (row) => putText(row, place.x + x, text, { ...DEFAULT_STYLE, fg: colour }));
  };
  const middle = Math.floor(place.cols / 2);
  const half = Math.floor(place.rows / 2);
  if (place.cols < number.length * BIG_WIDTH || place.rows < BIG_HEIGHT) {
    write(middle - Math.floor(number.length / 2), half, number);
    return;
  }
  const x = place.x + middle - number.length * (BIG_WIDTH / 2);
  for (let line = 0; line < BIG_HEIGHT; line++) {
    touched(half - 2 + line, (row) => putBigText(row, x, line, number, { ...DEFAULT_STYLE, bg: colour }));
  }
  const size = `${place.cols}x${place.rows}`;
  if (place.cols >= size.length && place.rows > BIG_HEIGHT) write(place.cols - size.length, 0, size);
}
