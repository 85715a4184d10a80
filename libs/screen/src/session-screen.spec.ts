import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLOUR_BASIC, DEFAULT_STYLE } from '#tmux';
import { composeWindow } from './compose/compose.js';
import type { WindowView } from './compose/window-view.js';
import { capabilitiesFor } from './frame/capabilities.js';
import { encodeFrame } from './frame/encode-frame.js';
import { MirrorTerminal, screenOf } from './frame/mirror.fixture.js';
import { enterSequence } from './frame/terminal-modes.js';
import type { Picture } from './picture.js';
import { messageRow } from './status/message-row.js';
import { Terminal } from './vt/terminal.js';

const TERM = capabilitiesFor('xterm-256color', true, 'truecolor');
const COLS = 30;
const ROWS = 10;

/** Two panes one above the other, or side by side, and what programs wrote into them. */
class Session {
  readonly #stacked: boolean;
  readonly #panes: readonly Terminal[];
  readonly #status = messageRow('status', { ...DEFAULT_STYLE, bg: COLOUR_BASIC | 2 }, COLS);

  constructor(stacked: boolean) {
    this.#stacked = stacked;
    const size = stacked ? { cols: COLS, rows: 4 } : { cols: 14, rows: ROWS - 1 };
    this.#panes = [1, 2].map(() => new Terminal({ ...size, historyLimit: 50 }));
  }

  write(pane: number, text: string): void {
    this.#panes[pane]?.write(new TextEncoder().encode(text));
  }

  view(active: number): WindowView {
    const place = (n: number) =>
      this.#stacked ? { x: 0, y: n * 5, cols: COLS, rows: 4 } : { x: n * 15, y: 0, cols: n === 0 ? 14 : 15, rows: 9 };
    return {
      cols: COLS,
      rows: ROWS,
      window: { cols: COLS, rows: ROWS - 1 },
      panes: this.#panes.map((source, id) => ({ id, ...place(id), source })),
      activePaneId: active,
      statusRow: this.#status,
      statusPosition: 'bottom',
      borderStyle: DEFAULT_STYLE,
      activeBorderStyle: { ...DEFAULT_STYLE, fg: COLOUR_BASIC | 2 },
    };
  }
}

const output = fc
  .array(
    fc.oneof(
      fc.constantFrom('\r\n', '\n', '\r', '\b', '\t', ' ', '中', 'é', 'e\u{301}', '─'),
      fc.constantFrom(
        '\u{1b}[H',
        '\u{1b}[K',
        '\u{1b}[J',
        '\u{1b}[2J',
        '\u{1b}[L',
        '\u{1b}[M',
        '\u{1b}[@',
        '\u{1b}[P',
        '\u{1b}M',
      ),
      fc.constantFrom(
        '\u{1b}[m',
        '\u{1b}[1;31m',
        '\u{1b}[44m',
        '\u{1b}[4m',
        '\u{1b}[7m',
        '\u{1b}[38;5;99m',
        '\u{1b}[2;3r',
        '\u{1b}[r',
      ),
      fc.constantFrom(
        '\u{1b}[?25l',
        '\u{1b}[?25h',
        '\u{1b}[?1049h',
        '\u{1b}[?1049l',
        '\u{1b}[3;5H',
        '\u{1b}[2S',
        '\u{1b}(0',
        '\u{1b}(B',
      ),
      fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('a session on a terminal', () => {
  it('is shown as it is, frame by frame, whatever programs write', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.tuple(fc.nat(1), output, fc.nat(1)), { minLength: 1, maxLength: 15 }),
        (stacked, writes) => {
          const session = new Session(stacked);
          const terminal = new MirrorTerminal(COLS, ROWS);
          terminal.write(enterSequence(TERM));
          let shown: Picture | undefined;
          for (const [pane, text, active] of writes) {
            session.write(pane, text);
            const picture = composeWindow(session.view(active), shown);
            terminal.write(encodeFrame(shown, picture, TERM));
            // What is shared with the picture before must be what a fresh one would be.
            const fresh = composeWindow(session.view(active));
            expect(screenOf(picture)).toEqual(screenOf(fresh));
            expect(terminal.screen).toEqual(charsetsShown(screenOf(fresh)));
            const { visible, x, y } = fresh.cursor;
            expect(terminal.cursor.visible).toBe(visible);
            if (visible) expect(terminal.cursor).toEqual({ x, y, visible });
            shown = picture;
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** Cells of the line-drawing set reach a UTF-8 terminal as the characters they show. */
function charsetsShown(screen: readonly string[]): string[] {
  const dec = '`afghijklmnopqrstuvwxyz{|}~+,-.0';
  const unicode = '◆▒°±▒☃┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·→←↑↓▮';
  return screen.map((line) =>
    line.replaceAll(/\[(\P{M}\p{M}*) (\d+) /gu, (whole, char: string, attr: string) => {
      if ((Number(attr) & 0x80) === 0) return whole;
      const at = dec.indexOf(char);
      return `[${at === -1 ? char : unicode[at]} ${Number(attr) & 0x7f} `;
    }),
  );
}
