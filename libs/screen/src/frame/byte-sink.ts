/** Room before the first byte, for a prefix that is known only after the rest is written. */
const HEADROOM = 64;

const encoder = new TextEncoder();

/** Collects a frame's bytes. One is used again and again: its memory grows to the largest frame and stays. */
export class ByteSink {
  #bytes = new Uint8Array(4096);
  #start = HEADROOM;
  #end = HEADROOM;

  get length(): number {
    return this.#end - this.#start;
  }

  clear(): void {
    this.#start = HEADROOM;
    this.#end = HEADROOM;
  }

  byte(value: number): void {
    if (this.#end === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#end++] = value;
  }

  /** Adds ASCII text. */
  ascii(text: string): void {
    this.#grow(text.length);
    for (let i = 0; i < text.length; i++) this.#bytes[this.#end++] = text.charCodeAt(i);
  }

  /** Adds a number, below 100,000,000, in decimal. */
  number(value: number): void {
    let unit = 1;
    while (unit * 10 <= value) unit *= 10;
    for (let rest = value; unit >= 1; unit /= 10) {
      const digit = Math.floor(rest / unit);
      this.byte(0x30 + digit);
      rest -= digit * unit;
    }
  }

  /** ESC and one or two bytes. */
  escape(first: number, second?: number): void {
    this.byte(0x1b);
    this.byte(first);
    if (second !== undefined) this.byte(second);
  }

  /** CSI with one parameter, which is left out if it is 1. */
  csi(parameter: number, final: number): void {
    this.escape(0x5b);
    if (parameter !== 1) this.number(parameter);
    this.byte(final);
  }

  /** Adds a character as UTF-8. */
  codePoint(value: number): void {
    if (value < 0x80) {
      this.byte(value);
      return;
    }
    if (value < 0x800) {
      this.byte(0xc0 | (value >> 6));
    } else {
      if (value < 0x10000) {
        this.byte(0xe0 | (value >> 12));
      } else {
        this.byte(0xf0 | (value >> 18));
        this.byte(0x80 | ((value >> 12) & 0x3f));
      }
      this.byte(0x80 | ((value >> 6) & 0x3f));
    }
    this.byte(0x80 | (value & 0x3f));
  }

  /** Adds text as UTF-8. */
  text(text: string): void {
    const bytes = encoder.encode(text);
    this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Puts ASCII text before all that was written; all of it together must be shorter than 64 bytes. */
  prepend(text: string): void {
    if (text.length > this.#start) throw new RangeError('no headroom left');
    for (let i = text.length - 1; i >= 0; i--) this.#bytes[--this.#start] = text.charCodeAt(i);
  }

  /** A copy of what was written. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(this.#start, this.#end);
  }

  #grow(extra: number): void {
    if (this.#end + extra <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#end + extra));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
