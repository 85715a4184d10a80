import type { Dice } from '#testing';
import { textOf } from './attack.js';

/** Numbers at the edges of fields, and some in between. */
export const oddNumber = (dice: Dice): number =>
  dice.weighted<() => number>([
    [6, () => dice.roll(4)],
    [4, () => dice.roll(256)],
    [3, () => dice.pick([255, 256, 1023, 1024, 32_767, 32_768, 65_535, 65_536])],
    [3, () => dice.pick([2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1])],
    [2, () => dice.roll(2 ** 32)],
  ])();

const WORDS = ['', 'a', 'tmate', 'root', 'ro-', 'user/name', '\0', '../..', '%s%n', '\u00e9\u00ff', '{"a":1}', 'x;y,z'];

/** Text as bytes (see `bytesOf`): words, control characters, noise, now and then much of it. */
export const oddText = (dice: Dice, longest = 70_000): string =>
  dice.weighted<() => string>([
    [6, () => dice.pick(WORDS)],
    [4, () => dice.pick(WORDS).repeat(1 + dice.roll(20))],
    [3, () => noise(dice, dice.roll(60))],
    [1, () => 'a'.repeat(dice.roll(longest))],
  ])();

/** Random bytes. */
export const noise = (dice: Dice, length: number): string => textOf(Uint8Array.from({ length }, () => dice.roll(256)));

/** `text` with a few bytes changed, left out, doubled or cut off. */
export function damaged(dice: Dice, text: string): string {
  let left = text;
  for (let times = 1 + dice.roll(3); times > 0; times--) {
    const at = dice.roll(left.length + 1);
    left = dice.pick<() => string>([
      () => left.slice(0, at),
      () => left.slice(0, at) + noise(dice, 1 + dice.roll(4)) + left.slice(at),
      () => left.slice(0, at) + left.slice(at + 1 + dice.roll(4)),
      () => left.slice(0, at) + noise(dice, 1) + left.slice(at + 1),
      () => left + left.slice(at),
    ])();
  }
  return left;
}

/** That many of them, each made separately. */
export const several = <T>(dice: Dice, most: number, make: () => T): T[] =>
  Array.from({ length: 1 + dice.roll(most) }, make);

/** An address of 127.16.0.0 to 127.255.255.255 that follows from a seed. */
export function attackerAddress(seed: number): string {
  const mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  return `127.${16 + (mixed % 240)}.${(mixed >>> 8) & 255}.${1 + ((mixed >>> 16) % 254)}`;
}

/** The characters of a word, one by one. */
export const letters = (word: string): string[] => word.split('');
