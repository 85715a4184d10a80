import { describe, expect, it } from 'vitest';
import { capture } from './capture.fixture.js';
import { FAMILIES } from './families.fixture.js';
import { after, bytesOf, screenOf } from './screen.fixture.js';
import { Terminal } from './terminal.js';

describe.each(Object.entries(FAMILIES))('%s', (_, cases) => {
  it.each(cases)('$name', ({ cols, rows, input, screen, cursor, captured }) => {
    const terminal = after(input, cols, rows);
    expect(screenOf(terminal)).toEqual(screen);
    expect([terminal.cursorX, terminal.cursorY]).toEqual(cursor);
    if (captured !== undefined) expect(capture(terminal).split('\n')[0]).toBe(captured);
  });

  it.each(cases)('$name, a byte at a time', ({ cols, rows, input }) => {
    const whole = after(input, cols, rows);
    const bitwise = new Terminal({ cols, rows, historyLimit: 100 });
    for (const byte of bytesOf(input)) bitwise.write(Uint8Array.of(byte));
    expect(capture(bitwise)).toBe(capture(whole));
  });
});
