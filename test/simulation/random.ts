import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { Dice } from '#testing';

/**
 * Makes everything that is drawn by lot in this process follow from a seed: ids and tokens too, by which sessions come to
 * lie in slots and lists. Returns how to undo it.
 */
export function randomSource(seed: number): () => void {
  const dice = new Dice(seed ^ 0x5eed);
  const { randomUUID, randomBytes, randomInt } = crypto;
  const { random } = Math;
  const bytes = (size: number): Buffer => Buffer.from(Array.from({ length: size }, () => dice.roll(256)));
  const uuid = (): ReturnType<typeof randomUUID> => {
    const hex = bytes(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  };
  set({ randomUUID: uuid, randomBytes: bytes, randomInt: (...bounds: number[]) => between(dice, bounds) });
  Math.random = () => dice.roll(2 ** 30) / 2 ** 30;
  return () => {
    set({ randomUUID, randomBytes, randomInt });
    Math.random = random;
  };
}

const between = (dice: Dice, [first = 0, second]: readonly number[]): number =>
  second === undefined ? dice.roll(first) : first + dice.roll(second - first);

function set(functions: object): void {
  Object.assign(crypto, functions);
  syncBuiltinESMExports();
}
