import { afterEach, describe, expect, it } from 'vitest';
import { MAX_PERSON_LOCKS, type PersonLock } from '#access';
import { FakeClock } from '#kernel';
import { MemoryBus } from '#relay';
import { Stage, tempDir } from '#testing';
import { FleetLocks } from './fleet-locks.js';
import { fileTextStore, type TextStore } from './text-store.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

class Shared implements TextStore {
  text: string | undefined;
  away = false;

  async read(): Promise<string | undefined> {
    if (this.away) throw new Error('away');
    return await Promise.resolve(this.text);
  }

  async change(make: (before: string | undefined) => string): Promise<string> {
    if (this.away) throw new Error('away');
    this.text = make(this.text);
    return await Promise.resolve(this.text);
  }
}

function world() {
  const [clock, bus, store, told] = [new FakeClock(), new MemoryBus(), new Shared(), [] as string[]];
  const observer = {
    changed: (count: number) => void told.push(`changed ${count}`),
    failed: () => void told.push('failed'),
  };
  const open = async () => await FleetLocks.open({ store, bus, clock, observer });
  return { clock, bus, store, told, open };
}

const user = (value: string): PersonLock => ({ by: 'user', value, reason: 'left', since: 0 });
const names = ({ list }: FleetLocks): string[] => list.all.map(({ value }) => value);
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

describe("the fleet's locks", () => {
  it('are followed by every process at once, and nobody loses the change of another', async () => {
    const { clock, open } = world();
    const [one, other] = [await open(), await open()];
    let heard = 0;
    other.onChange(() => void heard++);
    await Promise.all([one.add(user('ada')), other.add(user('bob'))]);
    await settled();
    expect([names(one), names(other)]).toEqual([
      ['ada', 'bob'],
      ['ada', 'bob'],
    ]);
    expect(heard).toBeGreaterThan(0);
    expect(await other.remove({ by: 'user', value: 'ada' })).toBe(true);
    expect(await other.remove({ by: 'user', value: 'ada' })).toBe(false);
    await settled();
    expect(names(one)).toEqual(['bob']);
    expect(names(await open())).toEqual(['bob']);
    one.dispose();
    other.dispose();
    expect(clock.pending).toBe(1);
  });

  it('hold while the store is away, and are read without a message', async () => {
    const { clock, store, told, open } = world();
    const locks = await open();
    await locks.add(user('ada'));
    store.away = true;
    clock.advance(30_000);
    await settled();
    await expect(locks.add(user('bob'))).rejects.toThrow('away');
    expect([told.at(-1), names(locks)]).toEqual(['failed', ['ada']]);
    store.away = false;
    store.text = '{"v":9}';
    clock.advance(30_000);
    await settled();
    expect([told.at(-1), names(locks)]).toEqual(['failed', ['ada']]);
    store.text = '';
    clock.advance(30_000);
    await settled();
    expect([told.at(-1), names(locks)]).toEqual(['changed 0', []]);
  });

  it('are bounded', async () => {
    const { store, open } = world();
    store.text = JSON.stringify({
      v: 1,
      locks: Array.from({ length: MAX_PERSON_LOCKS }, (_, n) => user(`u${n}`)),
    });
    const locks = await open();
    await expect(locks.add(user('more'))).rejects.toMatchObject({ code: 'limit' });
    expect(names(locks)).toHaveLength(MAX_PERSON_LOCKS);
  });

  it('of a single process outlive it, in a file', async () => {
    const made = tempDir('locks');
    stage.onClear(() => made.dispose());
    const file = made.file('data/locks.json');
    const { clock, bus } = world();
    const observer = { changed: () => undefined, failed: () => undefined };
    const open = async () => await FleetLocks.open({ store: fileTextStore(file, 'locks'), bus, clock, observer });
    const locks = await open();
    await Promise.all(['ada', 'bob', 'eve'].map(async (name) => await locks.add(user(name))));
    expect(names(await open())).toEqual(['ada', 'bob', 'eve']);
  });
});
