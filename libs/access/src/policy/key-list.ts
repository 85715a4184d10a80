import { fingerprint, parseAuthorizedKey, type AuthorizedKey } from '#keys';
import { keySource, sourceParts } from './key-sources.js';

/** All lines of one session's keys together: the policy travels in the directory's record (at most 256 KiB). */
export const MAX_KEY_TEXT = 128 * 1024;
/** Keys of one session; as many lines may be refused again, with a notice each. */
export const MAX_SESSION_KEYS = 256;
/** Sources that a session may fetch keys from. */
export const MAX_SOURCES = 8;

/** The keys that a host admits: its own lines, and those that people publish at a code host. */
export class KeyList {
  #own: readonly AuthorizedKey[] = [];
  #sources: ReadonlyMap<string, readonly AuthorizedKey[]> = new Map();

  /** At most `MAX_SESSION_KEYS` keys and `MAX_KEY_TEXT` characters; the host was told about those that do not fit. */
  get keys(): readonly AuthorizedKey[] {
    return fitting([...this.#own, ...[...this.#sources.values()].flat()]);
  }

  /** The sources to fetch keys from, `github:NAME`. */
  get sources(): readonly string[] {
    return [...this.#sources.keys()];
  }

  /** Which of the sources may be people, who sign in at that provider: their sign-in counts as one of their keys. */
  people(providers: ReadonlySet<string>): readonly string[] {
    return this.sources.filter((source) => providers.has(sourceParts(source)?.forge ?? ''));
  }

  clear(): void {
    this.#own = [];
    this.#sources = new Map();
  }

  /**
   * Takes a line of authorized keys or a source; `-` before one withdraws it, by its line, its fingerprint or its source; `none`
   * withdraws all. Returns what the host should be told.
   */
  set(value: string): readonly string[] {
    const text = value.trim();
    if (text === 'none') return this.#withdrawAll();
    if (text.startsWith('-')) return [`tmate-set authorized-keys: ${this.#withdraw(text.slice(1).trim())}`];
    const source = keySource(value);
    return source === undefined ? this.#addLine(value) : this.#addSource(source);
  }

  /**
   * Takes what a source publishes now; lines that are not keys are ignored silently. Returns whether the host still wants this
   * source.
   */
  found(source: string, lines: readonly string[]): boolean {
    if (!this.#sources.has(source)) return false;
    // People publish their own keys; only the host may name a CA.
    const keys = lines.flatMap((line) => parseAuthorizedKey(line).key ?? []).filter((key) => !key.options.authority);
    this.#sources = new Map([...this.#sources, [source, keys]]);
    return true;
  }

  #addLine(line: string): readonly string[] {
    const { key, notices } = parseAuthorizedKey(line);
    if (key === undefined) return notices;
    if (fitting([...this.#own, key]).length === this.#own.length) return [TOO_MANY_KEYS];
    this.#own = [...this.#own, key];
    return notices;
  }

  #addSource(source: string): readonly string[] {
    if (!this.#sources.has(source) && this.#sources.size >= MAX_SOURCES) {
      return [`${source} is ignored: keys come from at most ${MAX_SOURCES} sources`];
    }
    this.#sources = new Map([[source, []], ...this.#sources]);
    return [];
  }

  #withdrawAll(): readonly string[] {
    this.clear();
    return [`tmate-set authorized-keys: all keys are removed; ${STAY}`];
  }

  #withdraw(which: string): string {
    const source = keySource(which);
    if (source !== undefined && this.#sources.has(source)) {
      this.#sources = new Map([...this.#sources].filter(([name]) => name !== source));
      return `the keys of ${source} were removed and no longer admit anybody; ${STAY}`;
    }
    const blob = parseAuthorizedKey(which).key?.key.blob;
    const isMeant = ({ key }: AuthorizedKey): boolean =>
      blob === undefined ? fingerprint(key.blob) === which : Buffer.compare(key.blob, blob) === 0;
    const left = this.#own.filter((key) => !isMeant(key));
    const count = this.#own.length - left.length;
    if (count === 0) return 'there is no such key: nothing was removed';
    this.#own = left;
    const what =
      count === 1
        ? '1 key was removed and no longer admits'
        : `${count} lines with that key were removed and no longer admit`;
    return `${what} anybody; ${STAY}`;
  }
}

const STAY = 'people who are in the session stay';
const TOO_MANY_KEYS = `an authorized key is ignored: at most ${MAX_SESSION_KEYS} keys, ${MAX_KEY_TEXT / 1024} KiB in all`;

/** As many of `keys` as one session may have, from the first. */
function fitting(keys: readonly AuthorizedKey[]): readonly AuthorizedKey[] {
  let text = 0;
  const end = keys.findIndex(({ line }, at) => at >= MAX_SESSION_KEYS || (text += line.length) > MAX_KEY_TEXT);
  return end < 0 ? keys : keys.slice(0, end);
}
