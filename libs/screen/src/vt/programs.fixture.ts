import { Dice } from '#testing';
import type { Case, Step } from './oracle.fixture.js';

const WORDS = [
  'a',
  'hello',
  ' ',
  'x  ',
  'wörld',
  '漢',
  '字漢',
  '한',
  '🙂',
  'e\u0301',
  '\u0301',
  'ab\u0302\u0303\u0304\u0305\u0306',
  '👩\u200d💻',
  '\u00a0',
  '─│',
];
const CONTROLS = ['\r', '\n', '\r\n', '\b', '\t', '\u000b', '\u000e', '\u000f', '\u0007', '\u0000', '\u007f', '\u0085'];
const ESCAPES = ['7', '8', 'D', 'E', 'M', 'H', '(0', '(B', ')0', ')B', '#8', '=', '>', 'c', '(A', 'Z', '%G', 'N', '\\'];
const FINALS = 'ABCDEFGHJKLMPXZdfgrsu@hlm`aebSTc'.split('');
const MODES = [
  '?7',
  '?25',
  '?1',
  '?3',
  '?6',
  '?47',
  '?1047',
  '?1049',
  '?1000',
  '?1002',
  '?1003',
  '?2004',
  '34',
  '20',
  '?1001',
];
const SGR = [
  '',
  '0',
  '1',
  '2',
  '3',
  '4',
  '5',
  '7',
  '8',
  '22',
  '23',
  '24',
  '25',
  '27',
  '28',
  '31',
  '39',
  '42',
  '49',
  '93',
  '38;5;200',
  '48;5;17',
  '38;5;300',
  '38;2;1;2;3',
  '48;2;200;100;50',
  '38;2;300;1;1',
  '38;5',
  '38',
  '48;2;1',
  '10',
  '38:5:20',
  '1;4;33;44',
  '58;5;3',
  '38;3;4',
];
const BROKEN = [
  '\u001b[1;2',
  '\u001b[?',
  '\u001b[12 q',
  '\u001b[>c',
  '\u001b[1;2;3;4;5;6;7;8;9;1;2;3;4;5;6;7;8;9;1;2;3;4;5;6m',
  '\u001b[99999999999A',
  '\u001b]8;;http://x\u0007',
  '\u001b]0;title\u001b\\',
  '\u001bPq#0\u001b\\',
  '\u001b_apc\u001b\\',
  '\u001bkname\u001b\\',
  '\u001b^pm\u001b\\',
  '\u001bXsos\u0018',
  '\u001b[1\u0008;5H',
  '\u001b[ \u001b[2J',
  '\u001b[1;1:3H',
  '\u001b[?25$p',
];
const RAW = [
  [0xe2, 0x0a],
  [0xf0, 0x9f, 0x41],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xe0, 0x80, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xff],
  [0xc3],
  [0xe6, 0xbc, 0x1b],
];

function piece(dice: Dice): Uint8Array {
  const text = (value: string) => new TextEncoder().encode(value);
  const n = () => dice.pick(['', '', '0', '1', '2', '3', '5', '8', '30']);
  switch (dice.roll(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return text(dice.pick(WORDS).repeat(1 + dice.roll(4)));
    case 4:
      return text('0123456789abcdefghijklmnopqrstuvwxyz'.slice(0, dice.roll(37)));
    case 5:
    case 6:
      return text(dice.pick(CONTROLS));
    case 7:
      return text(`\u001b${dice.pick(ESCAPES)}`);
    case 8:
    case 9:
      return text(`\u001b[${n()}${dice.roll(2) ? `;${n()}` : ''}${dice.pick(FINALS)}`);
    case 10:
      return text(`\u001b[${1 + dice.roll(9)};${1 + dice.roll(30)}H`);
    case 11:
      return text(`\u001b[${dice.pick(MODES)}${dice.pick(['h', 'h', 'l'])}`);
    case 12:
      return text(`\u001b[${dice.pick(SGR)}m`);
    case 13:
      return text(
        dice.pick([
          '\u001b[J',
          '\u001b[1J',
          '\u001b[2J',
          '\u001b[3J',
          '\u001b[K',
          '\u001b[1K',
          '\u001b[2K',
          '\u001b[2;4r',
          '\u001b[r',
          '\n\n\n',
        ]),
      );
    case 14:
      return text(dice.pick(BROKEN));
    default:
      return Uint8Array.from(dice.pick(RAW));
  }
}

function burst(dice: Dice, pieces: number): Uint8Array {
  return Buffer.concat(Array.from({ length: pieces }, () => piece(dice)));
}

/** A program that does much that programs do, and some that they should not. */
export function randomCase(seed: number): Case {
  const dice = new Dice(seed);
  const size = () => ({ cols: 2 + dice.roll(dice.pick([4, 20, 40])), rows: 2 + dice.roll(dice.pick([4, 10])) });
  const steps: Step[] = [burst(dice, 5 + dice.roll(40))];
  for (let n = dice.roll(4); n > 0; n--) steps.push(size(), burst(dice, dice.roll(20)));
  return { name: `seed ${seed}`, ...size(), steps };
}
