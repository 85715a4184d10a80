import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '#kernel';
import { History, MAX_HISTORY_BYTES } from './history.js';
import { appendCells, cellText, Line } from './line.js';
import { packLine, peekLine, unpackLine } from './pack.js';
import { randomCase } from './programs.fixture.js';
import { after } from './screen.fixture.js';
import { codePointWidth } from './width.js';

/** A line of text. */
function lineOf(text: string): Line {
  const row = after(text, Math.max(1, text.length), 1).line(0);
  if (!(row instanceof Line)) throw new Error('no line');
  return row;
}
const textOf = (line: Line | undefined) =>
  line === undefined ? undefined : Array.from({ length: line.size }, (_, x) => cellText(line, x)).join('');

describe('packing', () => {
  it('gives back every line that a program can make', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (seed) => {
        const terminal = after(
          Buffer.concat(randomCase(seed).steps.filter((step) => step instanceof Uint8Array)),
          14,
          6,
        );
        for (let y = 0; y < 6; y++) {
          const line = terminal.line(y);
          if (!(line instanceof Line)) throw new Error('no line');
          const writer = new ByteWriter(8);
          packLine(writer, line);
          const reader = new ByteReader(writer.finish());
          expect(peekLine(new ByteReader(writer.finish()))).toEqual({ size: line.size, wrapped: line.wrapped });
          const unpacked = unpackLine(reader);
          expect(reader.left).toBe(0);
          expect([unpacked.size, unpacked.wrapped]).toEqual([line.size, line.wrapped]);
          // A blank may come back as a space, which looks the same.
          for (let x = 0; x < line.size; x++) expect(cellText(unpacked, x)).toBe(cellText(line, x));
          for (let i = 0; i < line.size * 3; i++) if (i % 3 > 0) expect(unpacked.words[i]).toBe(line.words[i]);
        }
      }),
    );
  });

  it('takes about a byte a character', () => {
    const writer = new ByteWriter(8);
    packLine(writer, lineOf('x'.repeat(70)));
    expect(writer.length).toBe(72);
  });
});

describe('History', () => {
  it('is a queue from which the newest can be taken back', () => {
    type Model = string[];
    const operation = fc.oneof(
      fc.record({ push: fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 30 }) }),
      fc.constant('pop' as const),
      fc.record({ drop: fc.nat(5) }),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
        const history = new History();
        let model: Model = [];
        for (const each of operations) {
          if (each === 'pop') expect(textOf(history.pop())).toBe(model.pop());
          else if ('drop' in each) {
            history.dropOldest(each.drop);
            model = model.slice(each.drop);
          } else {
            history.push(lineOf(each.push));
            model.push(each.push);
          }
          expect(history.length).toBe(model.length);
        }
        expect(model.map((_, i) => textOf(history.line(i)))).toEqual(model);
        expect([...history.all()].map(textOf)).toEqual(model);
      }),
    );
  });

  it('holds over many chunks, and lets the oldest go', () => {
    const history = new History();
    for (let i = 0; i < 3000; i++) history.push(lineOf(`${i} ${'x'.repeat(60)}`));
    history.dropOldest(1000);
    expect(history.length).toBe(2000);
    for (const i of [0, 1, 777, 1999]) expect(textOf(history.line(i))?.split(' ')[0]).toBe(`${i + 1000}`);
    expect(history.line(2000)).toBeUndefined();
    expect(history.line(-1)).toBeUndefined();
    expect(history.some((size) => size > 70)).toBe(false);
  });
});

describe('lines', () => {
  it('keep combined cells when they are joined', () => {
    const target = lineOf('ab');
    appendCells(target, lineOf('xe\u0301z'), 1, 2, 0);
    expect(textOf(target)).toBe('abe\u0301z');
  });
});

describe('widths', () => {
  it.each([
    ['a letter', 0x61, 1],
    ['a control', 0x07, -1],
    ['C1', 0x85, -1],
    ['a combining accent', 0x301, 0],
    ['a joiner', 0x200d, 0],
    ['a soft hyphen', 0xad, 1],
    ['Han', 0x6f22, 2],
    ['Hangul', 0xd55c, 2],
    ['an emoji', 0x1f642, 2],
    ['box drawing', 0x2500, 1],
    ['private use', 0xe0a0, 1],
    ['a surrogate', 0xd800, -1],
    ['not assigned', 0x378, -1],
    ['the last one', 0x10ffff, -1],
    ['out of range', 0x110000, -1],
  ])('%s', (_, codePoint, width) => {
    expect(codePointWidth(codePoint)).toBe(width);
  });
});

describe('what a history takes', () => {
  const packedBytes = (history: History): number => {
    const writer = new ByteWriter(1024);
    history.writeTo(writer);
    return writer.length;
  };

  it('is known at any time, and nothing once it is empty', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('push' as const), count: fc.integer({ min: 1, max: 400 }) }),
      fc.record({ kind: fc.constantFrom('pop' as const, 'drop' as const, 'look' as const), count: fc.nat(300) }),
    );
    const line = lineOf('x'.repeat(120));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const history = new History();
        for (const { kind, count } of steps) {
          if (kind === 'drop') history.dropOldest(count);
          else
            for (let n = 0; n < count; n++) {
              if (kind === 'push') history.push(line);
              else if (kind === 'pop') history.pop();
              else history.line(n);
            }
          expect(history.bytes).toBeGreaterThanOrEqual(packedBytes(history));
          // Chunks that are partly empty, ends, and lines that were looked at.
          expect(history.bytes).toBeLessThan(1.2 * packedBytes(history) + 1_200_000);
        }
        history.dropOldest(history.length);
        expect(history.bytes).toBe(0);
      }),
    );
  });

  it('is bounded, whatever the limit of lines is: the oldest go', () => {
    const wide = lineOf('x'.repeat(1000));
    const history = new History();
    for (let n = 0; n < 10_000; n++) history.push(wide);
    expect(history.bytes).toBeLessThan(MAX_HISTORY_BYTES + 200_000);
    expect(history.length).toBeGreaterThan(4000);
    expect(textOf(history.line(0))).toBe('x'.repeat(1000));
    const narrow = new History();
    for (let n = 0; n < 400_000; n++) narrow.push(new Line());
    expect(narrow.length).toBeLessThan(200_000);
  });
});
