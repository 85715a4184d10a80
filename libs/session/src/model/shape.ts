import type { HostMessage } from '#tmate-protocol';
import type { SessionFault } from '../observer.js';
import type { SessionModel } from './session-model.js';

/** Messages and panes that a fault is logged with. */
const MAX_TOLD = 20;

/** The kinds of a host's last messages, with the bytes that a pane's program printed. */
export class RecentMessages {
  readonly #types: HostMessage['type'][] = [];
  readonly #bytes: number[] = [];
  #next = 0;

  note(message: HostMessage): void {
    this.#types[this.#next] = message.type;
    this.#bytes[this.#next] = message.type === 'pty-data' ? message.data.length : 0;
    this.#next = (this.#next + 1) % MAX_TOLD;
  }

  /** The oldest first. */
  get kinds(): readonly string[] {
    const from = this.#types.length < MAX_TOLD ? 0 : this.#next;
    return this.#types.map((_, n) => {
      const at = (from + n) % this.#types.length;
      return this.#bytes[at] === 0 ? `${this.#types[at]}` : `${this.#types[at]} ${this.#bytes[at]}`;
    });
  }
}

/** What it takes to do what was done to a model once more: sizes and kinds, nothing that a terminal shows. */
export function shapeOf({ version, windows, recent }: SessionModel): SessionFault['state'] {
  const panes = [...windows.panes].slice(0, MAX_TOLD);
  return {
    host: `${version?.clientVersion ?? 'unknown'}, protocol ${version?.protocolVersion ?? 'unknown'}`,
    window: `${windows.cols}x${windows.rows}`,
    windows: windows.list.length,
    panes: panes.map(({ id, rect, asleep, copy }) => {
      const place = `${rect.cols}x${rect.rows}+${rect.x}+${rect.y}`;
      return `${id}: ${place}${asleep ? ' asleep' : ''}${copy === undefined ? '' : ' copy mode'}`;
    }),
    messages: recent.kinds,
  };
}
