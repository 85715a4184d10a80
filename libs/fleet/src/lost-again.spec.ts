import { describe, expect, it } from 'vitest';
import { isShipmateError } from '#kernel';
import { type Directory, MemoryDirectory } from '#directory';
import { Fleet, comeBack, settle } from './fleet.fixture.js';
import type { FakeHost } from './stage.fixture.js';

describe('a host that is lost again before it has its newest data', () => {
  for (const second of [0, 1]) {
    it(`has its session by what it got before, at edge ${second}, also when its last connection seems alive`, async () => {
      const fleet = await Fleet.start(2);
      const [first, there] = [fleet.edge(0).stage, fleet.edge(second).stage];
      const host = await first.host();
      const token = host.env('tmate_ssh');
      const reconnect = host.env('tmate_reconnection_data') ?? '';
      await fleet.pass(20_000, 100);
      host.alive = false;
      // What this connection is sent goes nowhere: the host has lost its network once more.
      const lost = await first.host({ reconnect });
      lost.alive = false;
      await fleet.pass(20_000, 100);
      expect(lost.env('tmate_reconnection_data')).toBeDefined();
      const back = there.host({ reconnect });
      await fleet.pass(6_000, 50);
      await settle();
      const again = await back;
      expect(again.notices).toContain('Reconnected');
      expect(again.env('tmate_ssh')).toBe(token);
    });
  }

  it('has its session when an earlier attempt of its own comes late, over a connection that it has left', async () => {
    const fleet = await Fleet.start(1);
    const { stage } = fleet.edge(0);
    const host = await stage.host();
    const reconnect = host.env('tmate_reconnection_data') ?? '';
    const token = host.env('tmate_ssh');
    await fleet.pass(20_000, 100);
    host.connection.closed();
    await fleet.pass(100);
    // The directory takes its time to give the session a home.
    const late: (() => void)[] = [];
    const memory = fleet.directory as MemoryDirectory;
    fleet.directory = new Proxy(memory, {
      get: (target, name: keyof Directory) => {
        if (name !== 'takeover' || late.length > 0) return target[name].bind(target);
        return async (...args: Parameters<Directory['takeover']>) => {
          await new Promise<void>((resolve) => late.push(resolve));
          return await target.takeover(...args);
        };
      },
    });
    const first = stage.host({ reconnect });
    await settle();
    expect(late).toHaveLength(1);
    // The second attempt has looked for the session, and the first one gets it.
    fleet.directory = new Proxy(memory, {
      get: (target, name: keyof Directory) => {
        if (name !== 'takeover') return target[name].bind(target);
        return async (...args: Parameters<Directory['takeover']>) => {
          for (const go of late.splice(0)) go();
          (await first).alive = false;
          try {
            return await target.takeover(...args);
          } catch (error) {
            expect(isShipmateError(error, 'conflict')).toBe(true);
            throw error;
          }
        };
      },
    });
    const back = stage.host({ reconnect });
    await fleet.pass(10_000, 50);
    const again = await back;
    expect(again.notices).toContain('Reconnected');
    expect(again.env('tmate_ssh')).toBe(token);
  });

  it('has a home of a generation of its own at each edge that it reaches while the directory is away', async () => {
    const fleet = await Fleet.start(3);
    const stages = fleet.edges.map(({ stage }) => stage);
    const host = await fleet.edge(0).stage.host();
    const token = host.env('tmate_ssh');
    const reconnect = host.env('tmate_reconnection_data') ?? '';
    await fleet.pass(20_000, 100);
    host.connection.closed();
    await fleet.pass(100);
    fleet.directoryAway = true;
    let last: FakeHost | undefined;
    // No new data reaches it before it is lost again.
    for (const at of [1, 2, 1, 0]) {
      if (last !== undefined) last.alive = false;
      last = await comeBack(fleet.edge(at).stage, reconnect);
      expect([at, last.notices[0]]).toEqual([at, 'Reconnected']);
    }
    if (last !== undefined) last.alive = false;
    const homes = stages.flatMap(({ hooks }) => hooks).filter(({ type }) => type === 'session_register');
    // By lot: in one run of a hundred, two are equal.
    expect(new Set(homes.map(({ generation }) => generation)).size).toBeGreaterThanOrEqual(4);
    fleet.directoryAway = false;
    fleet.directory = new MemoryDirectory(fleet.clock);
    // Before it confirms any newer data.
    last?.connection.closed();
    await fleet.pass(10_000, 50);
    // Whichever edge has it now: the host has it by the oldest data, the only data that it got.
    const back = fleet.edge(2).stage.host({ reconnect });
    await fleet.pass(6_000, 50);
    expect([(await back).notices[0], (await back).env('tmate_ssh')]).toEqual(['Reconnected', token]);
  });

  it('cannot be displaced by data that is older than what it has, while the directory is away', async () => {
    const fleet = await Fleet.start(1);
    const { stage } = fleet.edge(0);
    const host = await stage.host();
    const copied = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    const again = await stage.host({ reconnect: copied });
    await fleet.pass(20_000, 100);
    again.connection.closed();
    const back = await stage.host({ reconnect: again.env('tmate_reconnection_data') ?? '' });
    await fleet.pass(20_000, 100);
    back.alive = false;
    fleet.directoryAway = true;
    const thief = await stage.host({ reconnect: copied });
    await fleet.pass(6_000, 50);
    expect([thief.notices[0], back.closed]).toEqual([
      'Another connection holds your session: this is a new one',
      false,
    ]);
  });
});
