import xterm from '@xterm/headless';
import type { Terminal } from '@xterm/headless';
import { Screen, type ScreenState } from './screen.js';

/** A terminal made of @xterm/headless: faster to ask than a real one, and in this process. */
export class XtermScreen extends Screen {
  readonly terminal: Terminal;
  #bytes = 0;
  #cursorVisible = true;

  constructor(cols: number, rows: number) {
    super();
    this.terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true, scrollback: 0 });
    // xterm.js does not tell whether the cursor is shown (DECTCEM): look at its going on and off.
    for (const [final, visible] of [['h', true] as const, ['l', false] as const]) {
      this.terminal.parser.registerCsiHandler({ prefix: '?', final }, (params) => {
        if (params.includes(25)) this.#cursorVisible = visible;
        return false;
      });
    }
  }

  /** How many bytes were written to it. */
  get bytes(): number {
    return this.#bytes;
  }

  write(bytes: Uint8Array | string): void {
    this.#bytes += bytes.length;
    this.terminal.write(bytes);
  }

  resize(cols: number, rows: number): void {
    this.terminal.resize(cols, rows);
  }

  async read(): Promise<ScreenState> {
    // The terminal parses its input a moment later; the callback of an empty write shows when it has.
    await new Promise<void>((resolve) => this.terminal.write('', resolve));
    const { cols, rows } = this.terminal;
    const buffer = this.terminal.buffer.active;
    const lines = Array.from(
      { length: rows },
      (_, y) =>
        buffer
          .getLine(buffer.baseY + y)
          ?.translateToString(true)
          .trimEnd() ?? '',
    );
    return { lines, cols, rows, cursor: { x: buffer.cursorX, y: buffer.cursorY, visible: this.#cursorVisible } };
  }

  dispose(): void {
    this.terminal.dispose();
  }
}
