import {
  Attr,
  COLOUR_BASIC,
  COLOUR_KIND_MASK,
  COLOUR_RGB,
  COLOUR_VALUE_MASK,
  DEFAULT_COLOUR,
  type Colour,
} from '#tmux';
import type { ByteSink } from './byte-sink.js';
import type { TermCapabilities } from './capabilities.js';

/** SGR parameters that set and take back an attribute; bright and dim go together. */
const ATTRIBUTES: readonly (readonly [bit: number, on: number, off: number])[] = [
  [Attr.bright, 1, 22],
  [Attr.dim, 2, 22],
  [Attr.italics, 3, 23],
  [Attr.underscore, 4, 24],
  [Attr.blink, 5, 25],
  [Attr.reverse, 7, 27],
  [Attr.hidden, 8, 28],
];
const WEIGHT = Attr.bright | Attr.dim;
/** What shows on a blank besides its background. */
const ON_BLANKS = Attr.underscore | Attr.reverse;

/** The graphic rendition a terminal is in, and the shortest way to another one. */
export class Pen {
  #attr = 0;
  #fg: Colour = DEFAULT_COLOUR;
  #bg: Colour = DEFAULT_COLOUR;
  #changes = 0;
  readonly #delta: number[] = [];
  readonly #whole: number[] = [];

  constructor(
    private readonly sink: ByteSink,
    private readonly term: TermCapabilities,
  ) {}

  /** Grows with every change. */
  get changes(): number {
    return this.#changes;
  }

  /** The terminal was put into no rendition by other means. */
  restart(): void {
    this.#attr = 0;
    this.#fg = DEFAULT_COLOUR;
    this.#bg = DEFAULT_COLOUR;
    this.#changes++;
  }

  is(attr: number, fg: Colour, bg: Colour): boolean {
    return this.#attr === attr && this.#fg === fg && this.#bg === bg;
  }

  /** Whether a blank of background `bg` can be written, or erased to, as it is. */
  suitsBlank(bg: Colour): boolean {
    return this.#bg === bg && (this.#attr & ON_BLANKS) === 0;
  }

  set(attr: number, fg: Colour, bg: Colour): void {
    if (this.is(attr, fg, bg)) return;
    const cost = this.#plan(attr, fg, bg);
    this.#write(cost.delta <= cost.whole ? this.#delta : this.#whole);
    this.#attr = attr;
    this.#fg = fg;
    this.#bg = bg;
    this.#changes++;
  }

  /** Makes the pen fit for a blank of background `bg`; what does not show on one may stay. */
  setBlank(bg: Colour): void {
    if (this.suitsBlank(bg)) return;
    const attr = this.#attr & ~ON_BLANKS;
    const kept = this.#plan(attr, this.#fg, bg);
    const plain = this.#plan(0, DEFAULT_COLOUR, bg);
    if (Math.min(kept.delta, kept.whole) < Math.min(plain.delta, plain.whole)) this.set(attr, this.#fg, bg);
    else this.set(0, DEFAULT_COLOUR, bg);
  }

  reset(): void {
    this.set(0, DEFAULT_COLOUR, DEFAULT_COLOUR);
  }

  /** Fills `#delta` and `#whole` with the parameters of both ways to a rendition; answers their lengths in bytes. */
  #plan(attr: number, fg: Colour, bg: Colour): { delta: number; whole: number } {
    const { term } = this;
    const delta = this.#delta;
    const whole = this.#whole;
    delta.length = 0;
    whole.length = 0;
    whole.push(0);
    const removed = this.#attr & ~attr;
    // Taking bright back takes dim back too, and the other way round.
    const had = (removed & WEIGHT) === 0 ? this.#attr : this.#attr & ~WEIGHT;
    let impossible = removed !== 0 && !term.attributesOff;
    const toDefault = (fg !== this.#fg && fg === DEFAULT_COLOUR) || (bg !== this.#bg && bg === DEFAULT_COLOUR);
    if (removed === 0 && !toDefault) {
      // Only more than there was: nothing is shorter than to add it.
      for (const [bit, on] of ATTRIBUTES) if ((attr & ~this.#attr & bit) !== 0) delta.push(on);
      if (fg !== this.#fg) pushColour(delta, fg, 30);
      if (bg !== this.#bg) pushColour(delta, bg, 40);
      return { delta: lengthOf(delta), whole: Infinity };
    }
    if ((removed & WEIGHT) !== 0) delta.push(22);
    for (const [bit, on, off] of ATTRIBUTES) {
      if ((attr & bit) !== 0) {
        whole.push(on);
        if ((had & bit) === 0) delta.push(on);
      } else if ((removed & bit) !== 0 && (bit & WEIGHT) === 0) delta.push(off);
    }
    if (fg !== this.#fg) pushColour(delta, fg, 30);
    if (bg !== this.#bg) pushColour(delta, bg, 40);
    if (fg !== DEFAULT_COLOUR) pushColour(whole, fg, 30);
    if (bg !== DEFAULT_COLOUR) pushColour(whole, bg, 40);
    if (toDefault && !term.coloursOff) impossible = true;
    return { delta: impossible ? Infinity : lengthOf(delta), whole: lengthOf(whole) };
  }

  #write(parameters: readonly number[]): void {
    const { sink } = this;
    sink.byte(0x1b);
    sink.byte(0x5b);
    for (const [index, parameter] of parameters.entries()) {
      if (index > 0) sink.byte(0x3b);
      // A missing first parameter is 0: reset.
      if (parameter !== 0 || index > 0) sink.number(parameter);
    }
    sink.byte(0x6d);
  }
}

function pushColour(parameters: number[], colour: Colour, base: 30 | 40): void {
  const kind = colour & COLOUR_KIND_MASK;
  const value = colour & COLOUR_VALUE_MASK;
  if (kind === DEFAULT_COLOUR) parameters.push(base + 9);
  else if (kind === COLOUR_BASIC) parameters.push(value < 8 ? base + value : base + 52 + (value & 15));
  else if (kind === COLOUR_RGB) parameters.push(base + 8, 2, value >> 16, (value >> 8) & 0xff, value & 0xff);
  else parameters.push(base + 8, 5, value & 0xff);
}

/** Bytes of the parameters with what separates them; the frame around them is always three. */
function lengthOf(parameters: readonly number[]): number {
  let length = parameters.length - 1;
  for (const [index, parameter] of parameters.entries()) {
    if (parameter === 0 && index === 0) continue;
    length += parameter < 10 ? 1 : parameter < 100 ? 2 : 3;
  }
  return length;
}
