import { describe, expect, it } from 'vitest';
import type { SignOut } from '#access';
import { FakeClock } from '#kernel';
import { MemoryBus, type Bus } from '#relay';
import { FleetSignOuts, type SignOutsPlace } from './fleet-sign-outs.js';
import { memoryTextStore } from './text-store.js';

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};
const ids = ({ list }: FleetSignOuts): string[] => list.all.map(({ id }) => id).sort();
const out = (id: string): SignOut => ({ id, at: 1 });

function world() {
  const clock = new FakeClock();
  const faults: unknown[] = [];
  let away = false;
  const region = () => {
    const [store, bus] = [memoryTextStore(), new MemoryBus()];
    const counts = { reads: 0, changes: 0 };
    const there = <T>(what: T): T => {
      if (away) throw new Error('away');
      return what;
    };
    const place: SignOutsPlace = {
      store: {
        read: async () => await (counts.reads++, there(store).read()),
        change: async (make) => await (counts.changes++, there(store).change(make)),
      },
      bus: {
        publish: async (...given: Parameters<Bus['publish']>) => await there(bus).publish(...given),
        subscribe: async (...given: Parameters<Bus['subscribe']>) => await there(bus).subscribe(...given),
      },
    };
    return { place, counts };
  };
  const open = async (own: SignOutsPlace, ...others: SignOutsPlace[]): Promise<FleetSignOuts> =>
    await FleetSignOuts.open({
      ...own,
      others: others.map((place) => ({ ...place, there: Promise.resolve() })),
      clock,
      failed: (error) => void faults.push(error),
    });
  return { clock, faults, region, open, setAway: (now: boolean) => void (away = now) };
}

describe("the fleet's sign-outs", () => {
  it('reach every process of every region at once', async () => {
    const { region, open } = world();
    const [east, west] = [region(), region()];
    const all = [
      await open(east.place, west.place),
      await open(east.place, west.place),
      await open(west.place, east.place),
    ];
    await settled();
    let heard = 0;
    all[2]?.onChange(() => void heard++);
    await all[0]?.add(out('one'));
    await settled();
    await all[2]?.add(out('two'));
    await settled();
    expect(all.map(ids)).toEqual([
      ['one', 'two'],
      ['one', 'two'],
      ['one', 'two'],
    ]);
    expect(heard).toBe(2);
    for (const one of all) one.dispose();
  });

  it('are few changes and reads where many come at once', async () => {
    const { region, open } = world();
    const { place, counts } = region();
    const [one, other] = [await open(place), await open(place)];
    await Promise.all(Array.from({ length: 300 }, async (_, n) => await one.add(out(`s${n}`))));
    await settled();
    expect([ids(one).length, ids(other).length]).toEqual([300, 300]);
    expect(counts.changes).toBeLessThan(10);
    expect(counts.reads).toBeLessThan(20);
  });

  it('are known as soon as the store is back', async () => {
    const { clock, faults, region, open, setAway } = world();
    const { place } = region();
    const [one, other] = [await open(place), await open(place)];
    setAway(true);
    await expect(one.add(out('lost'))).rejects.toThrow('away');
    clock.advance(30_000);
    await settled();
    expect(faults).toHaveLength(2);
    setAway(false);
    await one.add(out('later'));
    await settled();
    expect([ids(one), ids(other)]).toEqual([['later'], ['later']]);
    one.dispose();
    other.dispose();
    expect(clock.pending).toBe(0);
  });
});
