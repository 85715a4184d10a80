/** More than 23 parameters and the host ignores the sequence. */
export const MAX_PARAMS = 24;
/** Characters of all parameters together; one more and the host ignores the sequence. */
export const MAX_PARAM_CHARS = 63;
const INT_MAX = 0x7fffffff;

/** The parameters of a control sequence as they come in: -1 is one left out. */
export class Params {
  readonly values = new Int32Array(MAX_PARAMS);
  length = 0;
  /** Characters so far. */
  chars = 0;
  /** The sequence must be ignored. */
  invalid = false;
  #current = -1;

  clear(): void {
    this.length = 0;
    this.chars = 0;
    this.invalid = false;
    this.#current = -1;
  }

  /** Takes a digit or `;`. */
  add(byte: number): void {
    if (this.chars === MAX_PARAM_CHARS) {
      this.invalid = true;
      return;
    }
    this.chars++;
    if (byte === 0x3b) {
      this.#push();
      return;
    }
    const value = (this.#current < 0 ? 0 : this.#current * 10) + byte - 0x30;
    if (value > INT_MAX) {
      this.invalid = true;
      return;
    }
    this.#current = value;
  }

  /**
   * Reads all parameters from `data` in one pass; returns where they end, or -1 if they reach the end of the data or a limit,
   * and must be read one character at a time.
   */
  scan(data: Uint8Array, from: number): number {
    let count = 0;
    let value = -1;
    let i = from;
    for (; i < data.length; i++) {
      const digit = (data[i] ?? 0) - 0x30;
      if (digit >= 0 && digit <= 9) value = value < 0 ? digit : value * 10 + digit;
      else if (digit === 11 && count < MAX_PARAMS - 2) {
        this.values[count++] = value;
        value = -1;
      } else break;
      if (value > INT_MAX) return -1;
    }
    if (i === data.length || i - from > MAX_PARAM_CHARS) return -1;
    this.clear();
    if (i > from) this.values[count++] = value;
    this.length = count;
    return i;
  }

  /** Ends the last parameter; false if the sequence must be ignored. */
  finish(): boolean {
    if (this.chars > 0) this.#push();
    return !this.invalid;
  }

  /** Numbers that say all there is, for `restore`. */
  save(): readonly number[] {
    return [
      this.chars,
      this.invalid ? 1 : 0,
      this.#current + 1,
      ...this.values.subarray(0, this.length).map((n) => n + 1),
    ];
  }

  restore([chars = 0, invalid = 0, current = 0, ...values]: readonly number[]): void {
    this.chars = chars;
    this.invalid = invalid === 1;
    this.#current = current - 1;
    this.length = Math.min(values.length, MAX_PARAMS - 1);
    for (let i = 0; i < this.length; i++) this.values[i] = (values[i] ?? 0) - 1;
  }

  #push(): void {
    if (this.length >= MAX_PARAMS - 1) {
      this.invalid = true;
      return;
    }
    this.values[this.length++] = this.#current;
    this.#current = -1;
  }
}

/** Parameter `index`, at least `minimum`; `fallback` where it was left out. */
export function paramOf(params: Params, index: number, minimum: number, fallback: number): number {
  if (index >= params.length) return fallback;
  const value = params.values[index] ?? -1;
  if (value === -1) return fallback;
  return value < minimum ? minimum : value;
}
