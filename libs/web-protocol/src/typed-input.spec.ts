import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_INPUT_BYTES, MAX_UNACKNOWLEDGED_INPUT_BYTES } from './message-limits.js';
import { TypedInput } from './typed-input.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (input: TypedInput): string[] => input.take().map((message) => new TextDecoder().decode(message.bytes));

describe('typed input', () => {
  it('is sent once, in order', () => {
    const input = new TypedInput();
    input.type(bytes('a'));
    input.type(bytes('b'));
    expect(texts(input)).toEqual(['a', 'b']);
    expect(texts(input)).toEqual([]);
    input.type(bytes('c'));
    expect(input.take()).toEqual([{ type: 'input', number: 3, bytes: bytes('c') }]);
    expect(input.sent).toBe(3);
  });

  it('is forgotten once it was taken', () => {
    const input = new TypedInput();
    for (const key of 'abc') input.type(bytes(key));
    input.take();
    input.taken(2);
    expect(input.waitingBytes).toBe(1);
    input.taken(3);
    input.taken(1);
    expect(input.waitingBytes).toBe(0);
  });

  it('continues after a reconnection where the server says', () => {
    const input = new TypedInput();
    for (const key of 'abcd') input.type(bytes(key));
    input.take();
    input.type(bytes('typed while away'));
    expect(input.sent).toBe(4);
    input.welcomed(2);
    expect(texts(input)).toEqual(['c', 'd', 'typed while away']);
  });

  it('that was never sent survives a server that knows nothing of the page; what was sent is not sent again', () => {
    const input = new TypedInput();
    input.type(bytes('on its way'));
    input.take();
    input.type(bytes('never sent'));
    input.welcomed(input.sent);
    expect(texts(input)).toEqual(['never sent']);
  });

  it('is cut into pieces that a message holds', () => {
    const input = new TypedInput();
    const paste = new Uint8Array(2 * MAX_INPUT_BYTES + 1).fill(120);
    expect(input.type(paste)).toBe(true);
    const pieces = input.take();
    expect(pieces.map((piece) => [piece.number, piece.bytes.length])).toEqual([
      [1, MAX_INPUT_BYTES],
      [2, MAX_INPUT_BYTES],
      [3, 1],
    ]);
    // What the caller does with its own bytes afterwards changes nothing.
    paste.fill(0);
    expect(pieces[0]?.bytes[0]).toBe(120);
  });

  it('is refused whole when too much of it waits', () => {
    const input = new TypedInput();
    expect(input.type(new Uint8Array(MAX_UNACKNOWLEDGED_INPUT_BYTES))).toBe(true);
    expect(input.type(bytes('x'))).toBe(false);
    const pieces = input.take();
    input.taken(pieces[0]?.number ?? 0);
    expect(input.type(bytes('x'))).toBe(true);
    expect(texts(input)).toEqual(['x']);
  });

  it('reaches a server that resumes exactly once, whenever connections break', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('type' as const) }),
      fc.record({ do: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ do: fc.constant('acknowledge' as const) }),
      fc.record({ do: fc.constant('break' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const input = new TypedInput();
        const typed: number[] = [];
        const got: number[] = [];
        let taken = 0;
        let wire: ReturnType<TypedInput['take']>[number][] = [];
        const deliver = (count: number): void => {
          for (const message of wire.splice(0, count)) {
            expect(message.number).toBe(taken + 1);
            taken = message.number;
            got.push(message.bytes[0] ?? -1);
          }
        };
        for (const what of steps) {
          if (what.do === 'type') {
            typed.push(typed.length % 256);
            input.type(Uint8Array.of((typed.length - 1) % 256));
            wire.push(...input.take());
          } else if (what.do === 'deliver') deliver(what.count);
          else if (what.do === 'acknowledge') input.taken(taken);
          else {
            wire = [];
            input.welcomed(taken);
            wire.push(...input.take());
          }
        }
        deliver(wire.length);
        expect(got).toEqual(typed);
      }),
    );
  });
});
