import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isShipmateError, type ErrorCode } from '#kernel';
import { clientMessage } from './arbitraries.fixture.js';
import { decodeClientMessage, encodeClientMessage, type HelloMessage } from './client-messages.js';
import { MAX_CLIENT_MESSAGE_BYTES, MAX_INPUT_BYTES } from './message-limits.js';

const hello: HelloMessage = {
  type: 'hello',
  version: 1,
  page: Uint8Array.from({ length: 16 }, (_, i) => i),
  sent: 7,
  cols: 80,
  rows: 24,
  claim: false,
  trueColour: true,
  term: 'xterm-256color',
};

const codeOf = (bytes: Iterable<number>): ErrorCode | undefined => {
  try {
    decodeClientMessage(Uint8Array.from(bytes));
    return undefined;
  } catch (error) {
    if (!isShipmateError(error)) throw error;
    return error.code;
  }
};

/** `hello` with some bytes replaced. */
const spoilt = (at: number, ...bytes: number[]): Uint8Array => {
  const message = encodeClientMessage(hello);
  message.set(bytes, at);
  return message;
};

describe("a page's message", () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(clientMessage, (message) => {
        expect(decodeClientMessage(encodeClientMessage(message))).toEqual(message);
      }),
    );
  });

  it('has the bytes that the docs tell', () => {
    const bytes = encodeClientMessage(hello);
    expect([...bytes.subarray(0, 18)]).toEqual([1, 1, ...hello.page]);
    expect([...bytes.subarray(18, 29)]).toEqual([0, 0, 0, 7, 0, 80, 0, 24, 0, 1, 14]);
    expect(new TextDecoder().decode(bytes.subarray(29))).toBe('xterm-256color');
    expect([...encodeClientMessage({ type: 'input', number: 258, bytes: Uint8Array.of(97, 98) })]).toEqual([
      2, 0, 0, 1, 2, 97, 98,
    ]);
    expect([...encodeClientMessage({ type: 'resize', cols: 300, rows: 50, claim: true })]).toEqual([
      3, 1, 44, 0, 50, 1,
    ]);
    expect([...encodeClientMessage({ type: 'ack', bytes: 0xfffffffe })]).toEqual([4, 255, 255, 255, 254]);
    expect([...encodeClientMessage({ type: 'pong', stamp: 9 })]).toEqual([5, 0, 0, 0, 9]);
    expect([...encodeClientMessage({ type: 'visible', visible: false })]).toEqual([6, 0]);
  });

  it('of any bytes at all gives a message or a ShipmateError, whatever is cut off or added', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const code = codeOf(bytes);
        expect([undefined, 'protocol', 'conflict']).toContain(code);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(clientMessage, fc.nat(40), (message, cut) => {
        const bytes = encodeClientMessage(message);
        if (message.type === 'input') return;
        expect(codeOf(bytes.subarray(0, Math.max(0, bytes.length - 1 - cut)))).toBe('protocol');
        expect(codeOf([...bytes, 0])).toBe('protocol');
      }),
    );
  });

  it.each<[string, Uint8Array]>([
    ['nothing', Uint8Array.of()],
    ['an unknown kind', Uint8Array.of(0)],
    ['another unknown kind', Uint8Array.of(7, 0)],
    ['no columns', spoilt(22, 0, 0)],
    ['1,001 columns', spoilt(22, 3, 233)],
    ['no rows', spoilt(24, 0, 0)],
    ['65,535 rows', spoilt(24, 255, 255)],
    ['a flag of 2', spoilt(26, 2)],
    ['a TERM longer than the message', spoilt(28, 32)],
    ['a TERM of 33 bytes', spoilt(28, 33)],
    ['an empty TERM', encodeClientMessage({ ...hello, term: '' })],
    ['a TERM with a path in it', encodeClientMessage({ ...hello, term: '../../etc/passwd' })],
    ['a TERM with an escape sequence', encodeClientMessage({ ...hello, term: 'x\u001b[31m' })],
    ['a TERM that is not UTF-8', spoilt(29, 0xff, 0xfe)],
    ['input number 0', Uint8Array.of(2, 0, 0, 0, 0, 97)],
    ['input of no bytes', Uint8Array.of(2, 0, 0, 0, 1)],
    ['a resize to 0 columns', Uint8Array.of(3, 0, 0, 0, 24, 0)],
    ['a resize to 65,535 columns', Uint8Array.of(3, 255, 255, 0, 24, 0)],
  ])('of %s is refused', (_what, bytes) => {
    expect(codeOf(bytes)).toBe('protocol');
  });

  it('of another version is told apart, whatever follows', () => {
    expect(codeOf([1, 5])).toBe('conflict');
    expect(codeOf([1, 0, 9, 9, 9])).toBe('conflict');
    expect(codeOf([1])).toBe('protocol');
  });

  it('may carry as much input as one message holds, and no more', () => {
    const most = encodeClientMessage({ type: 'input', number: 1, bytes: new Uint8Array(MAX_INPUT_BYTES) });
    expect(codeOf(most)).toBeUndefined();
    expect(most.length).toBeLessThanOrEqual(MAX_CLIENT_MESSAGE_BYTES);
    expect(codeOf([...most, 0])).toBe('limit');
  });

  it('quotes nothing in its errors', () => {
    const secret = encodeClientMessage({ ...hello, term: 'Hunter2!' });
    expect(() => decodeClientMessage(secret)).toThrow(/^(?!.*Hunter)/);
  });

  it('cannot be written with what does not fit', () => {
    expect(() => encodeClientMessage({ ...hello, page: new Uint8Array(15) })).toThrow(RangeError);
  });
});
