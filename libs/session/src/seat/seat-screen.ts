import {
  colourReset,
  enterSequence,
  leaveSequence,
  withoutItalics,
  type Picture,
  type TermCapabilities,
} from '#screen';
import type { JoinerSink, SeatEnding } from '../ports.js';
import type { ShownKind, View } from '../model/view.js';

/** What a seat draws over the session for itself: a message, a prompt, a list. */
export interface Overlay {
  /** The picture with the overlay on it. Drawing the same base again gives the same object, until it changed. */
  draw(base: Picture): Picture;
}

const BELL = Uint8Array.of(0x07);

/**
 * A joiner's terminal: knows the picture it shows and takes it to the newest one, when it can take it. While it is
 * behind, frames are skipped, and what it costs is the picture it shows.
 */
export class SeatScreen {
  #shown: Picture | undefined;
  /** The terminal as `#shown` was drawn for it. */
  #drawnFor: TermCapabilities | undefined;
  /** How often the bell had rung in what was shown last: drawing all anew must not swallow what rang since then. */
  #heard: number | undefined;
  #behind = false;
  #overlay: Overlay | undefined;
  #ended = false;
  /** The newest of what `send` was given while the terminal could not take it. */
  #unsent: Uint8Array | undefined;

  constructor(
    private view: View,
    readonly term: TermCapabilities,
    private readonly sink: JoinerSink,
    private readonly encode: (from: Picture | undefined, to: Picture, term: TermCapabilities) => Uint8Array,
    /** Whether italics are to be shown as standout, now. */
    private readonly standout: () => boolean = () => false,
  ) {
    sink.write(enterSequence(term));
    sink.onReady(() => {
      const unsent = this.#unsent;
      this.#unsent = undefined;
      if (unsent !== undefined) this.send(unsent);
      if (this.#behind) this.show();
    });
  }

  /** Whether the terminal waits for a frame that it could not take yet. */
  get behind(): boolean {
    return this.#behind;
  }

  get overlay(): Overlay | undefined {
    return this.#overlay;
  }

  /** Draws `overlay` over the session from now on, or nothing; shows it at once. */
  setOverlay(overlay: Overlay | undefined): void {
    this.#overlay = overlay;
    this.show();
  }

  /** The terminal has another size: nothing of what it shows can be relied on. */
  setView(view: View): void {
    this.view = view;
    this.repaint();
  }

  /** Forgets what the terminal shows and draws all of it. */
  repaint(): void {
    // A frame from nothing takes the cursor's colour to be the terminal's own.
    if (this.#shown !== undefined) this.send(colourReset(this.#shown, this.term));
    this.#shown = undefined;
    this.show();
  }

  /** Takes the terminal to the newest picture. */
  show(): ShownKind {
    if (this.#ended) return 'same';
    const base = this.view.picture;
    const target = this.#overlay === undefined ? base : this.#overlay.draw(base);
    const term = this.standout() ? withoutItalics(this.term) : this.term;
    const from = term === this.#drawnFor ? this.#shown : undefined;
    if (target === from) {
      this.#behind = false;
      return 'same';
    }
    if (!this.sink.ready) {
      this.#behind = true;
      return 'skipped';
    }
    const bytes = target === base ? this.view.frame(from, term) : this.encode(from, target, term);
    const rings = from === undefined && this.#heard !== undefined && target.bells > this.#heard;
    this.#behind = false;
    this.#shown = target;
    this.#drawnFor = term;
    this.#heard = target.bells;
    if (bytes.length > 0) this.sink.write(bytes);
    if (rings) this.sink.write(BELL);
    return from === undefined ? 'repaint' : 'delta';
  }

  /** Sends what is no picture and changes none, as a clipboard's new content; of more than one that waits, the last. */
  send(bytes: Uint8Array): void {
    if (this.#ended || bytes.length === 0) return;
    if (this.sink.ready) this.sink.write(bytes);
    else this.#unsent = bytes;
  }

  /** Leaves the terminal as it was found, with one last line for the person at it. */
  end(ending: SeatEnding, text: string): void {
    if (this.#ended) return;
    this.#ended = true;
    const last = new TextEncoder().encode(`${text}\r\n`);
    const leave = leaveSequence(this.term, this.#shown);
    const bytes = new Uint8Array(leave.length + last.length);
    bytes.set(leave);
    bytes.set(last, leave.length);
    this.sink.end(ending, bytes);
  }
}
