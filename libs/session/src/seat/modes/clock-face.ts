import { Timeout, type Clock } from '#kernel';
import { putText, Row } from '#screen';
import { datePartsAt, DEFAULT_STYLE, strftime, type Colour } from '#tmux';
import { BIG_HEIGHT, BIG_WIDTH, putBigText } from './big-text.js';
import type { PaneContent } from './pane-mode.js';

const MINUTE_MS = 60_000;

/** How a clock looks. */
export interface ClockLook {
  /** `clock-mode-colour`. */
  readonly colour: Colour;
  /** `clock-mode-style`. */
  readonly hours: '12' | '24';
}

/** `clock-mode`: the time of day in big digits, until any key is pressed. */
export class ClockFace implements PaneContent {
  readonly cursor = undefined;
  version = 0;
  #cols = 0;
  #rows = 0;
  readonly #timeout: Timeout;

  constructor(
    private readonly clock: Clock,
    private readonly look: ClockLook,
    /** Called when another minute began. */
    private readonly changed: () => void,
  ) {
    this.#timeout = new Timeout(clock);
    this.#nextMinute();
  }

  resize(cols: number, rows: number): void {
    this.#cols = cols;
    this.#rows = rows;
    this.version++;
  }

  line(y: number): Row {
    const row = new Row(this.#cols);
    const text = this.#text;
    const { colour } = this.look;
    if (this.#cols < BIG_WIDTH * text.length || this.#rows < BIG_HEIGHT + 1) {
      const x = Math.floor(this.#cols / 2) - Math.floor(text.length / 2);
      if (y === Math.floor(this.#rows / 2) && x >= 0) putText(row, x, text, { ...DEFAULT_STYLE, fg: colour });
      return row;
    }
    const x = Math.floor(this.#cols / 2) - (BIG_WIDTH / 2) * text.length;
    const top = Math.floor(this.#rows / 2) - (BIG_HEIGHT + 1) / 2;
    putBigText(row, x, y - top, text, { ...DEFAULT_STYLE, bg: colour });
    return row;
  }

  key(): boolean {
    return true;
  }

  dispose(): void {
    this.#timeout.cancel();
  }

  get #text(): string {
    const now = this.clock.now();
    return strftime(
      this.look.hours === '12' ? '%l:%M %p' : '%H:%M',
      datePartsAt(now, -new Date(now).getTimezoneOffset()),
    );
  }

  #nextMinute(): void {
    this.#timeout.start(MINUTE_MS - (this.clock.now() % MINUTE_MS), () => {
      this.version++;
      this.#nextMinute();
      this.changed();
    });
  }
}
