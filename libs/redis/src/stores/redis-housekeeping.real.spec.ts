import { describe, expect, it } from 'vitest';
import { edgeId, FakeClock, sessionId, type Clock } from '#kernel';
import { hashToken } from '#directory';
import { realClock } from '../real-clock.fixture.js';
import { pause, RedisWorld, worldOf } from '../redis-world.fixture.js';
import { newSession } from '../records.fixture.js';

for (const kind of ['standalone', 'clustered'] as const) {
  describe(`housekeeping on a Redis that is ${kind}`, () => {
    const world = worldOf(async () => await RedisWorld[kind](), 'empty');
    /** Real time, except for the minute between two checks. */
    const fake = new FakeClock();
    const clock: Clock = {
      ...realClock,
      now: () => realClock.now(),
      monotonic: () => realClock.monotonic() + fake.monotonic(),
    };

    const sweepAll = async ({ housekeeping }: Awaited<ReturnType<RedisWorld['connect']>>) => {
      const all: Record<string, number> = {};
      for (let step = 0; step < 1_000; step++) {
        const { removed, whole } = await housekeeping.sweep();
        for (const [what, count] of Object.entries(removed)) all[what] = (all[what] ?? 0) + count;
        if (whole) return all;
      }
      throw new Error('it has no end');
    };

    it('gives one at a time a turn, and the next one when it is over', async () => {
      const [one, two] = [(await world().connect()).housekeeping, (await world().connect()).housekeeping];
      const turns = await Promise.all([one.takeTurn('one', 60_000), two.takeTurn('two', 60_000)]);
      expect(turns.filter(Boolean)).toHaveLength(1);
      const [holder, other] = turns[0] ? ['one', 'two'] : ['two', 'one'];
      expect(await one.takeTurn(holder ?? '', 60_000)).toBe(true);
      await two.endTurn(other ?? '');
      expect(await two.takeTurn(other ?? '', 60_000)).toBe(false);
      await two.endTurn(holder ?? '');
      expect(await two.takeTurn(other ?? '', 20)).toBe(true);
      await pause(60);
      expect(await one.takeTurn(holder ?? '', 60_000)).toBe(true);
    });

    it('keeps the last report for every broker', async () => {
      const [one, two] = [(await world().connect()).housekeeping, (await world().connect()).housekeeping];
      expect(await two.lastReport()).toBeUndefined();
      const report = {
        by: 'b',
        beganAt: 1,
        tookMs: 2,
        orphans: 3,
        wills: 0,
        leftovers: { token: 1 },
        events: 0,
        faults: ['x'],
      };
      await one.keepReport(report);
      expect(await two.lastReport()).toEqual(report);
    });

    it('removes what belongs to nothing, when it was so twice, a minute apart, and nothing else', async () => {
      const backplane = await world().connect({}, undefined, clock);
      const { directory } = backplane;
      const { generation } = await directory.claim(newSession('there'), edgeId('e'));
      await directory.claimName(
        { sessionId: sessionId('there'), edgeId: edgeId('e'), generation },
        { name: 'ada/x', role: 'writer' },
      );
      for (let i = 0; i < 300; i++) {
        await world().set(`shipmate:token:${hashToken(`t${i}`)}`, 'w:gone');
        await world().set(`shipmate:name:gone/n${i}`, 'writer 1 600000 gone');
      }
      // Another session's token that its session does not have.
      await world().set(`shipmate:token:${hashToken('taken')}`, 'w:there');
      await world().list('shipmate:sessions', 'gone');
      await world().list('shipmate:names', 'gone/n');
      const before = await world().keys();
      expect(await sweepAll(backplane)).toEqual({});
      expect((await world().keys()).sort()).toEqual(before.sort());
      fake.advance(61_000);
      expect(await sweepAll(backplane)).toEqual({ token: 301, name: 300, 'listed-session': 1, 'listed-name': 1 });
      const left = await world().keys();
      expect(left).toHaveLength(before.length - 601);
      expect(await directory.lookupByTokenHash(newSession('there').tokens.writer)).toMatchObject({ role: 'writer' });
      expect(await directory.lookupByName('ada/x')).toMatchObject({ role: 'writer' });
      fake.advance(61_000);
      expect(await sweepAll(backplane)).toEqual({});
    });
  });
}
