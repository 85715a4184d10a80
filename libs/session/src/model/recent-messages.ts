import type { HostMessage } from '#tmate-protocol';

/** Messages that a fault is logged with. */
const MAX_LOGGED = 20;

/** The kinds of a host's last messages, with the bytes that a pane's program printed. */
export class RecentMessages {
  readonly #types: HostMessage['type'][] = [];
  readonly #bytes: number[] = [];
  #next = 0;

  note(message: HostMessage): void {
    this.#types[this.#next] = message.type;
    this.#bytes[this.#next] = message.type === 'pty-data' ? message.data.length : 0;
    this.#next = (this.#next + 1) % MAX_LOGGED;
  }

  /** The oldest first. */
  get kinds(): readonly string[] {
    const from = this.#types.length < MAX_LOGGED ? 0 : this.#next;
    return this.#types.map((_, n) => {
      const at = (from + n) % this.#types.length;
      return this.#bytes[at] === 0 ? `${this.#types[at]}` : `${this.#types[at]} ${this.#bytes[at]}`;
    });
  }
}
