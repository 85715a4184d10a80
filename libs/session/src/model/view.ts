import { uncounted, type Account, type Holding } from '#kernel';
import { encodeFrame, screenBytes, type Picture, type TermCapabilities } from '#screen';

/** Draws the session for a terminal of a size; lines that did not change since `previous` are the same objects. */
export type Compose = (cols: number, rows: number, previous: Picture | undefined) => Picture;

/** What a frame took, for the metrics. */
export type FrameKind = 'delta' | 'repaint';

/** The result of sending a frame. */
export type ShownKind = FrameKind | 'skipped' | 'same';

/** A view's own pictures: the newest, the one that is being drawn, and the frames of the window around the panes. */
const OWN_PICTURES = 3;
/** Frames that are kept for other terminals of the kind, in bytes: those of a crowd that is behind by as many pictures. */
const MAX_FRAME_BYTES = 1024 * 1024;

/**
 * A picture that some terminals show. It is missing if there was no room for it any more: these terminals are redrawn
 * completely.
 */
export interface Shown {
  readonly picture: Picture | undefined;
}

class ShownPicture implements Shown {
  terminals = 0;
  picture: Picture | undefined;

  constructor(picture: Picture) {
    this.picture = picture;
  }
}

export interface ViewOptions {
  readonly cols: number;
  readonly rows: number;
  readonly compose: Compose;
  readonly account: Account;
}

/**
 * The session as terminals of one size see it: one picture for all of them, and for all that are at the same picture and
 * have terminals of the same kind one computed frame. Older pictures stay while some terminal shows them and there is room.
 */
export class View {
  #picture: Picture | undefined;
  /** Frames that lead to `#picture`, by the terminal's kind, then by the picture they start from. */
  readonly #frames = new Map<string, Map<Picture | undefined, Uint8Array>>();
  #frameBytes = 0;
  /** The pictures that terminals show, the oldest first. */
  readonly #shown = new Map<Picture, ShownPicture>();
  #newest: ShownPicture | undefined;
  #disposed = false;
  readonly #pictures: Holding;
  readonly #pictureBytes: number;
  /** The frame that was asked for last. */
  #last:
    | {
        readonly from: Picture | undefined;
        readonly to: Picture;
        readonly key: string;
        readonly bytes: Uint8Array;
      }
    | undefined;

  constructor(
    readonly cols: number,
    readonly rows: number,
    private readonly compose: Compose,
    account: Account = uncounted(),
  ) {
    this.#pictures = account.hold('pictures');
    this.#pictureBytes = screenBytes(cols, rows);
  }

  /** A view, if there is room for its pictures. */
  static open({ cols, rows, compose, account }: ViewOptions): View | undefined {
    const view = new View(cols, rows, compose, account);
    return view.#pictures.trySet(OWN_PICTURES * view.#pictureBytes) ? view : undefined;
  }

  /** No terminal uses it any more. */
  dispose(): void {
    this.#disposed = true;
    this.#pictures.release();
    this.#shown.clear();
  }

  /** The newest picture. */
  get picture(): Picture {
    return this.#picture ?? this.update();
  }

  /** Draws and returns the newest picture; the previous one if nothing changed. */
  update(): Picture {
    const picture = this.compose(this.cols, this.rows, this.#picture);
    if (picture !== this.#picture) {
      this.#picture = picture;
      this.#forgetFrames();
      this.#last = undefined;
    }
    return picture;
  }

  /** A terminal that showed `before` shows the newest picture from now on. */
  show(before: Shown | undefined): Shown {
    const { picture } = this;
    if (before?.picture === picture) return before;
    this.release(before);
    if (this.#newest?.picture !== picture) {
      this.#newest = new ShownPicture(picture);
      this.#shown.set(picture, this.#newest);
      this.#makeRoom();
    }
    this.#newest.terminals += 1;
    return this.#newest;
  }

  /** A terminal does not show `shown` any more. */
  release(shown: Shown | undefined): void {
    if (!(shown instanceof ShownPicture) || --shown.terminals > 0 || shown.picture === undefined) return;
    this.#shown.delete(shown.picture);
    if (this.#newest === shown) this.#newest = undefined;
    this.#pictures.trySet(this.#wantedBytes);
  }

  /** The bytes that take a terminal of that kind from `from` (undefined: anything) to the newest picture. */
  frame(from: Picture | undefined, term: TermCapabilities): Uint8Array {
    const to = this.picture;
    const last = this.#last;
    // Most joiners have the same kind of terminal and are at the same picture: they need not even look it up.
    if (last !== undefined && last.to === to && last.from === from && last.key === term.key) return last.bytes;
    const bytes = this.#frames.get(term.key)?.get(from) ?? this.#encode(from, to, term);
    this.#last = { from, to, key: term.key, bytes };
    return bytes;
  }

  #encode(from: Picture | undefined, to: Picture, term: TermCapabilities): Uint8Array {
    const bytes = encodeFrame(from, to, term);
    if (this.#frameBytes + bytes.length > MAX_FRAME_BYTES) this.#forgetFrames();
    this.#frameBytes += bytes.length;
    let frames = this.#frames.get(term.key);
    if (frames === undefined) this.#frames.set(term.key, (frames = new Map()));
    frames.set(from, bytes);
    return bytes;
  }

  #forgetFrames(): void {
    this.#frames.clear();
    this.#frameBytes = 0;
  }

  /** The newest is the view's own. */
  get #wantedBytes(): number {
    if (this.#disposed) return 0;
    return (OWN_PICTURES + Math.max(0, this.#shown.size - 1)) * this.#pictureBytes;
  }

  #makeRoom(): void {
    for (const [picture, shown] of this.#shown) {
      if (this.#pictures.trySet(this.#wantedBytes) || shown === this.#newest) return;
      this.#shown.delete(picture);
      shown.picture = undefined;
    }
  }
}
