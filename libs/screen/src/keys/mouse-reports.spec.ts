import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Key, KeyModifier } from '#tmate-protocol';
import { KeyReader } from './key-reader.js';
import type { MouseEvent } from './key-event.js';
import { MouseKeys } from './mouse-keys.js';
import { encodeMouseReport, mouseEvent, type MouseEncoding } from './mouse-reports.js';

const press = mouseEvent(0, 9, 4, true, false);
const release = mouseEvent(0, 9, 4, true, true);
const drag = mouseEvent(32, 10, 4, true, false);
const move = mouseEvent(35, 10, 4, true, false);

describe('encodeMouseReport', () => {
  it('says what the program asked for, and no more', () => {
    expect(encodeMouseReport('off', 'sgr', press)).toBeUndefined();
    expect(encodeMouseReport('standard', 'sgr', press)).toBe('\u{1b}[<0;10;5M');
    expect(encodeMouseReport('standard', 'sgr', release)).toBe('\u{1b}[<0;10;5m');
    expect(encodeMouseReport('standard', 'sgr', drag)).toBeUndefined();
    expect(encodeMouseReport('button', 'sgr', drag)).toBe('\u{1b}[<32;11;5M');
    expect(encodeMouseReport('button', 'sgr', move)).toBeUndefined();
    expect(encodeMouseReport('any', 'sgr', move)).toBe('\u{1b}[<35;11;5M');
    expect(encodeMouseReport('standard', 'x10', press)).toBe('\u{1b}[M *%');
    expect(encodeMouseReport('standard', 'x10', release)).toBe('\u{1b}[M#*%');
    expect(encodeMouseReport('standard', 'sgr', press, 0, 1)).toBe('\u{1b}[<0;1;2M');
    expect(encodeMouseReport('standard', 'sgr', press, -1, 1)).toBeUndefined();
  });

  it('does not reach beyond what the old forms can say', () => {
    const far = mouseEvent(0, 400, 4, true, false);
    expect(encodeMouseReport('standard', 'x10', far)).toBeUndefined();
    expect(encodeMouseReport('standard', 'utf8', far)).toBe('\u{1b}[M \u{c6}\u{b1}%');
    expect(encodeMouseReport('standard', 'utf8', mouseEvent(0, 3000, 4, true, false))).toBeUndefined();
    // What did not come in SGR form does not say which button was released.
    expect(encodeMouseReport('standard', 'sgr', mouseEvent(3, 9, 4, false, false))).toBe('\u{1b}[M#*%');
  });

  it('is what the reader reads', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 2, 4, 16, 32, 34, 64, 65),
        fc.nat(200),
        fc.nat(200),
        fc.constantFrom<MouseEncoding>('x10', 'utf8', 'sgr'),
        (code, x, y, encoding) => {
          const event = mouseEvent(code, x, y, encoding === 'sgr', false);
          const bytes = Uint8Array.from(encodeMouseReport('any', encoding, event) ?? '', (c) => c.charCodeAt(0));
          expect(new KeyReader({ utf8Mouse: encoding === 'utf8' }).push(bytes)).toEqual([event]);
        },
      ),
    );
  });
});

describe('MouseKeys', () => {
  const keyOf = (
    events: readonly MouseEvent[],
    place: 'Pane' | 'Status' | 'Border' = 'Pane',
  ): (number | undefined)[] => {
    const names = new MouseKeys();
    return events.map((event) => names.key(event, place));
  };

  it('names presses, releases and wheels by place, with modifiers', () => {
    expect(keyOf([press, release])).toEqual([Key.MouseDown1Pane, Key.MouseUp1Pane]);
    expect(keyOf([mouseEvent(2, 0, 0, true, false)], 'Status')).toEqual([Key.MouseDown3Status]);
    expect(keyOf([mouseEvent(64, 0, 0, true, false), mouseEvent(65, 0, 0, true, false)], 'Border')).toEqual([
      Key.WheelUpBorder,
      Key.WheelDownBorder,
    ]);
    expect(keyOf([mouseEvent(16, 0, 0, true, false)])).toEqual([Key.MouseDown1Pane + KeyModifier.ctrl]);
    expect(keyOf([move, mouseEvent(66, 0, 0, true, false)])).toEqual([undefined, undefined]);
  });

  it('remembers which button was pressed, for releases that do not say', () => {
    expect(keyOf([mouseEvent(1, 9, 4, false, false), mouseEvent(3, 9, 4, false, false)])).toEqual([
      Key.MouseDown2Pane,
      Key.MouseUp2Pane,
    ]);
  });

  it('begins a drag where the button was pressed, and ends it with its release', () => {
    const names = new MouseKeys();
    names.key(press, 'Border');
    expect(names.placeOf(drag)).toEqual({ x: 9, y: 4 });
    expect(names.key(drag, 'Border')).toBe(Key.MouseDrag1Border);
    expect(names.dragging).toBe(true);
    expect(names.placeOf(drag)).toEqual({ x: 10, y: 4 });
    expect(names.key(release, 'Pane')).toBe(Key.MouseDragEnd1Pane);
    expect(names.dragging).toBe(false);
  });
});
