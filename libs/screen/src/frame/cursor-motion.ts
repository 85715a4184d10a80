import type { ByteSink } from './byte-sink.js';

/** A column or a line that is not known. */
export const UNKNOWN = -1;
const BRACKET = 0x5b;

/** Digits of a number below 10,000. */
export function digits(value: number): number {
  return value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : 4;
}

/** The shortest way of a cursor from one cell to another. */
export class CursorMotion {
  constructor(
    private readonly sink: ByteSink,
    private readonly columnAddress: boolean,
  ) {}

  /** Moves from a place, of which column or line may be `UNKNOWN`, to `x`, `y`. */
  move(fromX: number, fromY: number, x: number, y: number): void {
    const absolute = 3 + (y === 0 && x === 0 ? 0 : digits(y + 1) + (x === 0 ? 0 : 1 + digits(x + 1)));
    const vertical = fromY === UNKNOWN ? Infinity : verticalCost(y - fromY);
    // A move up or down keeps the column, unless a wrap is pending there: then it begins at the first.
    const kept = vertical + this.#alongCost(fromX, x);
    const fromFirst = 1 + vertical + this.#alongCost(0, x);
    if (Math.min(kept, fromFirst) >= absolute) {
      this.#absolute(x, y);
      return;
    }
    if (kept > fromFirst) this.sink.byte(0x0d);
    this.#vertical(y - fromY);
    this.#along(kept > fromFirst ? 0 : fromX, x);
  }

  /** Bytes of a move within a line. */
  alongCost(from: number, to: number): number {
    return Math.min(this.#alongCost(from, to), 1 + this.#alongCost(0, to));
  }

  #absolute(x: number, y: number): void {
    this.sink.escape(BRACKET);
    if (y > 0 || x > 0) this.sink.number(y + 1);
    if (x > 0) {
      this.sink.byte(0x3b);
      this.sink.number(x + 1);
    }
    this.sink.byte(0x48);
  }

  #vertical(dy: number): void {
    if (dy < 0) this.sink.csi(-dy, 0x41);
    for (let i = 0; i < dy; i++) this.sink.byte(0x0a);
  }

  /** Without a carriage return. */
  #alongCost(from: number, to: number): number {
    if (from === to) return 0;
    const steps = from === UNKNOWN ? Infinity : Math.abs(to - from);
    const least = Math.min(this.#columnCost(to), relativeCost(steps));
    return to < from ? Math.min(least, steps) : least;
  }

  #along(from: number, to: number): void {
    if (from === to) return;
    const steps = from === UNKNOWN ? Infinity : Math.abs(to - from);
    const column = this.#columnCost(to);
    const relative = relativeCost(steps);
    if (to < from && steps <= Math.min(relative, column)) {
      for (let i = 0; i < steps; i++) this.sink.byte(0x08);
    } else if (relative <= column) {
      this.sink.csi(steps, to > from ? 0x43 : 0x44);
    } else {
      this.sink.csi(to + 1, 0x47);
    }
  }

  #columnCost(x: number): number {
    return this.columnAddress ? 3 + digits(x + 1) : Infinity;
  }
}

function verticalCost(dy: number): number {
  return dy >= 0 ? dy : relativeCost(-dy);
}

function relativeCost(steps: number): number {
  if (steps === Infinity) return Infinity;
  return steps === 1 ? 3 : 3 + digits(steps);
}
