import xterm from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { COLOUR_BASIC, DEFAULT_STYLE } from '#tmux';
import { composeWindow } from '../compose/compose.js';
import type { Picture } from '../picture.js';
import { Terminal } from '../vt/terminal.js';
import { capabilitiesFor } from './capabilities.js';
import { encodeFrame } from './encode-frame.js';
import { clipboardSequence } from './strings.js';
import { enterSequence, leaveSequence } from './terminal-modes.js';

// What each kind of terminal is sent of a picture that has everything.

const COLS = 40;
const ROWS = 8;

/** Two panes with a border between them; the left one has wide characters, all colours, a link, and asks for every mode. */
function everything(): Picture {
  const left = new Terminal({ cols: 30, rows: ROWS, historyLimit: 0 });
  left.write(
    new TextEncoder().encode(
      [
        '日本語 é — “x”',
        '\x1b[38;2;10;200;90mtrue\x1b[m \x1b[38;5;208mindexed\x1b[m \x1b[92mbright\x1b[m \x1b[31mred\x1b[m',
        '\x1b[1;3;4;5;7;8mall\x1b[m \x1b(0lqqk\x1b(B ┌─┐ ━ ╔',
        '\x1b]8;;https://example.org/\x1b\\link\x1b]8;;\x1b\\ 😀 cafe\u0301',
        '\x1b]12;red\x07\x1b[4 q\x1b[?1h\x1b=\x1b[?1004h\x1b[?1002h',
      ].join('\r\n'),
    ),
  );
  const right = new Terminal({ cols: 9, rows: ROWS, historyLimit: 0 });
  return composeWindow({
    cols: COLS,
    rows: ROWS,
    window: { cols: COLS, rows: ROWS },
    panes: [
      { id: 0, x: 0, y: 0, cols: 30, rows: ROWS, source: left },
      { id: 1, x: 31, y: 0, cols: 9, rows: ROWS, source: right },
    ],
    activePaneId: 0,
    statusRow: undefined,
    statusPosition: 'bottom',
    borderStyle: DEFAULT_STYLE,
    activeBorderStyle: { ...DEFAULT_STYLE, fg: COLOUR_BASIC | 2 },
    mouse: 'button',
    focusEvents: true,
    applicationKeypad: true,
    title: 'a title — é',
  });
}

const picture = everything();
const latin = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** Everything that a joiner with this terminal gets, from joining to leaving. */
function stay(term: string, utf8: boolean, colorTerm?: string): { bytes: Uint8Array; frame: Uint8Array } {
  const capabilities = capabilitiesFor(term, utf8, colorTerm);
  const frame = encodeFrame(undefined, picture, capabilities);
  const parts = [
    enterSequence(capabilities),
    frame,
    clipboardSequence(new TextEncoder().encode('copied'), 'c', capabilities),
    leaveSequence(capabilities, picture),
  ];
  return { bytes: Uint8Array.from(parts.flatMap((part) => [...part])), frame };
}

async function shown(frame: Uint8Array): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols: COLS, rows: ROWS, allowProposedApi: true, scrollback: 0 });
  await new Promise<void>((resolve) => terminal.write(frame, resolve));
  return Array.from(
    { length: ROWS },
    (_, y) => terminal.buffer.active.getLine(y)?.translateToString(true).trimEnd() ?? '',
  );
}

const TERMS = ['vt100', 'linux', 'xterm', 'xterm-256color', 'tmux-256color', 'screen'] as const;

describe.each(TERMS)('a %s that is not UTF-8', (term) => {
  it('gets only ASCII', () => {
    expect(stay(term, false).bytes.every((byte) => byte < 0x80)).toBe(true);
  });

  it('draws lines with its own set, and what it lacks as likenesses or question marks of the same width', async () => {
    const lines = await shown(stay(term, false).frame);
    expect(lines[0]?.slice(0, 30).trimEnd()).toBe('?????? ? - "x"');
    expect(lines[2]?.slice(0, 30)).toContain('┌──┐ ┌─┐ ─ ┌');
    expect(lines[3]?.slice(0, 30).trimEnd()).toBe('link ?? cafe');
    for (const line of lines) expect(line.charAt(30)).toBe('│');
  });
});

describe.each(TERMS)('a %s that is UTF-8', (term) => {
  it('shows all characters', async () => {
    const lines = await shown(stay(term, true).frame);
    expect(lines[0]).toMatch(/^日本語 é — “x”/);
    expect(lines[2]).toContain('┌──┐ ┌─┐ ━ ╔');
    // The emulator takes the emoji for narrow: what follows is put in its place.
    expect(lines[3]).toMatch(/^link 😀 {1,2}cafe\u0301/u);
  });
});

describe('what a terminal is sent', () => {
  const sequences = (term: string, colorTerm?: string): string => latin(stay(term, true, colorTerm).bytes);

  it.each([
    ['vt100', /\x1b\[[\d;]*\b(3\d|4\d|9\d)[\d;]*m/],
    ['vt100', /\x1b\[\?(1049|1000|1002|1003|1004|1006|2004|2026|25)|\x1b\]|\x1b\[\d* q|\x1b\[\d*[@PXG]/],
    ['linux', /38;5|38;2|\x1b\]|\x1b\[\?(1049|1000|1002|1004|2004)|\x1b\[\d+ q|\x1b\[[\d;]*\b9\d/],
    ['xterm', /38;5|38;2|\x1b\[[\d;]*\b9\d[;m]/],
    ['xterm-256color', /38;2/],
    ['tmux-256color', /38;2/],
    ['screen', /38;5|38;2|\x1b\]|\x1b\[\d+ q/],
  ])('is nothing that %s does not know: %s', (term, unknown) => {
    expect(sequences(term)).not.toMatch(unknown);
  });

  it.each([
    [
      'xterm',
      ['\x1b[?1049h', '\x1b[?2004h', '\x1b[?1002h', '\x1b[?1004h', '\x1b]2;', '\x1b]52;', '\x1b]8;', '\x1b[4 q'],
    ],
    ['xterm-256color', ['38;5;41', '38;5;208', '\x1b]12;red']],
    ['tmux-256color', ['\x1b]2;', '\x1b]52;', '\x1b[4 q', '38;5;41']],
    ['linux', ['\x1b[?1h\x1b=']],
  ])('is what %s knows', (term, known) => {
    for (const sequence of known) expect(sequences(term)).toContain(sequence);
  });

  it('is true colour where it says that it has that', () => {
    expect(sequences('xterm-256color', 'truecolor')).toContain('38;2;10;200;90');
    expect(sequences('xterm-kitty')).toContain('38;2;10;200;90');
  });
});
