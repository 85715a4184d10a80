import type { SnapshotLine, SnapshotPane } from '#tmate-protocol';
import { describe, expect, it } from 'vitest';
import { capture } from './capture.fixture.js';
import { after, bytesOf, historyOf, screenOf } from './screen.fixture.js';

const DEFAULT = 0x0808;
/** A line whose cells all look the same, except those under the right half of a wide character. */
function line(text: string, cells: readonly number[]): SnapshotLine {
  return { text, cells: Uint32Array.from(cells) };
}
const plain = (text: string) =>
  line(
    text,
    Array.from({ length: text.length }, () => DEFAULT),
  );

function pane(lines: readonly SnapshotLine[], more: Partial<SnapshotPane> = {}): SnapshotPane {
  return { paneId: 0, mode: 0x11, screen: { cursorX: 1, cursorY: 1, lines }, saved: undefined, ...more };
}

describe('load', () => {
  it('fills screen and history', () => {
    const terminal = after('rubbish\x1b[31m\x1b[?1049h\x1b[2;3r\x1b[5', 10, 3);
    terminal.load(pane(['a', 'b', 'c', 'd', 'e'].map(plain)));
    expect([historyOf(terminal), screenOf(terminal)]).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
    expect([terminal.cursorX, terminal.cursorY, terminal.modes.alternate]).toEqual([1, 1, false]);
    terminal.write(bytesOf('mx\x1b[3;1H\n\n'));
    expect(historyOf(terminal)).toEqual(['a', 'b', 'c', 'dmx']);
  });

  it('keeps the newest lines where there are more than it may keep', () => {
    const terminal = after('', 10, 2, 3);
    terminal.load(pane(Array.from({ length: 20 }, (_, i) => plain(`${i}`))));
    expect([historyOf(terminal), screenOf(terminal)]).toEqual([
      ['15', '16', '17'],
      ['18', '19'],
    ]);
  });

  it('has fewer lines than the screen', () => {
    const terminal = after('', 10, 3);
    terminal.load(pane([plain('a')], { mode: 0xfff }));
    expect(screenOf(terminal)).toEqual(['a', '', '']);
    expect(terminal.modes).toMatchObject({ insert: true, mouse: 'button', bracketedPaste: true });
  });

  it('parts the text into cells: wide, combining, and what is under a right half', () => {
    const terminal = after('', 12, 2);
    const padding = 0x04000000 | DEFAULT;
    terminal.load(
      pane([line('漢 e\u0301x🙂 \u0302y', [DEFAULT, padding, DEFAULT, DEFAULT, DEFAULT, padding, DEFAULT])]),
    );
    expect(screenOf(terminal)[0]).toBe('漢e\u0301x🙂y');
    terminal.write(bytesOf('\x1b[1;2HA'));
    expect(screenOf(terminal)[0]).toBe(' Ae\u0301x🙂y');
  });

  it('reads colours and attributes', () => {
    const terminal = after('', 12, 2);
    const cells = [0x0001_0801, 0x0104_08c8, 0x0200_ff08, 0x0000_085f, 0x0080_0808];
    terminal.load(pane([line('abcdq', cells)]));
    const red = '\x1b[1;31ma';
    expect(capture(terminal).split('\n')[0]).toBe(
      `${red}\x1b[0;4;38;5;200mb\x1b[0;39;48;5;255mc\x1b[95;49md\x1b[39m\x0eq`,
    );
  });

  it('shows a colour of which only the red is known as a grey, but nothing illegible', () => {
    const terminal = after('', 12, 2);
    terminal.load(pane([line('abc', [0x1000_08c0, 0x3000_20c0, 0x3000_c0c8])]));
    expect(capture(terminal).split('\n')[0]).toBe('\x1b[38;2;192;192;192ma\x1b[48;2;32;32;32mb\x1b[39;49mc');
  });

  it('puts the main screen under the alternate one', () => {
    const terminal = after('', 10, 2);
    terminal.load(
      pane([plain('old'), plain('alt')], { saved: { cursorX: 3, cursorY: 0, lines: [plain('one'), plain('two')] } }),
    );
    expect(terminal.modes.alternate).toBe(true);
    terminal.write(bytesOf('\x1b[?1049lX'));
    expect(screenOf(terminal)).toEqual(['oneX', 'two']);
  });

  it('clamps what does not fit', () => {
    const terminal = after('', 4, 2);
    terminal.load(pane([plain('abcdefgh')], { screen: { cursorX: 99, cursorY: 99, lines: [plain('abcdefgh')] } }));
    expect([terminal.cursorX, terminal.cursorY]).toEqual([4, 1]);
  });

  it('draws no control character that a text may hold', () => {
    const terminal = after('', 10, 2);
    terminal.load(pane([plain('a\u001bb\u0000c')]));
    expect(screenOf(terminal)[0]).toBe('a b c');
  });
});
