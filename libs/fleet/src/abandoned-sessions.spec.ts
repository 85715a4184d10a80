import { describe, expect, it } from 'vitest';
import { ShipmateError } from '#kernel';
import { MemoryDirectory, type Directory } from '#directory';
import { asking, RANDOM, ssh, Town } from './names.fixture.js';
import type { HostOptions } from './stage.fixture.js';

const SITE = 'ssh -p2222 ada/site@localhost';
const host: HostOptions = { before: asking('KEY-ADA', 'site') };

/** Lets seconds pass, heartbeats and sweeps with them. */
async function pass(town: Town, seconds: number): Promise<void> {
  for (let left = seconds * 4; left > 0; left--) {
    town.clock.advance(250);
    await town.settle();
  }
}

describe('a host that crashed and starts again', () => {
  const ways: readonly [string, HostOptions, HostOptions][] = [
    ['the same SSH key', { ...host, key: 'SHA256:ada' }, { ...host, key: 'SHA256:ada', nodename: 'elsewhere' }],
    ['the same API key on the same machine', host, host],
  ];
  it.each(ways)('has its name again at once by %s, at any edge', async (_, first, again) => {
    for (const at of [0, 1]) {
      const town = new Town();
      const edges = [await town.edge(), await town.edge()];
      const crashed = await edges[0]!.host(first);
      crashed.connection.closed();
      await town.settle();
      expect(ssh(await edges[at]!.host(again))).toBe(SITE);
    }
  });

  const others: readonly [string, HostOptions, HostOptions][] = [
    ['has another SSH key', { ...host, key: 'SHA256:ada' }, { ...host, key: 'SHA256:eve' }],
    ['shows no SSH key where that one did', { ...host, key: 'SHA256:ada' }, host],
    ['has the same API key on another machine', host, { ...host, nodename: 'elsewhere' }],
  ];
  it.each(others)('is not taken for one that %s', async (_, first, other) => {
    const town = new Town();
    const [one, two] = [await town.edge(), await town.edge()];
    (await one.host(first)).connection.closed();
    await town.settle();
    expect(ssh(await two.host(other))).toMatch(RANDOM);
  });

  it('is not known again where names are open and no key was shown', async () => {
    const town = new Town();
    town.openUser = 'team';
    const stage = await town.edge();
    (await stage.host({ before: asking('', 'site') })).connection.closed();
    await town.settle();
    expect(ssh(await stage.host({ before: asking('', 'site') }))).toMatch(RANDOM);
  });

  it.each([0, 1])('has its name also while its old connection looks alive, at edge %i', async (at) => {
    const town = new Town();
    const edges = [await town.edge(), await town.edge()];
    const crashed = await edges[0]!.host(host);
    const begun = edges[at]!.host(host);
    for (let n = 0; n < 40; n++) await town.settle();
    await pass(town, 10);
    // It answers: there are two of them.
    expect(ssh(await begun)).toMatch(RANDOM);
    crashed.alive = false;
    const again = edges[at]!.host(host);
    await pass(town, 5);
    expect(ssh(await again)).toBe(SITE);
    expect(crashed.closed).toBe(true);
  });

  it.each([0, 1])(
    'keeps its name when the directory has lost it, and its former session, at edge %i, is first',
    async (at) => {
      const town = new Town();
      let store = new MemoryDirectory(town.clock);
      const directory = new Proxy(town.directory, {
        get: (_, key) => {
          const value: unknown = Reflect.get(store, key);
          return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(store) : value;
        },
      });
      // What is written first comes from the edge that began first.
      const edges = [await town.edge({ directory }), await town.edge({ directory })];
      const crashed = await edges[at]!.host(host);
      crashed.connection.closed();
      await town.settle();
      const again = await edges[1]!.host(host);
      expect(ssh(again)).toBe(SITE);
      store = new MemoryDirectory(town.clock);
      await pass(town, 6);
      expect([ssh(again), town.faults]).toEqual([SITE, []]);
      expect(await edges[0]!.sessions.find('ada/site')).toMatchObject({
        id: [...edges[1]!.sessions.sessions].at(-1)?.id,
      });
    },
  );

  it('has its name also if the directory was away when it started again, and it has moved to another edge since', async () => {
    const town = new Town();
    let isAway = false;
    const cut = new Proxy(town.directory, {
      get:
        (store, key: keyof Directory) =>
        async (...args: unknown[]) => {
          if (isAway) throw new ShipmateError('unavailable', 'the directory is away');
          return await (Reflect.apply(store[key], store, args) as Promise<unknown>);
        },
    });
    const edges = [await town.edge({ directory: cut }), await town.edge()];
    const crashed = await edges[0]!.host(host);
    await pass(town, 10);
    isAway = true;
    crashed.connection.closed();
    const started = await edges[0]!.host(host);
    expect(ssh(started)).toMatch(RANDOM);
    await pass(town, 10);
    const reconnect = started.env('tmate_reconnection_data') ?? '';
    started.connection.closed();
    await pass(town, 10);
    const back = await edges[1]!.host({ ...host, reconnect });
    await pass(town, 5);
    expect([back.notices[0], ssh(back)]).toEqual(['Reconnected', SITE]);
  });

  it('leaves its former session, which ends soon for whoever is in it, with a word', async () => {
    for (const at of [0, 1]) {
      const town = new Town();
      const edges = [await town.edge(), await town.edge()];
      const crashed = await edges[0]!.host(host);
      const near = await edges[0]!.join(crashed);
      const joining = edges[1]!.join(crashed);
      // An edge that has just begun takes nobody for dead.
      await pass(town, 21);
      const far = await joining;
      crashed.connection.closed();
      await town.settle();
      const begun = await edges[at]!.host(host);
      expect(ssh(begun)).toBe(SITE);
      await pass(town, 5);
      expect([near.ending, far.ending]).toEqual([undefined, undefined]);
      expect(near.text).toMatch(/0:0[5-9] left/);
      await pass(town, 10);
      expect([near.ending, far.ending]).toEqual(['replaced', 'replaced']);
      expect(near.text).toContain('the host has started a new session');
      expect(edges[0]!.ended).toEqual(['replaced']);
      const late = edges[1]!.join(begun);
      await pass(town, 1);
      expect((await late).ending).toBeUndefined();
    }
  });

  it('keeps both where it comes back to the former session, whose name stays with the newer one', async () => {
    const town = new Town();
    const [one, two] = [await town.edge(), await town.edge()];
    const first = await one.host(host);
    const mate = await one.join(first);
    const reconnect = first.env('tmate_reconnection_data') ?? '';
    first.connection.closed();
    await town.settle();
    const second = await two.host(host);
    expect(ssh(second)).toBe(SITE);
    await pass(town, 5);
    const back = await one.host({ ...host, reconnect });
    await pass(town, 70);
    expect(mate.ending).toBeUndefined();
    expect(ssh(back)).toMatch(RANDOM);
    // Not even while the newer one is away.
    second.connection.closed();
    await pass(town, 70);
    expect(ssh(back)).toMatch(RANDOM);
  });
});
