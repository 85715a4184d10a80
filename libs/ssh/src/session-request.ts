import type { PtyData } from 'ssh2/lib/protocol/Protocol.js';

/** A terminal's size in cells, as the client says it: unchecked, up to 2^32-1. */
export interface PtySize {
  readonly cols: number;
  readonly rows: number;
}

/** Variables a client may set: those that say what its terminal can show. */
const ACCEPTED_ENV = /^(LANG|LC_[A-Z]{1,20}|COLORTERM)$/;
const MAX_ENV = 16;
const MAX_VALUE_LENGTH = 128;
const PRINTABLE = /^[\x20-\x7e]*$/;

/** What a client said of its terminal before it asked for a shell (RFC 4254 6.2, 6.4). */
export class TerminalRequest {
  #term: string | undefined;
  #size: PtySize | undefined;
  #env: Map<string, string> | undefined;

  /** A pty-req: the last one counts. */
  pty({ term, cols, rows }: PtyData): void {
    this.#term = term.length <= MAX_VALUE_LENGTH && PRINTABLE.test(term) ? term : '';
    this.#size = { cols, rows };
  }

  /** A window-change that came before the shell. */
  resize({ cols, rows }: PtySize): void {
    if (this.#size !== undefined) this.#size = { cols, rows };
  }

  /** @returns whether the variable was taken; others are refused, as sshd does */
  setEnv(name: string, value: string): boolean {
    if (!ACCEPTED_ENV.test(name) || value.length > MAX_VALUE_LENGTH || !PRINTABLE.test(value)) return false;
    this.#env ??= new Map();
    if (this.#env.size >= MAX_ENV && !this.#env.has(name)) return false;
    this.#env.set(name, value);
    return true;
  }

  /** The TERM of the client; undefined without a pty, empty where it was not printable or too long. */
  get term(): string | undefined {
    return this.#term;
  }

  get size(): PtySize | undefined {
    return this.#size;
  }

  get env(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#env ?? []);
  }
}
