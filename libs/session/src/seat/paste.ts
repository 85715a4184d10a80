import type { ServerMessage } from '#tmate-protocol';

/** A paste of up to this many characters goes to the host as keys, like what is typed. */
export const MAX_PASTED_KEYS = 64;

/** How much of a paste goes into one message, in UTF-16 units: far below what a host's command may have. */
const PIECE = 16 * 1024;

/**
 * The host's buffers have one set of names for the joiners of all edges, so a seat's have its participant's id in them: two seats
 * that paste or copy at once must not fill each other's.
 */
const bufferOf = (use: 'paste' | 'copy', owner: string): string => `shipmate-${use}-${owner}`;

/**
 * The commands that put a text into the host's buffers: a new one, or that of a name. A long text goes in pieces, and
 * needs a name for that: one for each seat (`owner`, its participant's id).
 */
export function setBuffer(text: string, owner: string, name?: string): string[][] {
  const wanted = text.length <= PIECE ? name : (name ?? bufferOf('copy', owner));
  const commands: string[][] = [];
  for (let rest = text; rest !== '';) {
    const length = rest.length <= PIECE ? rest.length : cutBefore(rest, PIECE);
    const flags = [...(commands.length > 0 ? ['-a'] : []), ...(wanted === undefined ? [] : ['-b', wanted])];
    commands.push(['set-buffer', ...flags, '--', rest.slice(0, length)]);
    rest = rest.slice(length);
  }
  return commands;
}

/**
 * What was pasted at a seat, on its way to the host. A large paste is not sent as a million keys. It goes into a buffer of the
 * host, piece by piece, and is pasted once: whole, in order, and bracketed if the program asked for that.
 */
export class PasteCollector {
  #text = '';
  #buffer: string | undefined;

  constructor(
    private readonly send: (message: ServerMessage) => void,
    private readonly clientId: number,
    /** The participant's id. */
    private readonly owner: string,
  ) {}

  /** Takes a piece; `last` ends the paste. */
  add(text: string, last: boolean): void {
    this.#text += text.replaceAll('\0', '');
    while (this.#text.length > PIECE) {
      this.#fill(cutBefore(this.#text, PIECE));
    }
    if (last) this.#end();
  }

  /** Forgets a paste of which not everything has come. */
  drop(): void {
    this.#text = '';
    this.#buffer = undefined;
  }

  #end(): void {
    if (this.#buffer === undefined && Array.from(this.#text).length <= MAX_PASTED_KEYS) {
      for (const character of this.#text) {
        this.send({ type: 'pane-key', paneId: -1, key: character.codePointAt(0) ?? 0 });
      }
    } else {
      if (this.#text !== '') this.#fill(this.#text.length);
      this.#command('paste-buffer', '-p', '-d', '-b', this.#buffer ?? '');
    }
    this.#text = '';
    this.#buffer = undefined;
  }

  #fill(length: number): void {
    const piece = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    const first = this.#buffer === undefined;
    this.#buffer ??= bufferOf('paste', this.owner);
    this.#command('set-buffer', ...(first ? [] : ['-a']), '-b', this.#buffer, '--', piece);
  }

  #command(...args: string[]): void {
    this.send({ type: 'exec-cmd', clientId: this.clientId, args });
  }
}

/** The largest length, up to `limit`, that cuts no character in two. */
function cutBefore(text: string, limit: number): number {
  const last = text.charCodeAt(limit - 1);
  return last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit;
}
