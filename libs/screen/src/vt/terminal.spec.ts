import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capture, stateOf } from './capture.fixture.js';
import { randomCase } from './programs.fixture.js';
import { after, bytesOf, historyOf, screenOf } from './screen.fixture.js';
import { MAX_CELLS } from './line.js';
import { Terminal } from './terminal.js';

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

describe('Terminal', () => {
  it('is the same however the bytes are split', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }),
        (seed, lengths) => {
          const output = Buffer.concat(randomCase(seed).steps.filter((step) => step instanceof Uint8Array));
          const split = after('', 12, 5, 12);
          for (let at = 0, n = 0; at < output.length; n++) {
            const length = lengths[n % lengths.length] ?? 1;
            split.write(output.subarray(at, at + length));
            at += length;
          }
          const whole = after(output, 12, 5, 12);
          expect(capture(split) + stateOf(split)).toBe(capture(whole) + stateOf(whole));
        },
      ),
    );
  });

  it('takes any bytes at any size, within its limits', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const side = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(fc.array(fc.tuple(bytes, side, side), { maxLength: 8 }), side, side, (steps, cols, rows) => {
        const terminal = new Terminal({ cols, rows, historyLimit: 5 });
        for (const [output, nextCols, nextRows] of steps) {
          terminal.write(output);
          terminal.resize(nextCols, nextRows);
          expect(terminal.cursorY).toBeLessThan(terminal.rows);
          expect(capture(terminal).length).toBeLessThan(100_000);
        }
        expect(terminal.line(terminal.rows)).toBeUndefined();
        expect(terminal.line(-terminal.historySize - 1)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('clamps its size', () => {
    const terminal = new Terminal({ cols: 0, rows: -3, historyLimit: -1 });
    expect([terminal.cols, terminal.rows]).toEqual([1, 1]);
    terminal.resize(1e9, Number.NaN);
    expect([terminal.cols, terminal.rows]).toEqual([10_000, 1]);
    terminal.write(bytesOf('x'.repeat(25_000)));
    expect(terminal.historySize).toBe(0);
  });

  it('lets no cursor beyond the last column make a line long', () => {
    const terminal = after('abcd\x1b[2147483647C\u0301\x1b[2147483647C\u0301x', 4, 3);
    for (let y = 0; y < 3; y++) expect(terminal.lineLength(y)).toBeLessThanOrEqual(MAX_CELLS);
  });

  it('moves rows when it scrolls, and gives each change another stamp', () => {
    const terminal = after('a\r\nb\r\nc', 10, 3);
    const before = [0, 1, 2].map((y) => terminal.line(y));
    const stamps = before.map((row) => row?.stamp);
    terminal.write(bytesOf('\r\nd'));
    expect([terminal.line(0), terminal.line(1)]).toEqual([before[1], before[2]]);
    expect(terminal.line(0)).toBe(before[1]);
    expect(stamps).not.toContain(terminal.line(2)?.stamp);
    expect([0, 1].map((y) => terminal.line(y)?.stamp)).toEqual(stamps.slice(1));
    const stamp = terminal.line(1)?.stamp;
    terminal.write(bytesOf('\x1b[2;1Hx'));
    expect(terminal.line(1)?.stamp).not.toBe(stamp);
  });

  it('gives a line of the history as the same row for a while', () => {
    const terminal = after('one\r\ntwo\r\nthree', 10, 2);
    const row = terminal.line(-1);
    expect(row?.stamp).toBeGreaterThan(0);
    expect(terminal.line(-1)).toBe(row);
    terminal.write(bytesOf('\r\nfour'));
    expect(terminal.line(-2)).toBe(row);
  });

  it('says what modes are on', () => {
    const terminal = after('\x1b[?1;1000;1006;1004;2004;12h\x1b[4h\x1b=\x1b[?25l\x1b[3 q', 10, 2);
    expect(terminal.modes).toEqual({
      bracketedPaste: true,
      applicationCursor: true,
      applicationKeypad: true,
      mouse: 'standard',
      mouseEncoding: 'sgr',
      focusEvents: true,
      insert: true,
      wrap: true,
      cursorBlinking: true,
      alternate: false,
    });
    expect(terminal).toMatchObject({ cursorVisible: false, cursorShape: 3 });
    terminal.write(bytesOf('\x1b[?1002h\x1b[?1006l\x1b[?1005h\x1b[9 q'));
    expect(terminal.modes).toMatchObject({ mouse: 'button', mouseEncoding: 'utf8' });
    expect(terminal.cursorShape).toBe(3);
  });

  it('starts again on reset, even within a sequence', () => {
    const terminal = after('ab\x1b[31m\x1b[?1000h\x1b[5', 10, 2);
    terminal.reset();
    terminal.write(bytesOf('mc'));
    expect(screenOf(terminal)).toEqual(['mc', '']);
    expect(terminal.modes.mouse).toBe('off');
    expect(historyOf(terminal)).toEqual(['ab']);
    terminal.clearHistory();
    expect(terminal.historySize).toBe(0);
  });

  it('can keep programs out of the alternate screen', () => {
    const terminal = after('', 10, 2);
    terminal.allowsAlternate = false;
    terminal.write(bytesOf('a\x1b[?1049hb'));
    expect(screenOf(terminal)).toEqual(['ab', '']);
  });

  it('keeps no history where the limit is 0', () => {
    const terminal = after('a\r\nb\r\nc\r\nd\x1b[1;2r\x1b[2;1H\n\n', 10, 3, 0);
    expect(terminal.historySize).toBe(0);
    expect(screenOf(terminal)).toEqual(['', '', 'd']);
  });

  it('wraps a long history again, there and back', () => {
    const lines = Array.from({ length: 300 }, (_, i) => `${i} ${'word '.repeat(i % 40)}`.trimEnd());
    const terminal = after(lines.join('\r\n'), 60, 10, 2000);
    const wide = capture(terminal);
    terminal.resize(13, 10);
    expect(capture(terminal)).toBe(wide);
    expect(terminal.historySize).toBeGreaterThan(300);
    terminal.resize(60, 10);
    expect(capture(terminal)).toBe(wide);
  });
});
