import { encodeFrame, type Picture, type TermCapabilities } from '#screen';

/** Draws the session for a terminal of a size; lines that did not change since `previous` are the same objects. */
export type Compose = (cols: number, rows: number, previous: Picture | undefined) => Picture;

/** What a frame took, for the metrics. */
export type FrameKind = 'delta' | 'repaint';

/** What became of a frame. */
export type ShownKind = FrameKind | 'skipped' | 'same';

/**
 * The session as terminals of one size see it: one picture for all of them, and for all that are at the same picture and
 * have terminals of the same kind one computed frame.
 */
export class View {
  #picture: Picture | undefined;
  /** Frames that lead to `#picture`, by the terminal's kind, then by the picture they start from. */
  readonly #frames = new Map<string, Map<Picture | undefined, Uint8Array>>();
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
  ) {}

  /** The newest picture. */
  get picture(): Picture {
    return this.#picture ?? this.update();
  }

  /** Draws anew and returns the newest picture: the one before, where nothing changed. */
  update(): Picture {
    const picture = this.compose(this.cols, this.rows, this.#picture);
    if (picture !== this.#picture) {
      this.#picture = picture;
      this.#frames.clear();
      this.#last = undefined;
    }
    return picture;
  }

  /** The bytes that take a terminal of that kind from `from` (undefined: anything) to the newest picture. */
  frame(from: Picture | undefined, term: TermCapabilities): Uint8Array {
    const to = this.picture;
    const last = this.#last;
    // Most joiners have the same kind of terminal and are at the same picture: they need not even look it up.
    if (last !== undefined && last.to === to && last.from === from && last.key === term.key) return last.bytes;
    let frames = this.#frames.get(term.key);
    if (frames === undefined) this.#frames.set(term.key, (frames = new Map()));
    let bytes = frames.get(from);
    if (bytes === undefined) frames.set(from, (bytes = encodeFrame(from, to, term)));
    this.#last = { from, to, key: term.key, bytes };
    return bytes;
  }
}
