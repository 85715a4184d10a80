import { CopyView, Terminal, type CopyOptions } from '#screen';
import type { Account } from '#kernel';
import type { Pane } from '../../model/pane.js';
import type { CopySource } from './copy-content.js';

/** Lines of text: what a command printed. They are wrapped again for every size. */
export function textSource(lines: readonly string[], options: CopyOptions): CopySource {
  return {
    resize(cols, rows) {
      const view = new CopyView(new Terminal({ cols, rows, historyLimit: 0 }), { ...options, textView: true });
      for (const line of lines) view.addLine(line);
      return view;
    },
  };
}

/**
 * A pane as it is now, including its history: later output of its program does not appear in it. Counted in `account` until it
 * is disposed of. Throws `OverLimit` if there is no room for it.
 */
export function paneSource(pane: Pane, options: CopyOptions, account: Account): CopySource {
  const shown = pane.copy?.backing ?? pane.terminal;
  const held = account.hold('copies');
  held.set(terminalBytes(shown));
  const terminal = Terminal.thaw(shown.freeze());
  const view = new CopyView(terminal, { ...options, textView: false });
  return {
    resize(cols, rows) {
      if (cols !== terminal.cols || rows !== terminal.rows) {
        terminal.resize(cols, rows);
        view.resize(cols, rows);
        // It follows its pane, whose size is limited.
        held.trySet(terminalBytes(terminal));
      }
      return view;
    },
    dispose: () => held.release(),
  };
}

const terminalBytes = (terminal: Terminal): number =>
  terminal.sizedBytes + terminal.extraBytes() + terminal.historyBytes;
