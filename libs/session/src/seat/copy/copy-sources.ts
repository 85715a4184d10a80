import { CopyView, Terminal, type CopyOptions } from '#screen';
import type { Pane } from '../../model/pane.js';
import type { CopySource } from './copy-content.js';

/** Lines of text: what a command printed. They wrap anew with every size. */
export function textSource(lines: readonly string[], options: CopyOptions): CopySource {
  return {
    resize(cols, rows) {
      const view = new CopyView(new Terminal({ cols, rows, historyLimit: 0 }), { ...options, textView: true });
      for (const line of lines) view.addLine(line);
      return view;
    },
  };
}

/** A pane as it is now, its history included: what its program does from now on is not seen in it. */
export function paneSource(pane: Pane, options: CopyOptions): CopySource {
  const terminal = Terminal.thaw((pane.copy?.backing ?? pane.terminal).freeze());
  const view = new CopyView(terminal, { ...options, textView: false });
  return {
    resize(cols, rows) {
      if (cols !== terminal.cols || rows !== terminal.rows) {
        terminal.resize(cols, rows);
        view.resize(cols, rows);
      }
      return view;
    },
  };
}
