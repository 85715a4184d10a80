import fc from 'fast-check';
import { isShipmateError } from '#kernel';
import { describe, expect, it } from 'vitest';
import { capture, stateOf } from './capture.fixture.js';
import { randomCase } from './programs.fixture.js';
import { after, bytesOf, historyOf, screenOf } from './screen.fixture.js';
import { Terminal } from './terminal.js';

/** All the output of a random program. */
const programOf = (seed: number) => Buffer.concat(randomCase(seed).steps.filter((step) => step instanceof Uint8Array));
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const everything = (terminal: Terminal) =>
  `${capture(terminal)}${stateOf(terminal)} ${terminal.title} ${terminal.bells}`;

describe('freeze', () => {
  it('keeps all there is: what is written after it looks the same', () => {
    fc.assert(
      fc.property(seeds, seeds, fc.nat(400), fc.integer({ min: 1, max: 30 }), (first, second, cut, cols) => {
        const terminal = after('', cols, 6, 12);
        const output = Buffer.concat([programOf(first), programOf(second)]);
        terminal.write(output.subarray(0, cut));
        const thawed = Terminal.thaw(terminal.freeze());
        expect(everything(thawed)).toBe(everything(terminal));
        for (const each of [terminal, thawed]) {
          each.write(output.subarray(cut));
          each.resize(cols + 3, 9);
        }
        expect(everything(thawed)).toBe(everything(terminal));
        expect(thawed.freeze()).toEqual(terminal.freeze());
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the alternate screen and what is under it', () => {
    const thawed = Terminal.thaw(after('a\r\nb\r\nc\x1b[?1049hd', 5, 2).freeze());
    expect(thawed.modes.alternate).toBe(true);
    thawed.write(bytesOf('\x1b[?1049l'));
    expect([...historyOf(thawed), ...screenOf(thawed)]).toEqual(['a', 'b', 'c']);
  });

  it('keeps links, titles, cursor and tab stops', () => {
    const terminal = after(
      '\x1b]8;;http://a.example\x07x\x1b]8;;\x07\x1b]2;title\x07\x1b[4 q\x1b]12;red\x07\x1b[3g\x1b[4G\x1bH\r',
      10,
      2,
    );
    const thawed = Terminal.thaw(terminal.freeze());
    expect(thawed).toMatchObject({ title: 'title', cursorShape: 4, cursorColour: 'red' });
    expect(thawed.link(1)).toBe('http://a.example');
    thawed.write(bytesOf('\tx'));
    expect(thawed.cursorX).toBe(4);
  });

  it('is small: a shell screen takes 2 KB', () => {
    const lines = Array.from(
      { length: 30 },
      (_, i) => `-rw-r--r-- 1 user user ${i * 1234} Nov 21 04:09 \x1b[01;34mfile-${i}.txt\x1b[0m`,
    );
    expect(after(lines.join('\r\n'), 80, 24).freeze().length).toBeLessThan(2500);
    expect(after('', 80, 24).freeze().length).toBeLessThan(200);
  });
});

/** Thaws, and says whether the bytes were taken; anything but a protocol error is a fault. */
function thaws(bytes: Uint8Array): boolean {
  try {
    const terminal = Terminal.thaw(bytes);
    terminal.write(bytesOf('\x1b[2Jx\r\n\x1b[?1049lx'));
    terminal.resize(7, 3);
    capture(terminal);
    return true;
  } catch (error) {
    if (!isShipmateError(error, 'protocol')) throw error;
    return false;
  }
}

describe('thaw', () => {
  it('takes no random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => !thaws(bytes)));
  });

  it('takes nothing that is cut short or too long', () => {
    const frozen = after(programOf(7), 20, 5, 10).freeze();
    for (let length = 0; length < frozen.length; length++) expect(thaws(frozen.subarray(0, length))).toBe(false);
    expect(thaws(Buffer.concat([frozen, Uint8Array.of(0)]))).toBe(false);
  });

  it('survives any damage', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }), (seed, changes) => {
        const terminal = after('', 20, 5, 10);
        terminal.write(programOf(seed));
        const frozen = terminal.freeze();
        for (const [at, value] of changes) frozen[at % frozen.length] = value;
        thaws(frozen);
      }),
      { numRuns: 500 },
    );
  });

  it('lets no control character into a cell', () => {
    const frozen = after('\x1b[31mQQQQ', 6, 2).freeze();
    for (const control of [0x1b, 0x07, 0x7f, 0x0a]) {
      expect(thaws(frozen.map((byte) => (byte === 0x51 ? control : byte)))).toBe(false);
    }
  });

  it('never fails for what a host says of its history, and what a resized screen makes of it', () => {
    for (const historyLimit of [-1, Infinity, NaN, 2 ** 31, 3_000_000]) {
      const terminal = new Terminal({ cols: 400, rows: 3, historyLimit });
      terminal.write(bytesOf(`${'x'.repeat(400)}\r\n`.repeat(500)));
      terminal.resize(1, 3);
      terminal.write(bytesOf('\r\n'.repeat(1000)));
      const thawed = Terminal.thaw(terminal.freeze());
      expect(thawed.historySize).toBe(terminal.historySize);
      expect(thawed.historySize).toBeLessThan(130_000);
      expect(screenOf(thawed)).toEqual(screenOf(terminal));
    }
  });
});
