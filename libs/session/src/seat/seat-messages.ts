import { Timeout, type Clock } from '#kernel';
import { ReadOnlyText } from '../read-only.js';
import { LineOverlay } from './seat-message.js';
import type { Overlay } from './frame-sender.js';
import type { SessionModel } from '../model/session-model.js';

/** How often a reader who types is told that they cannot, in ms. */
const READER_HINT_MS = 10_000;

/** Most messages that a seat remembers, whatever `message-limit` says. */
const MAX_MESSAGES = 1000;

/** A seat's messages: lines that come and go, and one that stays. */
export class SeatMessages {
  readonly #timeout: Timeout;
  #message: Overlay | undefined;
  #notice: LineOverlay | undefined;
  readonly #history: string[] = [];
  #hintedAt = -READER_HINT_MS;
  /** The current message is the hint for readers: it stays while they keep typing, because they could not read it otherwise. */
  #hintShown = false;

  constructor(
    private readonly model: () => SessionModel,
    private readonly clock: Clock,
    /** A line came, changed or went. */
    private readonly changed: () => void,
  ) {
    this.#timeout = new Timeout(clock);
  }

  /** The line over whatever the seat itself has opened. */
  get message(): Overlay | undefined {
    return this.#message;
  }

  /** The line that is shown if there is no other. */
  get notice(): Overlay | undefined {
    return this.#notice;
  }

  /** For `show-messages`, oldest first. */
  get history(): readonly string[] {
    return this.#history;
  }

  /** Shows a line for tmux's `display-time`, or until `clear`. */
  show(text: string): void {
    const model = this.model();
    this.#remember(text, model.mirror.options.number('message-limit'));
    this.#hintShown = false;
    this.#message = new LineOverlay(text, model.display.messageStyle, model.display.messageLine);
    this.#timeout.start(model.display.displayTimeMs, () => this.clear());
    this.changed();
  }

  /** Tells a reader, or anybody in a paused session, from time to time, that their keys have no effect. */
  hint(text: string = ReadOnlyText.typed): void {
    const now = this.clock.monotonic();
    if (now - this.#hintedAt < READER_HINT_MS) return;
    this.#hintedAt = now;
    this.show(text);
    this.#hintShown = true;
  }

  /** Shows a line that stays until it is replaced or, with undefined, taken away. */
  setNotice(text: string | undefined): void {
    const model = this.model();
    if (text === undefined) this.#notice = undefined;
    else if (this.#notice === undefined) {
      this.#notice = new LineOverlay(text, model.display.messageStyle, model.display.messageLine);
    } else this.#notice.set(text);
    this.changed();
  }

  /** A key was pressed: messages disappear, hints stay. */
  typed(): void {
    if (!this.#hintShown) this.clear();
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#message === undefined) return;
    this.#timeout.cancel();
    this.#hintShown = false;
    this.#message = undefined;
    this.changed();
  }

  /** Nothing comes any more. */
  dispose(): void {
    this.#timeout.cancel();
  }

  #remember(text: string, limit: number): void {
    const time = new Date(this.clock.now()).toTimeString().slice(0, 8);
    this.#history.push(`${time} ${text}`);
    this.#history.splice(0, this.#history.length - Math.min(limit, MAX_MESSAGES));
  }
}
