import { describe, expect, it } from 'vitest';
import { isShipmateError } from '#kernel';
import { type Directory, MemoryDirectory } from '#directory';
import { Fleet, settle } from './fleet.fixture.js';

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
});
