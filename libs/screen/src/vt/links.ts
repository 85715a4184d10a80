/** A link's number is 12 bits wide, and the highest are not used (`PADDING_MARK`). */
export const MAX_LINKS = 0xfbf;
/** Longest link, in bytes: what terminals take. */
export const MAX_LINK_BYTES = 2083;
/** All links of a terminal together, in characters. */
const MAX_TOTAL = 256 * 1024;

/** What a link takes besides its text, in bytes. */
const TABLE_BYTES = 100;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The links (OSC 8) of one terminal, numbered from 1. When the table is full, new ones are shown as plain text. */
export class Links {
  readonly #texts: string[] = [];
  readonly #numbers = new Map<string, number>();
  #total = 0;

  /** What they take, with their places in two tables. */
  get bytes(): number {
    return this.#total + this.#texts.length * TABLE_BYTES;
  }

  /** Number of the link that `OSC 8 ; params ; URI` begins; 0 ends one. */
  open(rest: Uint8Array): number {
    const semicolon = rest.indexOf(0x3b);
    if (semicolon < 0 || rest.length - semicolon - 1 > MAX_LINK_BYTES) return 0;
    try {
      return this.add(decoder.decode(rest.subarray(semicolon + 1)));
    } catch (error) {
      if (error instanceof TypeError) return 0;
      throw error;
    }
  }

  /** Number of the link to `uri`; 0 if it cannot be one. */
  add(uri: string): number {
    const known = this.#numbers.get(uri);
    if (known !== undefined) return known;
    // Only printable ASCII may reach a joiner's terminal.
    if (uri === '' || /[^\u0021-\u007e]/.test(uri)) return 0;
    if (this.#texts.length >= MAX_LINKS || this.#total + uri.length > MAX_TOTAL) return 0;
    this.#total += uri.length;
    this.#texts.push(uri);
    this.#numbers.set(uri, this.#texts.length);
    return this.#texts.length;
  }

  /** The address of link `number`. */
  get(number: number): string | undefined {
    return this.#texts[number - 1];
  }

  /** All, in the order of their numbers. */
  get all(): readonly string[] {
    return this.#texts;
  }
}
