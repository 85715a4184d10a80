import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { FULL_MS, InputPacer, SLICE_BYTES, SLICE_MS } from './input-pacer.js';

function seatInput(clock = new FakeClock()) {
  const slices: { readonly text: string; readonly more: boolean }[] = [];
  const state = { takes: true, taken: 0 };
  const input = new InputPacer({
    clock,
    handle: (slice, more) => slices.push({ text: Buffer.from(slice).toString('latin1'), more }),
    takes: () => state.takes,
    taken: (bytes) => (state.taken += bytes),
  });
  return { clock, slices, state, input, text: () => slices.map(({ text }) => text).join('') };
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('what one joiner types', () => {
  it('is handled at once, key by key', () => {
    const { input, slices, state } = seatInput();
    for (const key of 'keys') input.push(bytes(key));
    expect(slices).toEqual(Array.from('keys', (text) => ({ text, more: false })));
    expect(state.taken).toBe(4);
  });

  it('is handled once and in order, however it comes and whenever it is taken', () => {
    const step = fc.oneof(
      fc.record({ push: fc.integer({ min: 0, max: 3 * SLICE_BYTES }) }),
      fc.record({ passes: fc.integer({ min: 0, max: 3 * FULL_MS }) }),
      fc.record({ takes: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { clock, input, state, slices, text } = seatInput();
        let pushed = '';
        for (const action of steps) {
          if ('push' in action) {
            const piece = Array.from({ length: action.push }, (_, n) => (pushed.length + n) % 251);
            pushed += Buffer.from(piece).toString('latin1');
            input.push(Uint8Array.from(piece));
          } else if ('passes' in action) clock.advance(action.passes);
          else state.takes = action.takes;
          expect(pushed.startsWith(text())).toBe(true);
          expect(state.taken).toBe(text().length);
        }
        state.takes = true;
        clock.advance(FULL_MS + 2 * pushed.length);
        expect(text()).toBe(pushed);
        expect(Math.max(0, ...slices.map((slice) => slice.text.length))).toBeLessThanOrEqual(SLICE_BYTES);
      }),
    );
  });

  it('gives everyone else a turn after each slice, even if it comes a byte at a time', () => {
    const clock = new FakeClock();
    const pasting = seatInput(clock);
    const innocent = seatInput(clock);
    for (let n = 0; n < 10 * SLICE_BYTES; n++) pasting.input.push(bytes('x'));
    for (let turn = 1; turn <= 10; turn++) {
      // Between two slices of a paste, everyone else's keys are handled.
      expect(pasting.text()).toHaveLength(turn * SLICE_BYTES);
      innocent.input.push(bytes('k'));
      expect(innocent.text()).toHaveLength(turn);
      clock.advance(SLICE_MS);
    }
  });

  it('waits while much waits for the host, and is told to be incomplete until its end', () => {
    const { clock, input, state, slices, text } = seatInput();
    state.takes = false;
    input.push(bytes('\x1b['));
    input.push(bytes('A'));
    clock.advance(10 * FULL_MS);
    expect([slices, state.taken]).toEqual([[], 0]);
    state.takes = true;
    clock.advance(FULL_MS);
    expect(slices).toEqual([
      { text: '\x1b[', more: true },
      { text: 'A', more: false },
    ]);
    expect(text()).toBe('\x1b[A');
  });

  it('is forgotten with its seat', () => {
    const { clock, input, text } = seatInput();
    input.push(new Uint8Array(2 * SLICE_BYTES));
    input.dispose();
    clock.advance(1000);
    expect(text()).toHaveLength(SLICE_BYTES);
  });
});
