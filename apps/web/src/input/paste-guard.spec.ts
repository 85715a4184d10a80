import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GUARDED_CHARS, needsConsent, previewPaste, readPaste } from './paste-guard.js';

describe('readPaste', () => {
  it('counts lines, with every kind of line end', () => {
    expect(readPaste('one')).toEqual({ text: 'one', lines: 1, removed: 0 });
    expect(readPaste('one\r\ntwo\rthree\n')).toEqual({ text: 'one\ntwo\nthree\n', lines: 3, removed: 0 });
  });

  it('leaves out what could end a bracketed paste or move the cursor', () => {
    const { text, removed } = readPaste('a\u001B[201~rm -rf\u0003\u009B1A\tb');
    expect(text).toBe('a[201~rm -rf1A\tb');
    expect(removed).toBe(3);
  });

  it('keeps every character that is not a control', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (clipboard) => {
        const { text } = readPaste(clipboard);
        expect(Array.from(text).every((char) => char === '\n' || char === '\t' || char >= ' ')).toBe(true);
        const kept = Array.from(clipboard.replace(/\r\n?/g, '\n')).filter(
          (char) => !/[\p{Cc}]/u.test(char) || /[\t\n]/.test(char),
        );
        expect(text).toBe(kept.join(''));
      }),
    );
  });
});

describe('needsConsent', () => {
  it.each([
    ['ls -l', false],
    ['', false],
    ['ls\n', true],
    ['cd /\nls', true],
    ['x'.repeat(GUARDED_CHARS), false],
    ['x'.repeat(GUARDED_CHARS + 1), true],
  ])('%j: %s', (clipboard, asks) => {
    expect(needsConsent(readPaste(clipboard))).toBe(asks);
  });
});

describe('previewPaste', () => {
  it('shows a short one whole', () => {
    expect(previewPaste('a\nb\n')).toEqual({ shown: 'a\nb\n', hiddenChars: 0 });
  });

  it('shows the beginning of a long one and says how much is left', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 200 }), (lines, width) => {
        const text = Array.from({ length: lines }, () => 'x'.repeat(width)).join('\n');
        const { shown, hiddenChars } = previewPaste(text);
        expect(text.startsWith(shown)).toBe(true);
        expect(shown.length + hiddenChars).toBe(text.length);
        expect(shown.length).toBeLessThanOrEqual(20_000);
        expect(shown.split('\n').length).toBeLessThanOrEqual(200);
      }),
      { numRuns: 50 },
    );
  });
});
