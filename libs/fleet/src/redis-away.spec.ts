import { describe, expect, it } from 'vitest';
import { ShipmateError } from '#kernel';
import { MemoryDirectory, type Directory } from '#directory';
import { comeBack, Fleet, tokenOf } from './fleet.fixture.js';

describe('a directory that is away, as while Redis is', () => {
  it('costs neither a session nor a joiner of this edge, and is told when it is back', async () => {
    const fleet = await Fleet.start();
    const early = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, early);
    fleet.directoryAway = true;
    const late = await fleet.edge(0).stage.host();
    const local = await fleet.join(0, late);
    late.print('here');
    await fleet.pass(20_000, 100);
    expect(local.line(0)).toBe('here');
    early.print('there');
    await fleet.pass(100);
    expect(remote.line(0)).toBe('there');
    await expect(fleet.edge(1).stage.sessions.find(tokenOf(late))).rejects.toMatchObject({ code: 'unavailable' });
    // It comes back with nothing in it, as a Redis without a disk does.
    fleet.directory = new MemoryDirectory(fleet.clock);
    fleet.directoryAway = false;
    await Promise.all(fleet.edges.map(async ({ stage }) => await stage.sessions.directoryIsBack()));
    const found = fleet.join(2, late);
    await fleet.pass(500);
    expect((await found).line(0)).toBe('here');
    const view = await fleet.directory.listSessions({}, { limit: 10 });
    expect(view.map(({ state }) => state)).toEqual(['live', 'live']);
  });

  it('does not say that a home is dead, so joiners at other edges ask the home itself', async () => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, host);
    fleet.directoryAway = true;
    await fleet.pass(60_000, 100);
    expect(remote.line(23)).toMatch(/^\[0\]/);
    fleet.edge(0).faults.pause();
    await fleet.pass(20_000, 100);
    expect(remote.line(23)).toContain('reconnecting');
    fleet.edge(0).faults.resume();
    await fleet.pass(5_000, 100);
    expect(remote.line(23)).toMatch(/^\[0\]/);
  });

  it('ends no session whose own record cannot be written, though the edges’ leases can: its host may be elsewhere', async () => {
    const fleet = new Fleet();
    let isAway = false;
    const partly = new Proxy({} as Directory, {
      get:
        (_, key: keyof Directory) =>
        async (...args: unknown[]) => {
          const about = key === 'heartbeat' || key === 'listEdges' || key === 'removeEdge';
          if (isAway && !about) throw new ShipmateError('unavailable', 'a master is away');
          return await (Reflect.apply(fleet.directory[key], fleet.directory, args) as Promise<unknown>);
        },
    });
    for (let n = 0; n < 2; n++) await fleet.add({ hostGraceMs: 60_000, directory: partly });
    const host = await fleet.edge(0).stage.host();
    await fleet.pass(30_000, 100);
    isAway = true;
    // The session's relay is at that master, too.
    for (const { faults } of fleet.edges) faults.away = true;
    host.connection.closed();
    const back = await comeBack(fleet.edge(1).stage, host.env('tmate_reconnection_data') ?? '');
    expect(back.notices[0]).toBe('Reconnected');
    // The master comes back without its data.
    await fleet.pass(90_000, 100);
    fleet.directory = new MemoryDirectory(fleet.clock);
    isAway = false;
    for (const { faults } of fleet.edges) faults.away = false;
    await fleet.pass(30_000, 100);
    expect(fleet.edges.map(({ stage }) => [stage.ended, stage.sessions.size])).toEqual([
      [[], 0],
      [[], 1],
    ]);
  });

  it('keeps joiners of other edges informed that the host is waited for, however long the home waits because of it', async () => {
    const fleet = await Fleet.start(2, { hostGraceMs: 60_000 });
    const host = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, host);
    await fleet.pass(30_000, 100);
    host.connection.closed();
    await fleet.pass(30_000, 100);
    fleet.directoryAway = true;
    for (let second = 0; second < 120; second++) {
      if (second === 40) remote.type('x');
      await fleet.pass(1_000, 100);
      expect([second, remote.line(23)]).toEqual([second, expect.stringMatching(/Waiting for it|did not reach/)]);
    }
  });

  it('is asked again for a token while it is being filled', async () => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host();
    fleet.directory = new MemoryDirectory(fleet.clock);
    await fleet.edge(1).stage.sessions.directoryIsBack();
    const finding = fleet.edge(1).stage.sessions.find(tokenOf(host));
    await fleet.pass(1000);
    await fleet.edge(0).stage.sessions.directoryIsBack();
    await fleet.pass(1000);
    expect(await finding).toMatchObject({ kind: 'session', route: 'relay' });
    const unknown = fleet.edge(1).stage.sessions.find('2'.repeat(25));
    await fleet.pass(10_000);
    expect(await unknown).toEqual({ kind: 'unknown' });
  });

  it('hears of an end that it missed', async () => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host();
    fleet.directoryAway = true;
    host.say({ type: 'fin' });
    await fleet.pass(1000);
    fleet.directoryAway = false;
    await fleet.pass(6000);
    expect(await fleet.edge(1).stage.sessions.find(tokenOf(host))).toMatchObject({ kind: 'closed' });
  });

  it('hears who may join when the host says so after it is ready', async () => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host();
    host.say({ type: 'exec-cmd', args: ['set-option', '-g', 'tmate-authorized-keys', 'x'] });
    await fleet.pass(100);
    const target = await fleet.edge(1).stage.sessions.find(tokenOf(host));
    expect(target).toMatchObject({ kind: 'session', route: 'relay', policy: { authorizedKeys: [] } });
  });
});
