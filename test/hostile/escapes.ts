import type { Dice } from '#testing';
import { randomOutput } from '../fidelity/fuzz/random-output.js';
import { letters, noise, oddNumber, oddText } from './odd.js';

const ESC = '\u001b';
const FINALS = letters('@ABCDEFGHIJKLMPSTXZ`abcdefghlmnpqrstuvwxyz{|}~');
const INTERMEDIATES = ['', '', '', ' ', '!', '"', '$', "'", '?', '>', '=', '<'];
const OSC = [
  '0',
  '1',
  '2',
  '4',
  '7',
  '8',
  '9',
  '10',
  '11',
  '12',
  '22',
  '50',
  '52',
  '052',
  '104',
  '133',
  '777',
  '1337',
  '',
];
const STRING_BODIES = [
  'tmux;\u001b\u001b]52;c;aGk=\u0007',
  'tmux;\u001b\u001b[21t',
  '$q"p',
  '+q544e',
  'q#0;2;0;0;0~~@@',
  'c;aGVsbG8=',
  'c;?',
  ';https://x.example/\u0001',
  'id=1;https://x.example/',
  'title',
  '?',
];

/** Bytes that a program may write, most of them hostile: unfinished, endless, nested and answered sequences. See `bytesOf`. */
export function hostileOutput(dice: Dice): string {
  return Array.from({ length: 1 + dice.roll(12) }, () => piece(dice)).join('');
}

function piece(dice: Dice): string {
  return dice.weighted<() => string>([
    [6, () => utf8(randomOutput(dice, { wide: dice.oneIn(2), activity: false }))],
    [6, () => csi(dice)],
    [4, () => `${ESC}]${dice.pick(OSC)};${body(dice)}${end(dice)}`],
    [3, () => `${ESC}${dice.pick(letters('PX^_k'))}${body(dice)}${end(dice)}`],
    [2, () => ESC + dice.pick(letters('#()*+-./%78=>cDEHMNOZ\\')) + dice.pick(letters('8AB0KG@<'))],
    [2, () => noise(dice, dice.roll(200))],
    [1, () => `${ESC}[${'1;'.repeat(dice.roll(3000))}m`],
    [1, () => `${ESC}]${dice.pick(OSC)};${'x'.repeat(dice.roll(60_000))}`],
    [1, () => utf8('e' + '\u0301'.repeat(dice.roll(2000)))],
    [1, () => utf8('\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67'.repeat(dice.roll(50)))],
    [
      1,
      () => `${ESC}[${oddNumber(dice)};${oddNumber(dice)}H${ESC}[${oddNumber(dice)}${dice.pick(letters('LMPX@STb'))}`,
    ],
    [1, () => '\r\n'.repeat(dice.roll(3000))],
  ])();
}

function csi(dice: Dice): string {
  const count = dice.pick([0, 1, 1, 2, 3, 20]);
  const parameters = Array.from({ length: count }, () =>
    dice.oneIn(5) ? `${dice.roll(9)}:${dice.roll(9)}` : `${oddNumber(dice)}`,
  );
  return `${ESC}[${dice.pick(INTERMEDIATES)}${parameters.join(';')}${dice.pick(['', '', ' ', '$', '#'])}${dice.pick(FINALS)}`;
}

const body = (dice: Dice): string => (dice.oneIn(2) ? dice.pick(STRING_BODIES) : oddText(dice, 20_000));
const end = (dice: Dice): string => dice.pick(['\u0007', `${ESC}\\`, '\u009c', '', '\u0018', `${ESC}[0m`]);

const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
