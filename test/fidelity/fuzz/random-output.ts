import type { Dice } from '#testing';
import { words } from '../words.js';

// Characters whose width all terminals at hand agree on: the judge's own terminal is newer than the host.
const WORDS = ['a', 'hello', ' ', 'x  ', 'wörld', 'e\u0301', 'n\u0303o', '─│', '\u00a0', 'Ωя'];
const WIDE = ['漢', '字漢', '한', '字漢한', '🙂', '🎉🚀', '日🙂本'];
const CONTROLS = ['\r', '\n', '\r\n', '\r\n', '\t', '\u000b', '\u000e', '\u000f', '\u007f'];
const ESCAPES = ['7', '8', 'D', 'E', 'M', 'H', '(0', '(B', ')0', ')B', '#8', '=', '>'];
const FINALS = 'ABCDEFGHKLMSTX`adefg'.split('');
const MODES = ['?7', '?25', '?1', '?6', '?1049', '?1047', '?47', '?1000', '?1002', '?1003', '?1006', '?2004', '?12'];
const SGR = words(`
  0 1 2 3 4 5 7 8 22 23 24 25 27 28 31 39 42 49 93 104 38;5;200 48;5;17 38;5;9 1;4;33;44 7;32 38;5 38 10
  3;35;47 38;2;10;200;90 48;2;255;100;0 38;2;13;13;13 48;2;1;2 38;2;300;0;0 38;2;1;2;3;4;48;2;250;251;252
`);
const STRINGS = [
  '\u001B]2;a title\u0007',
  '\u001B]0;other\u001B\\',
  '\u001B]8;;http://x/\u0007link\u001B]8;;\u0007',
  '\u001BPq#0\u001B\\',
  '\u001B_apc\u001B\\',
  '\u001B^pm\u001B\\',
  '\u001B[?25$p',
  '\u001B[>4;1m',
  '\u001B[1;2',
  '\u001B[99999999999A',
];
const LINE = '0123456789abcdefghijklmnopqrstuvwxyz'.repeat(4);

/** A control sequence or a few characters, whole. */
function piece(dice: Dice, { wide, activity }: OutputOptions): string {
  const number = (): string => dice.pick(['', '', '0', '1', '2', '3', '5', '8', '30']);
  const csi = (body: string): string => `\u001B[${body}`;
  return dice.weighted([
    [8, () => dice.pick(WORDS).repeat(1 + dice.roll(4))],
    // In columns from which none reaches over the right edge: one that wraps leaves a column open before the edge.
    [wide ? 6 : 0, () => csi(`${1 + 2 * dice.roll(37)}G`) + dice.pick(WIDE)],
    [4, () => LINE.slice(0, dice.roll(dice.pick([10, 40, 120])))],
    [6, () => dice.pick(CONTROLS)],
    [1, () => 'xy\b'],
    [3, () => `\u001B${dice.pick(ESCAPES)}`],
    // What erases a part of a line could leave half of a wide character, too.
    [
      5,
      () =>
        csi(
          `${number()}${dice.oneIn(2) ? `;${number()}` : ''}${dice.pick(wide ? FINALS.filter((f) => !'KX'.includes(f)) : FINALS)}`,
        ),
    ],
    // Not over wide characters: of half of one the host draws what follows it a column too far to the left.
    [
      1,
      () =>
        `${csi('2K')}\r${LINE.slice(0, dice.roll(78))}${csi(`${1 + dice.roll(70)}G`)}${csi(`${number()}${dice.pick(['P', '@'])}`)}`,
    ],
    [4, () => csi(`${1 + dice.roll(24)};${1 + dice.roll(80)}H`)],
    [2, () => csi(`${1 + dice.roll(10)};${5 + dice.roll(18)}r`)],
    [3, () => csi(dice.pick(['2J', '3J', '2K', 'r', ...(wide ? [] : ['1J', 'K', '1K'])]))],
    // From the middle of the first row, the host's model erases what its terminal keeps until it is redrawn.
    [1, () => dice.pick(['\r', ...(wide ? [] : [csi('5;3H'), csi('9;60H')])]) + csi('J')],
    [3, () => csi(`${dice.pick(MODES)}${dice.pick(['h', 'h', 'l'])}`)],
    [6, () => csi(`${dice.pick(SGR)}m`)],
    [1, () => csi(`${dice.roll(7)} q`)],
    [1, () => dice.pick(STRINGS)],
    [activity ? 0 : 1, () => '\u0007'],
    [2, () => 'scroll\r\n'.repeat(1 + dice.roll(30))],
  ])();
}

/** What may be in an output: wide characters; and bells, if `monitor-activity` is on. */
export interface OutputOptions {
  readonly wide: boolean;
  readonly activity: boolean;
}

/** What a program may write, and some that it should not. */
export function randomOutput(dice: Dice, options: OutputOptions): string {
  const count = 1 + dice.roll(dice.pick([3, 8, 25]));
  return Array.from({ length: count }, () => piece(dice, options)).join('');
}
