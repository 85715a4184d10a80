import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Key, KeyModifier, isValidKeyCode, type KeyCode } from '#tmate-protocol';
import type { KeyEvent } from './key-event.js';
import { KeyReader, type KeyReaderOptions } from './key-reader.js';
import { MAX_PASTE_PIECE } from './paste-reader.js';

const { meta, ctrl, shift } = KeyModifier;
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The events of bytes that come at once, and of what is then pending. */
function read(bytes: Uint8Array | string, options?: KeyReaderOptions): KeyEvent[] {
  const reader = new KeyReader(options);
  return [...reader.push(typeof bytes === 'string' ? utf8(bytes) : bytes), ...reader.flush()];
}

function keys(bytes: Uint8Array | string, options?: KeyReaderOptions): (KeyCode | string)[] {
  return read(bytes, options).map((event) => (event.kind === 'key' ? event.key : event.kind));
}

/** Keys by what terminals send for them; from the terminfo entries of xterm, screen, linux, rxvt and vt220. */
const SENT: readonly (readonly [name: string, key: KeyCode, ...sent: string[]])[] = [
  ['Up', Key.Up, '\u{1b}[A', '\u{1b}OA'],
  ['Down', Key.Down, '\u{1b}[B', '\u{1b}OB'],
  ['Right', Key.Right, '\u{1b}[C', '\u{1b}OC'],
  ['Left', Key.Left, '\u{1b}[D', '\u{1b}OD'],
  ['Home', Key.Home, '\u{1b}[H', '\u{1b}OH', '\u{1b}[1~', '\u{1b}[7~'],
  ['End', Key.End, '\u{1b}[F', '\u{1b}OF', '\u{1b}[4~', '\u{1b}[8~'],
  ['IC', Key.IC, '\u{1b}[2~'],
  ['DC', Key.DC, '\u{1b}[3~'],
  ['PPage', Key.PPage, '\u{1b}[5~'],
  ['NPage', Key.NPage, '\u{1b}[6~'],
  ['BTab', Key.BTab, '\u{1b}[Z', '\u{1b}[27;2;9~'],
  ['BSpace', Key.BSpace, '\u{7f}'],
  ['F1', Key.F1, '\u{1b}OP', '\u{1b}[11~', '\u{1b}[[A', '\u{1b}[P'],
  ['F2', Key.F2, '\u{1b}OQ', '\u{1b}[12~', '\u{1b}[[B'],
  ['F3', Key.F3, '\u{1b}OR', '\u{1b}[13~', '\u{1b}[[C'],
  ['F4', Key.F4, '\u{1b}OS', '\u{1b}[14~', '\u{1b}[[D'],
  ['F5', Key.F5, '\u{1b}[15~', '\u{1b}[[E'],
  ['F6', Key.F6, '\u{1b}[17~'],
  ['F7', Key.F7, '\u{1b}[18~'],
  ['F8', Key.F8, '\u{1b}[19~'],
  ['F9', Key.F9, '\u{1b}[20~'],
  ['F10', Key.F10, '\u{1b}[21~'],
  ['F11', Key.F11, '\u{1b}[23~'],
  ['F12', Key.F12, '\u{1b}[24~'],
  ['S-F1 (F13)', Key.F1 + shift, '\u{1b}[1;2P', '\u{1b}O2P', '\u{1b}O1;2P', '\u{1b}[25~', '\u{1b}[11$'],
  ['S-F3 (F15)', Key.F3 + shift, '\u{1b}[1;2R', '\u{1b}[28~'],
  ['S-F8 (F20)', Key.F8 + shift, '\u{1b}[19;2~', '\u{1b}[34~', '\u{1b}[19$'],
  ['S-F12 (F24)', Key.F12 + shift, '\u{1b}[24;2~', '\u{1b}[24$'],
  ['C-F1 (F25)', Key.F1 + ctrl, '\u{1b}[1;5P', '\u{1b}[11^'],
  ['C-S-F12 (F48)', Key.F12 + ctrl + shift, '\u{1b}[24;6~', '\u{1b}[24@'],
  ['M-F3 (F51)', Key.F3 + meta, '\u{1b}[1;3R', '\u{1b}\u{1b}OR'],
  ['S-Up', Key.Up + shift, '\u{1b}[1;2A', '\u{1b}[a'],
  ['S-Left', Key.Left + shift, '\u{1b}[1;2D', '\u{1b}[d'],
  ['M-Up', Key.Up + meta, '\u{1b}[1;3A', '\u{1b}\u{1b}[A', '\u{1b}\u{1b}OA', '\u{1b}[1;9A'],
  ['C-Up', Key.Up + ctrl, '\u{1b}[1;5A', '\u{1b}Oa'],
  ['C-Right', Key.Right + ctrl, '\u{1b}[1;5C', '\u{1b}Oc'],
  ['C-S-Down', Key.Down + ctrl + shift, '\u{1b}[1;6B'],
  ['C-M-S-Left', Key.Left + ctrl + meta + shift, '\u{1b}[1;8D'],
  ['S-DC', Key.DC + shift, '\u{1b}[3;2~', '\u{1b}[3$'],
  ['C-DC', Key.DC + ctrl, '\u{1b}[3;5~', '\u{1b}[3^'],
  ['C-S-IC', Key.IC + ctrl + shift, '\u{1b}[2;6~', '\u{1b}[2@'],
  ['M-PPage', Key.PPage + meta, '\u{1b}[5;3~', '\u{1b}\u{1b}[5~'],
  ['C-Home', Key.Home + ctrl, '\u{1b}[1;5H', '\u{1b}[7^'],
  ['KP/', Key['KP/'], '\u{1b}Oo'],
  ['KP*', Key['KP*'], '\u{1b}Oj'],
  ['KP-', Key['KP-'], '\u{1b}Om'],
  ['KP+', Key['KP+'], '\u{1b}Ok'],
  ['KP.', Key['KP.'], '\u{1b}On'],
  ['KPEnter', Key.KPEnter, '\u{1b}OM'],
  ['KP0', Key.KP0, '\u{1b}Op'],
  ['KP1', Key.KP1, '\u{1b}Oq'],
  ['KP2', Key.KP2, '\u{1b}Or'],
  ['KP3', Key.KP3, '\u{1b}Os'],
  ['KP4', Key.KP4, '\u{1b}Ot'],
  ['KP5', Key.KP5, '\u{1b}Ou'],
  ['KP6', Key.KP6, '\u{1b}Ov'],
  ['KP7', Key.KP7, '\u{1b}Ow'],
  ['KP8', Key.KP8, '\u{1b}Ox'],
  ['KP9', Key.KP9, '\u{1b}Oy'],
  ['a', 0x61, 'a'],
  ['A', 0x41, 'A', '\u{1b}[27;2;65~'],
  ['C-b', 0x02, '\u{2}', '\u{1b}[27;5;98~'],
  ['C-Space', 0x00, '\u{0}'],
  ['M-x', 0x78 + meta, '\u{1b}x', '\u{1b}[27;3;120~'],
  ['M-C-x', 0x18 + meta, '\u{1b}\u{18}'],
  ['C-1', 0x31 + ctrl, '\u{1b}[27;5;49~'],
  ['C-Tab', 0x09 + ctrl, '\u{1b}[27;5;9~'],
  ['Enter', 0x0d, '\r'],
  ['M-BSpace', Key.BSpace + meta, '\u{1b}\u{7f}'],
  ['Escape', 0x1b, '\u{1b}'],
  ['ü', 0xfc, 'ü'],
  ['M-ü', 0xfc + meta, '\u{1b}ü'],
  ['😀', 0x1f600, '😀'],
  ['M-[', 0x5b + meta, '\u{1b}['],
  ['M-O', 0x4f + meta, '\u{1b}O'],
  ['M-]', 0x5d + meta, '\u{1b}]'],
  ['M-P', 0x50 + meta, '\u{1b}P'],
  ['M-_', 0x5f + meta, '\u{1b}_'],
];

describe('KeyReader', () => {
  it.each(SENT.map(([name, key, ...sent]) => ({ name, key, sent })))('knows $name', ({ key, sent }) => {
    for (const bytes of sent) expect(keys(bytes), JSON.stringify(bytes)).toEqual([key]);
  });

  it('names no key twice, nor one that the host has not', () => {
    for (const [, key] of SENT) expect(isValidKeyCode(key)).toBe(true);
    expect(new Set(SENT.map(([, key]) => key)).size).toBe(SENT.length);
  });

  it('waits for the rest of a sequence, and says when it may be a key by itself', () => {
    const reader = new KeyReader();
    expect(reader.push(utf8('\u{1b}'))).toEqual([]);
    expect(reader.pending).toBe(true);
    expect(reader.push(utf8('['))).toEqual([]);
    expect(reader.pending).toBe(true);
    expect(reader.push(utf8('1;5'))).toEqual([]);
    // Nobody types that: it is late, not done.
    expect(reader.pending).toBe(false);
    expect(reader.flush()).toEqual([]);
    expect(reader.push(utf8('A'))).toEqual([{ kind: 'key', key: Key.Up + ctrl }]);
    expect(reader.pending).toBe(false);
  });

  it('takes Escape for a key when nothing follows, and what comes later for itself', () => {
    const reader = new KeyReader();
    reader.push(utf8('\u{1b}'));
    expect(reader.flush()).toEqual([{ kind: 'key', key: 0x1b }]);
    expect(reader.push(utf8('[A')).map((event) => event.kind === 'key' && event.key)).toEqual([0x5b, 0x41]);
    expect(keys('\u{1b}\u{1b}')).toEqual([0x1b, 0x1b]);
    expect(keys('\u{1b}\u{1b}a')).toEqual([0x1b, 0x61 + meta]);
    expect(keys('\u{1b}\u{1b}[')).toEqual([0x1b, 0x5b + meta]);
    expect(keys('\u{1b}Oz')).toEqual([0x4f + meta, 0x7a]);
  });

  it('takes bytes that begin no character for Latin-1, and drops what begins one and does not go on, as the host does', () => {
    expect(keys(latin1('\u{80}'))).toEqual([0x80]);
    expect(keys(latin1('\u{e9}'))).toEqual([]);
    expect(keys(latin1('\u{e9}a'))).toEqual([0x61]);
    expect(keys(latin1('\u{1b}\u{e9}a'))).toEqual([0x61]);
    expect(keys(latin1('\u{ed}\u{a0}\u{80}x'))).toEqual([0x78]);
    expect(keys(latin1('\u{c3}\u{bc}'), { utf8: false })).toEqual([0xc3, 0xbc]);
  });

  it.each(['[97;5u', '[57414u', '[97;1:3u', '[E', '[1;5E'])(
    'types CSI %s as the host does, which does not know it',
    (sequence) => {
      const [bracket, ...rest] = Array.from(sequence, (char) => char.charCodeAt(0));
      expect(keys(`\u{1b}${sequence}`)).toEqual([(bracket ?? 0) + meta, ...rest]);
    },
  );

  it('heeds the erase key of the terminal', () => {
    expect(keys('\b\u{7f}', { erase: 8 })).toEqual([Key.BSpace, 0x7f]);
    expect(keys('\b\u{7f}')).toEqual([8, Key.BSpace]);
  });

  it('reads reports of the mouse in all forms', () => {
    const common = { kind: 'mouse', shift: false, meta: false, ctrl: false };
    const left = { ...common, action: 'press', button: 1, x: 9, y: 4, code: 0 };
    expect(read('\u{1b}[<0;10;5M')).toEqual([{ ...left, sgr: true }]);
    expect(read('\u{1b}[<0;10;5m')).toEqual([{ ...left, action: 'release', sgr: true }]);
    expect(read('\u{1b}[M *%')).toEqual([{ ...left, sgr: false }]);
    expect(read('\u{1b}[M#*%')).toEqual([{ ...left, action: 'release', button: 0, code: 3, sgr: false }]);
    expect(read('\u{1b}[32;10;5M')).toEqual([{ ...left, sgr: false }]);
    expect(read('\u{1b}[<34;300;200M')).toMatchObject([{ action: 'drag', button: 3, x: 299, y: 199 }]);
    expect(read('\u{1b}[<35;3;2M')).toMatchObject([{ action: 'move', button: 0 }]);
    expect(read('\u{1b}[<64;3;2M\u{1b}[<65;3;2M')).toMatchObject([
      { action: 'wheel', button: 4 },
      { action: 'wheel', button: 5 },
    ]);
    expect(read('\u{1b}[<28;3;2M')).toMatchObject([{ shift: true, meta: true, ctrl: true, button: 1 }]);
    expect(read('\u{1b}[<128;3;2M')).toMatchObject([{ action: 'press', button: 8 }]);
    expect(read(latin1('\u{1b}[M \u{c0}\u{90}'))).toMatchObject([{ x: 0xc0 - 33, y: 0x90 - 33 }]);
    expect(read('\u{1b}[M \u{12c}\u{22}', { utf8Mouse: true })).toMatchObject([{ x: 0x12c - 33, y: 1 }]);
  });

  it.each(['\u{1b}[<64;3;2m', '\u{1b}[<0;0;2M', '\u{1b}[<0;1;2;3M', '\u{1b}[1;2M', '\u{1b}[M\u{1}!!'])(
    'has no use for the report %j',
    (report) => expect(keys(report)).toEqual(['response']),
  );

  it('tells focus', () => {
    expect(read('\u{1b}[I\u{1b}[O')).toEqual([
      { kind: 'focus', focused: true },
      { kind: 'focus', focused: false },
    ]);
  });

  it.each([
    ['\u{1b}[?62;22c', 'csi'],
    ['\u{1b}[>41;354;0c', 'csi'],
    ['\u{1b}[24;80R', 'csi'],
    ['\u{1b}[?2026;2$y', 'csi'],
    ['\u{1b}[4;1$y', 'csi'],
    ['\u{1b}[?1u', 'csi'],
    ['\u{1b}[201~', 'csi'],
    ['\u{1b}[1;1:3A', 'csi'],
    ['\u{1b}[99~', 'csi'],
    ['\u{1b}]11;rgb:1e1e/1e1e/1e1e\u{7}', 'osc'],
    ['\u{1b}]11;rgb:1e1e/1e1e/1e1e\u{1b}\\', 'osc'],
    ['\u{1b}P>|XTerm(370)\u{1b}\\', 'dcs'],
    ['\u{1b}P1+r544e=787465726d\u{1b}\\', 'dcs'],
    ['\u{1b}_Gi=1;OK\u{1b}\\', 'apc'],
  ])('types nothing of the answer %j', (answer, type) => {
    expect(read(`a${answer}b`)).toEqual([
      { kind: 'key', key: 0x61 },
      { kind: 'response', type },
      { kind: 'key', key: 0x62 },
    ]);
  });

  it('gets out of answers and sequences that never end', () => {
    expect(keys(`\u{1b}]0;${'x'.repeat(5000)}`).filter((key) => key !== 0x78)).toEqual(['response']);
    expect(keys('\u{1b}]0;abc\u{1b}[A')).toEqual(['response', Key.Up]);
    expect(keys(`\u{1b}[${'1;'.repeat(5000)}Ax`)).toEqual(['response', 0x78]);
    expect(keys('\u{1b}[1;\u{1b}[A')).toEqual(['response', Key.Up]);
  });

  it('reads a paste of a megabyte in order, marks, escapes and half characters in it', () => {
    const text = `${'ü€😀 \u{1b}[20 \u{1b}[A\u{1b}\r\n'.repeat(60_000)}end`;
    const bytes = utf8(`a\u{1b}[200~${text}\u{1b}[201~b`);
    for (const size of [bytes.length, 16_384, 4093]) {
      const reader = new KeyReader();
      const events: KeyEvent[] = [];
      for (let at = 0; at < bytes.length; at += size) events.push(...reader.push(bytes.subarray(at, at + size)));
      const pieces = events.filter((event) => event.kind === 'paste');
      expect(pieces.map((piece) => piece.text).join('') === text).toBe(true);
      expect(pieces.findIndex((piece) => piece.last)).toBe(pieces.length - 1);
      expect(Math.max(...pieces.map((piece) => piece.text.length))).toBeLessThanOrEqual(MAX_PASTE_PIECE);
      expect([events[0], events.at(-1)]).toEqual([
        { kind: 'key', key: 0x61 },
        { kind: 'key', key: 0x62 },
      ]);
    }
  });

  it('does not take the begin of the end of a paste for a key, however late the rest comes', () => {
    const reader = new KeyReader();
    expect(reader.push(utf8('\u{1b}[200~x\u{1b}[20'))).toEqual([{ kind: 'paste', text: 'x', last: false }]);
    expect(reader.pending).toBe(false);
    expect(reader.push(utf8('1~'))).toEqual([{ kind: 'paste', text: '', last: true }]);
  });
});

describe('KeyReader, whatever comes', () => {
  const token = fc.oneof(
    fc.constantFrom(...SENT.flatMap(([, , ...sent]) => sent)),
    fc.constantFrom(
      '\u{1b}',
      '\u{1b}[',
      '\u{1b}O',
      '\u{1b}]1',
      '\u{1b}P1',
      '\u{7}',
      '\u{1b}\\',
      'x',
      'ü',
      '1',
      ';',
      '~',
    ),
    fc.constantFrom('\u{1b}[200~', '\u{1b}[201~', '\u{1b}[<0;10;5M', '\u{1b}[M *%', '\u{1b}[I', '\u{1b}[?62;22c'),
  );
  const input = fc.oneof(
    fc.array(token, { maxLength: 30 }).map((tokens) => utf8(tokens.join(''))),
    fc.uint8Array({ maxLength: 200 }),
  );

  /** Paste pieces depend on how the bytes came; their text does not. */
  function joined(events: readonly KeyEvent[]): unknown[] {
    const result: unknown[] = [];
    let paste = '';
    for (const event of events) {
      if (event.kind !== 'paste') result.push(event);
      else {
        paste += event.text;
        if (!event.last) continue;
        result.push({ paste });
        paste = '';
      }
    }
    return [...result, paste];
  }

  it('gives the same events however the bytes are split', () => {
    fc.assert(
      fc.property(input, fc.infiniteStream(fc.integer({ min: 1, max: 5 })), (bytes, sizes) => {
        const whole = new KeyReader();
        const split = new KeyReader();
        const events: KeyEvent[] = [];
        for (let at = 0; at < bytes.length;) {
          const size = sizes.next().value ?? 1;
          events.push(...split.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(joined(events)).toEqual(joined(whole.push(bytes)));
        expect(split.pending).toBe(whole.pending);
        expect(split.flush()).toEqual(whole.flush());
      }),
      { numRuns: 2000 },
    );
  });

  it('gives only keys that the host has, and never more events than bytes', () => {
    fc.assert(
      fc.property(input, (bytes) => {
        const events = read(bytes);
        expect(events.length).toBeLessThanOrEqual(bytes.length);
        for (const event of events) if (event.kind === 'key') expect(isValidKeyCode(event.key)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
