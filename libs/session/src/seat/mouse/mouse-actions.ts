import { isMouseKey } from '#tmate-protocol';
import { printKey, quoteWord } from '#tmux';
import type { Pane } from '../../model/pane.js';
import type { CommandSeat } from '../command-seat.js';
import type { SeatViews } from '../seat-views.js';
import { BorderDrag } from './border-drag.js';
import { mouseReportKeys } from './mouse-report.js';
import { paneCell, type Cell } from './mouse-target.js';
import type { MouseInput } from './seat-mouse.js';

/** A buffer of the host that carries a report if characters would reach other panes too. */
const REPORT_BUFFER = 'shipmate-mouse';

/** Does what tmux's commands with `-M` do, and decides where unbound mouse keys go. */
export class MouseActions {
  constructor(
    private readonly seat: CommandSeat,
    private readonly views: SeatViews,
  ) {}

  /**
   * The key is the pane's (`send-keys -M`): of what the seat shows in it, of its copy mode, or of its program. `entering`
   * says that a command on its way makes it enter copy mode.
   */
  forward(input: MouseInput, entering = false): void {
    const { pane } = input.target;
    if (pane === undefined) return;
    const at = paneCell(pane, input.cell);
    if (this.views.key(input.key, { paneId: pane.id, at })) return;
    if (entering || pane.copy !== undefined) this.#copyKey(pane, input);
    else if (at !== undefined) this.#report(pane, input, at);
  }

  /** `resize-pane -M` */
  dragBorder({ target, from, cell }: MouseInput): void {
    if (target.where === 'Status') return;
    const drag = new BorderDrag(this.seat.model, from, (args) => this.seat.exec(...args));
    this.seat.follow(drag);
    drag.moved(cell);
  }

  /** `copy-mode -M` */
  dragSelection({ target, from, cell }: MouseInput): void {
    const { pane } = target;
    const at = pane && paneCell(pane, from);
    if (pane === undefined || at === undefined) return;
    const drag = this.views.select(pane, at);
    if (drag === undefined) return;
    this.seat.follow(drag);
    drag.moved(cell);
  }

  /**
   * Copy mode is the host's, which takes no mouse from here: it gets a key of the keyboard that does the same, if one does. The
   * host checks whether it still is in the mode: a late key would be typed into the program.
   */
  #copyKey(pane: Pane, input: MouseInput): void {
    const { mirror, windows } = this.seat.model;
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
    this.seat.exec('if-shell', '-F', '-t', target, '#{pane_in_mode}', typed);
  }

  #report(pane: Pane, { event }: MouseInput, at: Cell): void {
    const keys = mouseReportKeys(pane.terminal.modes, event, at);
    if (keys === undefined) return;
    const { mirror, windows } = this.seat.model;
    if (mirror.options.flag('synchronize-panes', windows.current?.index)) {
      // Typed text reaches all panes of the window; pasted text does not.
      this.seat.exec('set-buffer', '-b', REPORT_BUFFER, '--', String.fromCodePoint(...keys));
      this.seat.exec('paste-buffer', '-d', '-r', '-b', REPORT_BUFFER, '-t', `%${pane.id}`);
      return;
    }
    for (const key of keys) this.seat.send({ type: 'pane-key', paneId: pane.id, key });
  }
}
