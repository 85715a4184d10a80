import { isMouseKey, type KeyCode, type ServerMessage } from '#tmate-protocol';
import { printKey, quoteWord } from '#tmux';
import type { Pane } from '../../model/pane.js';
import type { SessionModel } from '../../model/session-model.js';
import { BorderDrag } from './border-drag.js';
import { mouseReportKeys } from './mouse-report.js';
import { paneCell, type Cell } from './mouse-target.js';
import type { MouseDrag, MouseInput } from './seat-mouse.js';

/** A buffer of the host's that a report goes through where characters would reach other panes too. */
const REPORT_BUFFER = 'shipmate-mouse';

/** What a seat lets its mouse do. */
export interface MouseActionsDeps {
  readonly clientId: number;
  readonly model: () => SessionModel;
  readonly send: (message: ServerMessage) => void;
  readonly follow: (drag: MouseDrag) => void;
  /** Offers the key to what the seat itself shows in that pane. */
  readonly paneKey: (key: KeyCode, mouse: { readonly paneId: number; readonly at: Cell | undefined }) => boolean;
  /** Begins a selection in a pane, from that cell of it; answers who follows the mouse. */
  readonly select: (pane: Pane, at: Cell) => MouseDrag | undefined;
}

/** What tmux's commands with `-M` do, and where mouse keys go that are not bound. */
export class MouseActions {
  constructor(private readonly deps: MouseActionsDeps) {}

  /**
   * The key is the pane's (`send-keys -M`): of what the seat shows in it, of its copy mode, or of its program. `entering`
   * says that a command on its way makes it enter copy mode.
   */
  forward(input: MouseInput, entering = false): void {
    const { pane } = input.target;
    if (pane === undefined) return;
    const at = paneCell(pane, input.cell);
    if (this.deps.paneKey(input.key, { paneId: pane.id, at })) return;
    if (entering || pane.copy !== undefined) this.#copyKey(pane, input);
    else if (at !== undefined) this.#report(pane, input, at);
  }

  /** `resize-pane -M` */
  dragBorder({ target, from, cell }: MouseInput): void {
    if (target.where === 'Status') return;
    const drag = new BorderDrag(this.deps.model(), from, (args) => this.#command(...args));
    this.deps.follow(drag);
    drag.moved(cell);
  }

  /** `copy-mode -M` */
  dragSelection({ target, from, cell }: MouseInput): void {
    const { pane } = target;
    const at = pane && paneCell(pane, from);
    if (pane === undefined || at === undefined) return;
    const drag = this.deps.select(pane, at);
    if (drag === undefined) return;
    this.deps.follow(drag);
    drag.moved(cell);
  }

  /**
   * Copy mode is the host's, which takes no mouse from here: it gets a key of the keyboard that does the same, if one
   * does. The host asks itself whether the mode still is there: a key too late would be typed into the program.
   */
  #copyKey(pane: Pane, input: MouseInput): void {
    const { mirror, windows } = this.deps.model();
    if (pane.copy?.asking === true) return;
    const table = mirror.options.choice('mode-keys', windows.current?.index) === 'vi' ? 'vi-copy' : 'emacs-copy';
    const wanted = mirror.modeKeys.lookup(table, input.key);
    if (wanted === undefined) return;
    if (wanted.command === 'begin-selection') {
      this.dragSelection(input);
      return;
    }
    const same = mirror.modeKeys
      .bindings(table)
      .find(
        ({ key, binding }) =>
          !isMouseKey(key) && binding.command === wanted.command && binding.argument === wanted.argument,
      );
    if (same === undefined) return;
    const target = `%${pane.id}`;
    const typed = `send-keys -t ${target} ${quoteWord(printKey(same.key))}`;
    this.#command('if-shell', '-F', '-t', target, '#{pane_in_mode}', typed);
  }

  #report(pane: Pane, { event }: MouseInput, at: Cell): void {
    const keys = mouseReportKeys(pane.terminal.modes, event, at);
    if (keys === undefined) return;
    const { mirror, windows } = this.deps.model();
    if (mirror.options.flag('synchronize-panes', windows.current?.index)) {
      // What is typed reaches all panes of the window; what is pasted does not.
      this.#command('set-buffer', '-b', REPORT_BUFFER, '--', String.fromCodePoint(...keys));
      this.#command('paste-buffer', '-d', '-r', '-b', REPORT_BUFFER, '-t', `%${pane.id}`);
      return;
    }
    for (const key of keys) this.deps.send({ type: 'pane-key', paneId: pane.id, key });
  }

  #command(...args: string[]): void {
    this.deps.send({ type: 'exec-cmd', clientId: this.deps.clientId, args });
  }
}
