import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteSink } from './byte-sink.js';
import { CursorMotion, UNKNOWN } from './cursor-motion.js';
import { MirrorTerminal } from './mirror.fixture.js';

function sent(columnAddress: boolean, ...[fromX, fromY, x, y]: [number, number, number, number]): string {
  const sink = new ByteSink();
  new CursorMotion(sink, columnAddress).move(fromX, fromY, x, y);
  return new TextDecoder().decode(sink.take());
}

describe('CursorMotion', () => {
  it.each([
    [5, 3, 4, 3, '\b'],
    [5, 3, 0, 3, '\r'],
    [5, 3, 6, 3, '\u{1b}[C'],
    [5, 3, 25, 3, '\u{1b}[20C'],
    [5, 3, 5, 4, '\n'],
    [5, 3, 0, 5, '\r\n\n'],
    [5, 3, 5, 2, '\u{1b}[A'],
    [5, 3, 0, 0, '\u{1b}[H'],
    [5, 3, 0, 20, '\u{1b}[21H'],
    [5, 3, 40, 20, '\u{1b}[21;41H'],
    [UNKNOWN, 3, 40, 3, '\u{1b}[41G'],
    [UNKNOWN, 3, 1, 3, '\u{1b}[2G'],
    [UNKNOWN, UNKNOWN, 1, 3, '\u{1b}[4;2H'],
  ])('takes the shortest way from %i,%i to %i,%i', (fromX, fromY, x, y, bytes) => {
    expect(sent(true, fromX, fromY, x, y)).toBe(bytes);
  });

  it('arrives, and never takes longer than to say where', () => {
    const terminal = new MirrorTerminal(60, 30);
    const place = fc.record({ x: fc.nat(59), y: fc.nat(29) });
    fc.assert(
      fc.property(place, place, fc.boolean(), (from, to, columnAddress) => {
        terminal.write(`\u{1b}[${from.y + 1};${from.x + 1}H`);
        const bytes = sent(columnAddress, from.x, from.y, to.x, to.y);
        terminal.write(bytes);
        expect(terminal.cursor).toMatchObject(to);
        expect(bytes.length).toBeLessThanOrEqual(`\u{1b}[${to.y + 1};${to.x + 1}H`.length);
      }),
    );
  });
});
