import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Picture } from '../picture.js';
import { capabilitiesFor, type TermCapabilities } from './capabilities.js';
import { encodeFrame } from './encode-frame.js';
import { MirrorTerminal, modesOf, screenOf } from './mirror.fixture.js';
import { anyStep, apply, emptyPicture, type Step } from './pictures.fixture.js';
import { enterSequence, leaveSequence } from './terminal-modes.js';

const XTERM = capabilitiesFor('xterm-256color', true, 'truecolor');
const ALL: TermCapabilities = { ...capabilitiesFor('xterm-kitty', true), key: 'all' };
/** As little as a terminal can have that still shows every cell. */
const LITTLE: TermCapabilities = {
  ...XTERM,
  key: 'little',
  attributesOff: false,
  coloursOff: false,
  bce: false,
  ech: false,
  scroll: false,
  insertCharacters: false,
  columnAddress: false,
};
const TERMS = { XTERM, ALL, LITTLE, STILL: { ...XTERM, key: 'still', scrollRegion: false } };

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function expectShown(terminal: MirrorTerminal, picture: Picture): void {
  expect(terminal.screen).toEqual(screenOf(picture));
  expect(terminal.modes).toEqual(modesOf(picture));
  const { visible, x, y } = picture.cursor;
  expect(terminal.cursor.visible).toBe(visible);
  if (visible) expect(terminal.cursor).toEqual({ x, y, visible });
}

function entered(cols: number, rows: number, term: TermCapabilities): MirrorTerminal {
  const terminal = new MirrorTerminal(cols, rows);
  terminal.write(enterSequence(term));
  return terminal;
}

const steps = fc.array(fc.array(anyStep, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 });
const size = fc.record({ cols: fc.integer({ min: 2, max: 40 }), rows: fc.integer({ min: 1, max: 14 }) });

describe('encodeFrame', () => {
  it('rings in another size too', () => {
    const rung = { ...emptyPicture(20, 5), bells: 3 };
    const ring = (from: Picture | undefined): boolean => encodeFrame(from, rung, XTERM).includes(7);
    expect(ring(emptyPicture(10, 5))).toBe(true);
    expect(ring({ ...emptyPicture(10, 5), bells: 3 })).toBe(false);
    expect(ring(undefined)).toBe(false);
  });

  it.each(Object.entries(TERMS))('takes a terminal from any picture to any other: %s', (_name, term) => {
    fc.assert(
      fc.property(size, steps, ({ cols, rows }, groups) => {
        const terminal = entered(cols, rows, term);
        let shown: Picture | undefined;
        let picture = emptyPicture(cols, rows);
        let bells = 0;
        for (const group of groups) {
          picture = group.reduce((before: Picture, step: Step) => apply(before, step), picture);
          if (shown !== undefined) bells += picture.bells > shown.bells ? 1 : 0;
          terminal.write(encodeFrame(shown, picture, term));
          expectShown(terminal, picture);
          shown = picture;
        }
        expect(terminal.bells).toBe(bells);
      }),
      { numRuns: 120 },
    );
  });

  it('takes a terminal from any picture to one that shares nothing with it, and draws all over anything', () => {
    fc.assert(
      fc.property(size, steps, steps, ({ cols, rows }, some, others) => {
        const make = (groups: Step[][]): Picture => groups.flat().reduce(apply, emptyPicture(cols, rows));
        const [a, b] = [make(some), make(others)];
        const terminal = entered(cols, rows, ALL);
        for (const [from, to] of [
          [undefined, a],
          [a, b],
          [b, a],
          [undefined, b],
        ] as const) {
          terminal.write(encodeFrame(from, to, ALL));
          expectShown(terminal, to);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('is pure: the same pictures give the same bytes, and one picture to itself none', () => {
    const a = apply(emptyPicture(20, 5), { do: 'text', y: 1, x: 2, text: 'hello', style: { fg: 0, bg: 0, attr: 1 } });
    const b = apply(a, { do: 'clear', y: 1 });
    expect(encodeFrame(a, b, XTERM)).toEqual(encodeFrame(a, b, XTERM));
    expect(encodeFrame(a, a, XTERM)).toHaveLength(0);
    expect(encodeFrame(a, { ...a }, XTERM)).toHaveLength(0);
  });
});

describe('the bytes of a frame', () => {
  const plain = { fg: 0, bg: 0, attr: 0 };
  const shell = [
    { do: 'text', y: 3, x: 0, text: '$ ls some/where', style: plain },
    { do: 'cursor', x: 15, y: 3, visible: true, shape: 0 },
  ] satisfies Step[];
  const typed = (before: Picture, x: number, text: string): Picture =>
    apply(apply(before, { do: 'text', y: 3, x, text, style: plain }), {
      do: 'cursor',
      x: x + 1,
      y: 3,
      visible: true,
      shape: 0,
    });
  const bytes = (from: Picture, to: Picture, term = XTERM): string => decode(encodeFrame(from, to, term));
  const start = shell.reduce<Picture>(apply, emptyPicture(80, 24));

  it('of a typed character are the character', () => {
    expect(bytes(start, typed(start, 15, 'x'))).toBe('x');
    expect(bytes(start, typed(start, 15, ' '))).toBe(' ');
  });

  it('of a deleted one are what a shell sends for it', () => {
    const after = typed(start, 15, 'x');
    expect(bytes(after, start)).toBe('\b \b');
  });

  it('of one typed in the midst of a line move the rest', () => {
    const at = apply(start, { do: 'cursor', x: 5, y: 3, visible: true, shape: 0 });
    const after = [
      { do: 'shift', y: 3, x: 5, by: 1 },
      { do: 'text', y: 3, x: 5, text: 'Z', style: plain },
      { do: 'cursor', x: 6, y: 3, visible: true, shape: 0 },
    ] satisfies Step[];
    expect(bytes(at, after.reduce<Picture>(apply, at))).toBe('\u{1b}[@Z');
  });

  it('of a new line are a line feed in the region, not the screen again', () => {
    let full = emptyPicture(80, 24);
    for (let y = 0; y < 24; y++)
      full = apply(full, { do: 'text', y, x: 0, text: `line ${y} ${'x'.repeat(50)}`, style: plain });
    full = apply(full, { do: 'cursor', x: 0, y: 22, visible: true, shape: 0 });
    const after = apply(full, { do: 'scroll', top: 0, bottom: 22, by: 1 });
    expect(bytes(full, after)).toBe('\u{1b}[;23r\u{1b}[S\u{1b}[r\u{1b}[23H');
    expect(bytes(full, after, LITTLE)).toBe('\u{1b}[;23r\u{1b}[23H\n\u{1b}[r\u{1b}[23H');
    const back = apply(after, { do: 'scroll', top: 0, bottom: 22, by: -1 });
    expect(bytes(after, back, LITTLE)).toBe('\u{1b}[;23r\u{1b}M\u{1b}[r\u{1b}[23H');
  });

  it('never hold a control that a cell or a cluster holds', () => {
    const row = start.lines[3];
    if (row === undefined) throw new Error('no row');
    const bad = apply(start, { do: 'text', y: 3, x: 0, text: 'ae\u{301}b', style: plain });
    const line = bad.lines[3];
    if (line === undefined) throw new Error('no row');
    line.words[0] = 0x1b | (1 << 21);
    line.words[6] = 0x9b | (1 << 21);
    line.clusters?.set(1, 'e\u{1b}]2;x\u{7}\u{301}');
    const sent = bytes(start, bad);
    expect(sent).toContain('?');
    expect(sent.replaceAll(/\u{1b}\[[0-9;]*[A-Za-z]/gu, '')).not.toMatch(/[\u0000-\u0007\u001b\u0080-\u009f]/u);
  });

  it('leave wide characters whole that the cursor moves over', () => {
    const from = apply(apply(start, { do: 'text', y: 5, x: 2, text: '中 x', style: plain }), {
      do: 'cursor',
      x: 3,
      y: 5,
      visible: true,
      shape: 0,
    });
    const to = apply(from, { do: 'cursor', x: 5, y: 5, visible: true, shape: 0 });
    const terminal = entered(80, 24, XTERM);
    terminal.write(encodeFrame(undefined, from, XTERM));
    terminal.write(encodeFrame(from, to, XTERM));
    expectShown(terminal, to);
  });

  it('write a cell again of which only the accent changed', () => {
    const from = apply(start, { do: 'text', y: 5, x: 2, text: 'e\u{301}', style: plain });
    const to = apply(start, { do: 'text', y: 5, x: 2, text: 'e\u{300}', style: plain });
    expect(bytes(from, to)).toContain('e\u{300}');
  });

  it('place the cursor again after text that terminals measure differently', () => {
    const to = apply(start, { do: 'text', y: 5, x: 0, text: 'a☃b', style: plain });
    expect(bytes(start, to)).toContain('☃\u{1b}[3Gb');
  });

  it('keep the last cell of the screen of a terminal that would scroll', () => {
    const dumb = capabilitiesFor('dumb', false);
    const to = apply(start, { do: 'text', y: 23, x: 70, text: '0123456789', style: plain });
    expect(bytes(start, to, dumb)).toContain('012345678');
    expect(bytes(start, to, dumb)).not.toContain('9');
  });

  it('are shown at once by terminals that can, and with the cursor hidden by others', () => {
    let to = start;
    for (let y = 5; y < 12; y++)
      to = apply(to, { do: 'text', y, x: 3, text: `some text ${y} of some length`, style: plain });
    expect(bytes(start, to)).toMatch(/^\u{1b}\[\?25l.*\u{1b}\[\?25h$/su);
    expect(bytes(start, to, ALL)).toMatch(/^\u{1b}\[\?2026h.*\u{1b}\[\?2026l$/su);
  });

  it('draw lines in ASCII or by the line-drawing set where there is no UTF-8', () => {
    const to = apply(start, { do: 'text', y: 5, x: 0, text: '│┘ü中', style: plain });
    expect(bytes(start, to, capabilitiesFor('vt100', false))).toContain('\u{e}xj\u{f}?');
    expect(bytes(start, to, capabilitiesFor('xterm', false))).toContain('\u{1b}(0xj\u{1b}(B???');
    expect(bytes(start, to, capabilitiesFor('unknown', false))).toContain('|+???');
  });
});

describe('enterSequence and leaveSequence', () => {
  it('take a terminal over and leave it as it was, whatever came between', () => {
    fc.assert(
      fc.property(size, steps, ({ cols, rows }, groups) => {
        const terminal = new MirrorTerminal(cols, rows);
        terminal.write('\u{1b}[2J\u{1b}[Hbefore\u{1b}[1;2H');
        const before = { screen: terminal.screen, cursor: terminal.cursor, modes: terminal.modes };
        const picture = groups.flat().reduce(apply, emptyPicture(cols, rows));
        terminal.write(enterSequence(XTERM));
        terminal.write(encodeFrame(undefined, picture, XTERM));
        terminal.write(leaveSequence(XTERM));
        expect({ screen: terminal.screen, cursor: terminal.cursor, modes: terminal.modes }).toEqual(before);
      }),
      { numRuns: 40 },
    );
  });
});
