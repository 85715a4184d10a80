import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipboardText } from './host-clipboard.js';

describe('clipboardText', () => {
  it('reads any text that a host sets', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }),
        fc.constantFrom('', 'c', 'p', 's0'),
        (text, selection) => {
          fc.pre(!text.startsWith('\uFEFF'));
          expect(clipboardText(`${selection};${Buffer.from(text).toString('base64')}`)).toBe(text);
        },
      ),
    );
  });

  it.each([
    ['a question', 'c;?'],
    ['nothing', 'c;'],
    ['no selection', 'aGVsbG8='],
    ['no base64', 'c;a-b!'],
    ['no UTF-8', 'c;/w=='],
    ['too much', `c;${'YWFh'.repeat(100_000)}`],
  ])('gives no text for %s', (_, data) => {
    expect(clipboardText(data)).toBeUndefined();
  });
});
