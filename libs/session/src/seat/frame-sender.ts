import {
  screenBytes,
  colourReset,
  enterSequence,
  leaveSequence,
  withoutItalics,
  type Picture,
  type TermCapabilities,
} from '#screen';
import type { JoinerSink, SeatEnding } from '../ports.js';
import type { Account, Holding } from '#kernel';
import type { Shown, ShownKind, View } from '../model/view.js';

/** What a seat draws over the session for itself: a message, a prompt, a list. */
export interface Overlay {
  /** The picture with the overlay on it. Drawing the same base again gives the same object, until it changed. */
  draw(base: Picture): Picture;
}

const BELL = Uint8Array.of(0x07);

export interface FrameSenderDeps {
  readonly view: View;
  readonly term: TermCapabilities;
  readonly sink: JoinerSink;
  readonly encode: (from: Picture | undefined, to: Picture, term: TermCapabilities) => Uint8Array;
  /** Whether to show italics as standout, now. */
  readonly standout: () => boolean;
  /** Counts a picture that no other terminal shows. */
  readonly account: Account;
  /** More would have to wait for this terminal than is allowed. */
  readonly full: () => void;
  /** Where a fault in what the terminal asks for stops. */
  readonly run: (what: string, act: () => void) => void;
}

/**
 * A joiner's terminal: knows the picture that it shows, and sends it the newest one when it is ready. While it is behind,
 * frames are skipped, and it costs only the picture that it shows.
 */
export class FrameSender {
  /** What the terminal shows, if that is a picture of the view. */
  #shown: Shown | undefined;
  /** The same with an overlay, which no other terminal shows. */
  #withOverlay: Picture | undefined;
  readonly #withOverlayBytes: Holding;
  /** What waits for the terminal. */
  readonly #queue: Holding;
  private view: View;
  readonly term: TermCapabilities;
  /** The terminal for which that was drawn. */
  #drawnFor: TermCapabilities | undefined;
  /** How often the bell had rung in the last picture: a complete redraw must not swallow bells since then. */
  #shownBells: number | undefined;
  #behind = false;
  #overlay: Overlay | undefined;
  #cover: Overlay | undefined;
  #ended = false;
  /** The last bytes that `send` got while the terminal could not take them. */
  #unsent: Uint8Array | undefined;

  constructor(private readonly deps: FrameSenderDeps) {
    this.view = deps.view;
    this.term = deps.term;
    this.#withOverlayBytes = deps.account.hold('pictures');
    this.#queue = deps.account.hold('queues');
    deps.sink.write(enterSequence(deps.term));
    deps.sink.onReady(() => deps.run('ready', () => this.#ready()));
  }

  #ready(): void {
    this.#queue.release();
    const unsent = this.#unsent;
    this.#unsent = undefined;
    if (unsent !== undefined) this.send(unsent);
    if (this.#behind) this.show();
  }

  /** Whether the terminal waits for a frame that it could not take yet. */
  get behind(): boolean {
    return this.#behind;
  }

  /** From now on, draws `overlay` over the session, or nothing. Shows it at once. */
  setOverlay(overlay: Overlay | undefined): void {
    this.#overlay = overlay;
    this.show();
  }

  /** Draws `cover` in place of the session, below the overlay; with undefined, the session again. */
  setCover(cover: Overlay | undefined): void {
    if (cover === this.#cover) return;
    this.#cover = cover;
    this.show();
  }

  /** The terminal has another size: nothing of what it shows can be relied on. */
  setView(view: View): void {
    if (view === this.view) return this.repaint();
    const { current } = this;
    this.#forget();
    this.view = view;
    if (current !== undefined) this.send(colourReset(current, this.term));
    this.show();
  }

  /** Forgets what the terminal shows, and draws everything. */
  repaint(): void {
    // A frame from nothing takes the cursor's colour to be the terminal's own.
    const { current } = this;
    if (current !== undefined) this.send(colourReset(current, this.term));
    this.#forget();
    this.show();
  }

  /** The picture that the terminal shows; undefined if that is not known, or was dropped. */
  get current(): Picture | undefined {
    return this.#withOverlay ?? this.#shown?.picture;
  }

  #forget(): void {
    this.view.release(this.#shown);
    this.#shown = undefined;
    this.#withOverlay = undefined;
    this.#withOverlayBytes.release();
  }

  #showed(target: Picture, base: Picture): void {
    if (target === base) {
      this.#withOverlay = undefined;
      this.#withOverlayBytes.release();
      this.#shown = this.view.show(this.#shown);
      return;
    }
    this.view.release(this.#shown);
    this.#shown = undefined;
    this.#withOverlay = this.#withOverlayBytes.trySet(screenBytes(this.view.cols, this.view.rows)) ? target : undefined;
  }

  /** Takes the terminal to the newest picture. */
  show(): ShownKind {
    if (this.#ended) return 'same';
    const base = this.view.picture;
    const under = this.#cover?.draw(base) ?? base;
    const target = this.#overlay?.draw(under) ?? under;
    const { sink, encode, standout } = this.deps;
    const term = standout() ? withoutItalics(this.term) : this.term;
    const from = term === this.#drawnFor ? this.current : undefined;
    if (target === from) {
      this.#behind = false;
      return 'same';
    }
    if (!sink.ready) {
      this.#behind = true;
      return 'skipped';
    }
    const bytes = target === base ? this.view.frame(from, term) : encode(from, target, term);
    const rings = from === undefined && this.#shownBells !== undefined && target.bells > this.#shownBells;
    this.#behind = false;
    this.#showed(target, base);
    this.#drawnFor = term;
    this.#shownBells = target.bells;
    if (bytes.length > 0) this.#write(bytes);
    if (rings) this.#write(BELL);
    return from === undefined ? 'repaint' : 'delta';
  }

  /** Sends something that is not part of a picture, such as new clipboard contents; if several wait, only the last one. */
  send(bytes: Uint8Array): void {
    if (this.#ended || bytes.length === 0) return;
    if (this.deps.sink.ready) this.#write(bytes);
    else this.#unsent = bytes;
  }

  /**
   * Counts what waits if the terminal cannot take more now: a terminal that reads costs nothing, so others that do not read
   * cannot take its room.
   */
  #write(bytes: Uint8Array): void {
    const { sink, full } = this.deps;
    if (this.#ended) return;
    sink.write(bytes);
    if (!this.#queue.trySet(sink.ready ? 0 : (sink.held ?? 0))) full();
  }

  /** Restores the terminal's state, with one last line for the person at it. */
  end(ending: SeatEnding, text: string, why?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    const last = new TextEncoder().encode(`${text}\r\n`);
    const leave = leaveSequence(this.term, this.current);
    this.#forget();
    this.#queue.release();
    const bytes = new Uint8Array(leave.length + last.length);
    bytes.set(leave);
    bytes.set(last, leave.length);
    this.deps.sink.end(ending, bytes, why);
  }
}
