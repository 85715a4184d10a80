import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isShipmateError } from '#kernel';
import { serverMessage } from './arbitraries.fixture.js';
import { MAX_LISTED, MAX_NOTICE_BYTES } from './message-limits.js';
import { decodeServerMessage, encodeServerMessage } from './server-messages.js';

const refused = (bytes: Iterable<number>): boolean => {
  try {
    decodeServerMessage(Uint8Array.from(bytes));
    return false;
  } catch (error) {
    if (!isShipmateError(error)) throw error;
    return true;
  }
};

describe("a server's message", () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(serverMessage, (message) => {
        expect(decodeServerMessage(encodeServerMessage(message))).toEqual(message);
      }),
    );
  });

  it('has the bytes that the docs tell', () => {
    const bytesOf = (message: Parameters<typeof encodeServerMessage>[0]) => [...encodeServerMessage(message)];
    expect(bytesOf({ type: 'welcome', version: 1, role: 'reader', resumed: true, taken: 258 })).toEqual([
      1, 1, 1, 1, 0, 0, 1, 2,
    ]);
    expect(bytesOf({ type: 'screen', bytes: Uint8Array.of(27, 99) })).toEqual([2, 27, 99]);
    expect(bytesOf({ type: 'size', cols: 300, rows: 24 })).toEqual([3, 1, 44, 0, 24]);
    expect(bytesOf({ type: 'state', phase: 'ended', ms: 60_000, windowCols: 80, windowRows: 23 })).toEqual([
      4, 2, 0, 0, 234, 96, 0, 80, 0, 23,
    ]);
    const listed = [{ role: 'writer', transport: 'ssh' } as const, { role: 'reader', transport: 'web' } as const];
    expect(bytesOf({ type: 'people', count: 3, listed, self: 1 })).toEqual([5, 0, 3, 1, 2, 0, 0, 1, 1]);
    expect(bytesOf({ type: 'people', count: 0, listed: [], self: undefined })).toEqual([5, 0, 0, 255, 0]);
    expect(bytesOf({ type: 'notice', text: 'é' })).toEqual([6, 0, 2, 0xc3, 0xa9]);
    expect(bytesOf({ type: 'taken', number: 1 })).toEqual([7, 0, 0, 0, 1]);
    expect(bytesOf({ type: 'ping', stamp: 5 })).toEqual([8, 0, 0, 0, 5]);
  });

  it('of any bytes at all gives a message or a ShipmateError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        refused(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[string, number[]]>([
    ['nothing', []],
    ['an unknown kind', [9]],
    ['a third role', [1, 1, 2, 0, 0, 0, 0, 0]],
    ['a fourth phase', [4, 3, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['a size of 0', [3, 0, 0, 0, 24]],
    ['more listed than counted', [5, 0, 0, 255, 1, 0, 0]],
    ['a self that is not listed', [5, 0, 2, 2, 2, 0, 0, 0, 0]],
    ['too many listed', [5, 1, 0, 255, MAX_LISTED + 1, ...Array<number>(2 * (MAX_LISTED + 1)).fill(0)]],
    ['a list cut off', [5, 0, 2, 255, 2, 0, 0, 0]],
    ['a notice that is not UTF-8', [6, 0, 1, 0xff]],
    ['a notice that is too long', [6, 255, 255, ...Array<number>(65_535).fill(97)]],
    ['something after its end', [7, 0, 0, 0, 1, 0]],
  ])('of %s is refused', (_what, bytes) => {
    expect(refused(bytes)).toBe(true);
  });

  it('may carry a notice of the longest kind', () => {
    const text = 'a'.repeat(MAX_NOTICE_BYTES);
    expect(decodeServerMessage(encodeServerMessage({ type: 'notice', text }))).toEqual({ type: 'notice', text });
  });
});
