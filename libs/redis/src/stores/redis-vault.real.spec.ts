import { describe, expect, it } from 'vitest';
import { pause, RedisWorld, worldOf } from '../redis-world.fixture.js';

for (const kind of ['standalone', 'clustered'] as const) {
  describe(`a vault on a Redis that is ${kind}`, () => {
    const world = worldOf(async () => await RedisWorld[kind](), 'empty');

    it('shares texts, until they are replaced, dropped, or over', async () => {
      const [one, two] = [(await world().connect()).vault, (await world().connect()).vault];
      expect(await one.get('account')).toBeUndefined();
      await one.put('account', 'a');
      await one.put('account', 'b');
      await one.put('http-x', 'brief', 20);
      expect(await two.get('account')).toBe('b');
      await pause(60);
      expect(await two.get('http-x')).toBeUndefined();
      await two.drop('account');
      expect(await one.get('account')).toBeUndefined();
    });

    it('loses no change when several change a text at once', async () => {
      const [one, two] = [(await world().connect()).vault, (await world().connect()).vault];
      const add = (letter: string) => (before: string | undefined) => `${before ?? ''}${letter}`;
      await Promise.all(
        ['a', 'b', 'c', 'd', 'e', 'f'].map(async (each, n) => await [one, two][n % 2]?.change('locks', add(each))),
      );
      expect((await two.get('locks'))?.split('').toSorted().join('')).toBe('abcdef');
      expect(await one.change('locks', () => '')).toBe('');
      expect(await two.get('locks')).toBeUndefined();
    });

    it('gives one at a time a turn, which its holder may prolong or end', async () => {
      const [one, two] = [(await world().connect()).vault, (await world().connect()).vault];
      expect(await one.takeTurn('one', 60_000)).toBe(true);
      expect(await two.takeTurn('two', 60_000)).toBe(false);
      expect(await one.takeTurn('one', 60_000)).toBe(true);
      await two.endTurn('two');
      expect(await two.takeTurn('two', 60_000)).toBe(false);
      await one.endTurn('one');
      expect(await two.takeTurn('two', 60_000)).toBe(true);
    });
  });
}
