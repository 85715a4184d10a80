import { describe, expect, it } from 'vitest';
import type { Directory } from '#directory';
import { edgeId } from '#kernel';
import { Fleet, comeBack } from './fleet.fixture.js';

describe('a drained edge', () => {
  it('gives its sessions away and keeps its joiners until they leave', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const [zero, one] = [await fleet.join(0, host), await fleet.join(1, host)];
    const data = host.env('tmate_reconnection_data') ?? '';
    let drained = false;
    void fleet
      .edge(0)
      .stage.sessions.drain(60_000)
      .then(() => (drained = true));
    await fleet.pass(100);
    expect(host.closed).toBe(true);
    for (const terminal of [zero, one]) expect(terminal.line(23)).toContain('Waiting for it to come back');
    zero.type('typed meanwhile');
    const back = await comeBack(fleet.edge(2).stage, data, 'moved');
    await fleet.pass(2000);
    for (const terminal of [zero, one]) expect(terminal.line(0)).toBe('moved');
    expect(back.env('tmate_num_clients')).toBe('2');
    expect(back.takeInput().join('')).toBe('typed meanwhile');
    zero.type('z');
    await fleet.pass(100);
    expect(back.takeInput()).toEqual(['z']);
    expect(drained).toBe(false);
    zero.type('\x02d');
    await fleet.pass(1000);
    expect(drained).toBe(true);
    await fleet.edge(0).stage.sessions.stop();
    expect(await fleet.directory.listEdges()).toHaveLength(2);
  });

  it('knows whether another edge could take its hosts: one that is neither draining nor for pages alone', async () => {
    const fleet = await Fleet.start();
    const { sessions } = fleet.edge(0).stage;
    expect(await sessions.hasSuccessor()).toBe(true);
    for (const other of [1, 2]) void fleet.edge(other).stage.sessions.drain(60_000);
    await fleet.pass(100);
    expect(await sessions.hasSuccessor()).toBe(false);
    const [record] = await fleet.directory.listEdges();
    if (record === undefined) throw new Error('there is no edge');
    const page = { ...record, id: edgeId('pages-alone'), draining: false };
    await fleet.directory.heartbeat({ ...page, takesHosts: false });
    expect(await sessions.hasSuccessor()).toBe(false);
    await fleet.directory.heartbeat(page);
    expect(await sessions.hasSuccessor()).toBe(true);
  });

  it('that has no joiners stays a little for what was typed elsewhere, and has not come yet', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const one = await fleet.join(1, host);
    let drained = false;
    void fleet
      .edge(0)
      .stage.sessions.drain(60_000)
      .then(() => (drained = true));
    await fleet.pass(100);
    expect(host.closed).toBe(true);
    expect(drained).toBe(false);
    expect(one.line(23)).toContain('Waiting for it to come back');
    await fleet.pass(500);
    expect(drained).toBe(true);
  });

  it.each([
    ['drain', 'comes back'],
    ['stop', 'comes back'],
    ['drain', 'begins'],
  ] as const)('(%s) gives up the session of a host that %s while it is told to', async (how, what) => {
    let answer: (() => void) | undefined;
    const fleet = new Fleet();
    const slow = new Proxy(fleet.directory, {
      get:
        (directory, key: keyof Directory) =>
        async (...args: unknown[]) => {
          const answered: unknown = await Reflect.apply(directory[key], directory, args);
          if (key === 'takeover' || key === 'claim') await new Promise<void>((resolve) => (answer = resolve));
          return answered;
        },
    });
    await fleet.add({ directory: slow });
    await fleet.add();
    const first = await fleet.edge(1).stage.host();
    const reconnect = first.env('tmate_reconnection_data') ?? '';
    first.connection.closed();
    await fleet.pass(100);
    const { stage } = fleet.edge(0);
    const { sessions } = stage;
    const late = await stage.host(what === 'begins' ? {} : { reconnect });
    await fleet.pass(100);
    void (how === 'drain' ? sessions.drain(5000) : sessions.stop());
    await fleet.pass(100);
    answer?.();
    await fleet.pass(100);
    expect([sessions.size, late.closed, late.notices.at(-1)]).toEqual([0, true, 'This server is stopping']);
    expect(await fleet.directory.listSessions({ state: 'live' }, { limit: 9 })).toEqual([]);
    if (what === 'begins') return;
    // Its host has it at once elsewhere.
    const back = await comeBack(fleet.edge(1).stage, reconnect, 'again');
    expect(back.notices[0]).toBe('Reconnected');
  });

  it('takes no host, and sends the rest away when its time is over', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const zero = await fleet.join(0, host);
    const draining = fleet.edge(0).stage.sessions.drain(5000);
    await fleet.pass(100);
    const late = await fleet.edge(0).stage.host();
    expect(late.notices.at(-1)).toBe('This server is stopping');
    await fleet.pass(6000);
    await draining;
    await fleet.edge(0).stage.sessions.stop();
    expect(zero.ending).toBe('shutdown');
  });
});
