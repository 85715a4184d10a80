import { capabilitiesFor, composeWindow, Terminal, type Picture } from '#screen';
import { DEFAULT_STYLE } from '#tmux';
import type { Figure } from '#testing';
import { View } from '../src/model/view.js';

const COLS = 120;
const ROWS = 40;
const ROUNDS = 1500;
const TURNS = 5;
const TERM = capabilitiesFor('xterm-256color', true);
const encoder = new TextEncoder();

const CASES = {
  'a typed character': (n: number) => (n % 60 === 0 ? '\r\n$ ' : 'x'),
  'a line that scrolls': (n: number) => `\x1b[32m${n}\x1b[m the quick brown fox jumps over the lazy dog\r\n`,
  'a screen redrawn': (n: number) =>
    `\x1b[H${Array.from({ length: ROWS - 1 }, (_, y) => `\x1b[3${(n + y) % 8}m${String(n * y).padEnd(COLS - 1, '.')}\r\n`).join('')}`,
};

/** The time to compute one frame for `joiners` joiners, in microseconds: the median of the later half. */
function measure(joiners: number, say: (n: number) => string): number {
  const terminal = new Terminal({ cols: COLS, rows: ROWS, historyLimit: 2000 });
  const view = new View(COLS, ROWS, (cols, rows, previous) =>
    composeWindow(
      {
        cols,
        rows,
        window: { cols, rows },
        panes: [{ id: 0, x: 0, y: 0, cols, rows, source: terminal }],
        activePaneId: 0,
        statusRow: undefined,
        statusPosition: 'bottom',
        borderStyle: DEFAULT_STYLE,
        activeBorderStyle: DEFAULT_STYLE,
      },
      previous,
    ),
  );
  let shown: Picture = view.picture;
  const times: number[] = [];
  for (let n = 0; n < ROUNDS; n++) {
    terminal.write(encoder.encode(say(n)));
    const start = process.hrtime.bigint();
    const picture = view.update();
    for (let joiner = 0; joiner < joiners; joiner++) view.frame(shown, TERM);
    times.push(Number(process.hrtime.bigint() - start) / 1000);
    shown = picture;
  }
  const later = times.slice(ROUNDS / 2).sort((a, b) => a - b);
  return later[Math.floor(later.length / 2)] ?? 0;
}

/** What a frame costs to compute for 1, 10 and 100 joiners that are at the same state: it is computed once. */
export async function run(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, say] of Object.entries(CASES)) {
    // In turns, and the best of each: what else the machine does comes and goes.
    const best = new Map([1, 10, 100].map((joiners) => [joiners, Infinity]));
    for (let turn = 0; turn < TURNS; turn++) {
      for (const [joiners, before] of best) best.set(joiners, Math.min(before, measure(joiners, say)));
    }
    const one = best.get(1) ?? 0;
    for (const joiners of [10, 100]) {
      const value = best.get(joiners) ?? 0;
      const aim = joiners === 100 ? 'at most 1.1 times' : '';
      figures.push({ name: `${name}, ${joiners} joiners beside one`, value, unit: 'us', yardstick: one, aim });
    }
  }
  return Promise.resolve(figures);
}
