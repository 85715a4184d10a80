import { describe, expect, it } from 'vitest';
import { MemoryDirectory, type Directory } from '#directory';
import { BusRelay, MemoryBus } from '#relay';
import type { Backplane } from './backplanes.js';
import { Fleet, settle } from './fleet.fixture.js';
import type { FakeHost, Stage } from './stage.fixture.js';

const tokenOf = (host: FakeHost): string => /(\S+)@/.exec(host.env('tmate_ssh') ?? '')?.[1] ?? '';

/** A stock host says after its layout what its panes hold. */
async function comeBack(stage: Stage, data: string, text = ''): Promise<FakeHost> {
  const host = await stage.host({ reconnect: data });
  await settle();
  const cells = Uint32Array.from(text, () => 0x0909);
  const screen = { cursorX: text.length, cursorY: 0, lines: [{ text, cells }] };
  host.say({ type: 'snapshot', panes: [{ paneId: 0, mode: 1, screen, saved: undefined }] });
  return host;
}

/** While edge `n` has no connection, nobody hears what the others publish for it. */
function unheard(fleet: Fleet, n: number): void {
  for (const [other, { faults }] of fleet.edges.entries()) {
    if (other === n) continue;
    const publish = faults.publish.bind(faults);
    faults.publish = async (channel, bytes) => {
      const heard = await publish(channel, bytes);
      return fleet.edge(n).faults.away ? 0 : heard;
    };
  }
}

/** Edges each of which can be cut off from the directory. */
async function cuttable(
  count: number,
): Promise<{ fleet: Fleet; cut: (n: number) => void; mend: (n: number) => Promise<void> }> {
  const fleet = new Fleet();
  const away = new Set<number>();
  for (let n = 0; n < count; n++) {
    await fleet.add({
      hostGraceMs: 60_000,
      directory: fleet.shared(
        () => fleet.directory,
        () => away.has(n),
      ),
    });
  }
  return {
    fleet,
    cut(n) {
      away.add(n);
      fleet.edge(n).faults.away = true;
    },
    async mend(n) {
      away.delete(n);
      fleet.edge(n).faults.away = false;
      fleet.edge(n).faults.interrupt();
      await fleet.edge(n).stage.sessions.directoryIsBack();
    },
  };
}

describe('a directory that was away for longer than the grace', () => {
  it.each([0, 100, 500, 2000, 10_000])(
    'costs no session when one edge is back %i ms before the other',
    async (lateMs) => {
      const { fleet, cut, mend } = await cuttable(2);
      const host = await fleet.edge(0).stage.host();
      const [local, remote] = [await fleet.join(0, host), await fleet.join(1, host)];
      await fleet.pass(20_000, 100);
      cut(0);
      cut(1);
      await fleet.pass(90_000, 100);
      host.print('working');
      await fleet.pass(500);
      expect(local.line(0)).toBe('working');
      unheard(fleet, 0);
      await mend(1);
      await fleet.pass(lateMs, 100);
      await mend(0);
      await fleet.pass(30_000, 100);
      expect([local.ending, remote.ending, host.closed]).toEqual([undefined, undefined, false]);
      expect(fleet.edges.flatMap(({ stage }) => stage.ended)).toEqual([]);
      expect(remote.lines).toEqual(local.lines);
      expect(await fleet.edge(1).stage.sessions.find(tokenOf(host))).toMatchObject({ kind: 'session' });
    },
  );

  it('does not make the home end the session of a host that is at another edge by then', async () => {
    const { fleet, cut, mend } = await cuttable(2);
    const host = await fleet.edge(0).stage.host();
    const local = await fleet.join(0, host);
    await fleet.pass(20_000, 100);
    cut(0);
    const data = host.env('tmate_reconnection_data') ?? '';
    host.alive = false;
    host.connection.closed();
    await fleet.pass(2000, 100);
    await comeBack(fleet.edge(1).stage, data, 'elsewhere');
    await fleet.pass(120_000, 100);
    expect([local.ending, fleet.edge(0).stage.ended]).toEqual([undefined, []]);
    expect(local.line(23)).toContain('The host lost its connection');
    await mend(0);
    await fleet.pass(10_000, 100);
    expect([local.ending, local.line(0)]).toEqual([undefined, 'elsewhere']);
  });
});

describe('a directory that was away while a session moved and ended, and comes back empty', () => {
  it.each([
    [0, 1],
    [1, 0],
  ])(
    'is told the end, whoever is back first (%i, then %i), and the former home says nothing more',
    async (one, other) => {
      const { fleet, cut, mend } = await cuttable(2);
      const [former, next] = [fleet.edge(0).stage, fleet.edge(1).stage];
      const host = await former.host();
      await fleet.pass(20_000, 100);
      const data = host.env('tmate_reconnection_data') ?? '';
      cut(0);
      cut(1);
      // Its old connection looks alive.
      host.alive = false;
      const back = await comeBack(next, data, 'elsewhere');
      back.say({ type: 'fin' });
      await fleet.pass(1_000);
      expect(next.ended).toEqual(['fin']);
      fleet.directory = new MemoryDirectory(fleet.clock);
      await mend(one);
      await fleet.pass(1_000);
      await mend(other);
      await fleet.pass(1_000);
      expect(await former.sessions.find(tokenOf(host))).toMatchObject({ kind: 'closed' });
      host.connection.closed();
      await fleet.pass(1_000);
      expect([former.sessions.size, former.hooks.map(({ type }) => type)]).toEqual([0, ['session_register']]);
    },
  );
});

describe('a home that was taken for dead', () => {
  it('has its session when it is back, and so have its joiners', async () => {
    const { fleet, cut, mend } = await cuttable(2);
    const host = await fleet.edge(0).stage.host();
    const [local, remote] = [await fleet.join(0, host), await fleet.join(1, host)];
    await fleet.pass(20_000, 100);
    unheard(fleet, 0);
    cut(0);
    await fleet.pass(120_000, 100);
    // Nobody else could know better.
    expect(remote.ending).toBe('lost');
    await mend(0);
    await fleet.pass(10_000, 100);
    expect([local.ending, host.closed]).toEqual([undefined, false]);
    host.print('alive');
    await fleet.pass(500);
    expect((await fleet.join(1, host)).line(0)).toBe('alive');
  });
});

describe('a directory that lost a part of what it knew', () => {
  /** Its leases, which are all that heartbeats see, are still there. */
  async function losesSessions(fleet: Fleet): Promise<MemoryDirectory> {
    const fresh = new MemoryDirectory(fleet.clock);
    for (const edge of await fleet.directory.listEdges()) await fresh.heartbeat(edge);
    fleet.directory = fresh;
    return fresh;
  }

  it('is told again within a minute, whether or not anybody noticed', async () => {
    const fleet = await Fleet.start(2);
    const hosts = [await fleet.edge(0).stage.host(), await fleet.edge(0).stage.host()];
    await fleet.pass(20_000, 100);
    await losesSessions(fleet);
    await fleet.pass(65_000, 500);
    for (const host of hosts) {
      expect(await fleet.edge(1).stage.sessions.find(tokenOf(host))).toMatchObject({ kind: 'session', route: 'relay' });
    }
    expect(fleet.edge(0).stage.told).not.toContain('leaseLost');
  });

  it('is told again at once when a connection to it was lost', async () => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host();
    await fleet.pass(20_000, 100);
    await losesSessions(fleet);
    await fleet.edge(0).stage.sessions.directoryIsBack();
    await fleet.pass(100);
    expect(await fleet.edge(1).stage.sessions.find(tokenOf(host))).toMatchObject({ kind: 'session' });
  });

  it('keeps a host that came to another edge just before a failover forgot that', async () => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host();
    const [before] = await fleet.directory.listSessions({}, { limit: 1 });
    if (before?.session.edgeId === undefined) throw new Error('no session');
    const { id, edgeId, generation } = before.session;
    const data = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    await fleet.pass(500);
    const back = await comeBack(fleet.edge(1).stage, data);
    const mate = await fleet.join(1, back);
    const rolledBack = new MemoryDirectory(fleet.clock);
    for (const edge of await fleet.directory.listEdges()) await rolledBack.heartbeat(edge);
    await rolledBack.claim(before.session, edgeId);
    await rolledBack.update({ sessionId: id, edgeId, generation }, { hostConnected: false });
    fleet.directory = rolledBack;
    // Its home writes something before it checks whether the session still exists.
    back.say({ type: 'exec-cmd', args: ['set-option', '-g', 'tmate-set', 'max-joiners=5'] });
    await fleet.pass(1000);
    expect([back.closed, mate.ending]).toEqual([false, undefined]);
    expect(await rolledBack.lookup(id)).toMatchObject({ state: 'live', session: { generation: generation + 1 } });
    expect(fleet.edge(1).stage.told).not.toContain('hostGone moved');
  });

  it('gets its names back', async () => {
    const fleet = await Fleet.start(2, { names: { userOf: async () => 'ada', openUser: undefined } });
    const before = [
      { type: 'exec-cmd', args: ['set-option', '-g', 'tmate-api-key', 'k'] },
      { type: 'exec-cmd', args: ['set-option', '-g', 'tmate-session-name', 'web'] },
    ] as const;
    await fleet.edge(0).stage.host({ before: [...before] });
    await fleet.pass(20_000, 100);
    const whole = fleet.directory;
    await whole.releaseName('ada/web', (await whole.lookupByName('ada/web'))!.session.id);
    await fleet.pass(70_000, 500);
    expect(await fleet.edge(1).stage.sessions.find('ada/web')).toMatchObject({ kind: 'session' });
  });

  it('keeps nothing of a session that ends while it is written again', async () => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host();
    await fleet.pass(20_000, 100);
    // A restore that takes a few round trips, as on Redis.
    const fresh = new MemoryDirectory(fleet.clock);
    const restore = fresh.restore.bind(fresh);
    fresh.restore = async (...args) => {
      await new Promise<void>((resolve) => fleet.clock.after(5, resolve));
      return await restore(...args);
    };
    fleet.directory = fresh;
    void fleet.edge(0).stage.sessions.directoryIsBack();
    await settle();
    host.say({ type: 'fin' });
    await fleet.pass(60_000, 100);
    expect(fleet.edge(0).stage.sessions.size).toBe(0);
    expect((await fresh.listSessions({}, { limit: 9 })).map(({ state }) => state)).toEqual(['closed']);
    expect(await fleet.edge(1).stage.sessions.find(tokenOf(host))).toMatchObject({ kind: 'closed' });
  });
});

describe('a session that has ended', () => {
  it('is ended again when a failover has forgotten that', async () => {
    const fleet = await Fleet.start(2);
    const { stage } = fleet.edge(0);
    const host = await stage.host();
    const record = (await fleet.directory.listSessions({}, { limit: 1 }))[0]!.session;
    host.say({ type: 'fin' });
    await fleet.pass(1000);
    const find = async (): Promise<string> => (await fleet.edge(1).stage.sessions.find(tokenOf(host))).kind;
    expect(await find()).toBe('closed');
    fleet.directory = new MemoryDirectory(fleet.clock);
    await fleet.directory.claim(record, record.edgeId!);
    expect(await find()).toBe('session');
    await stage.sessions.directoryIsBack();
    await fleet.pass(1000);
    expect(await find()).toBe('closed');
  });
});

describe('a replica whose session moved to an edge that then died', () => {
  it('says that the host is waited for, and ends when it does not come', async () => {
    const fleet = await Fleet.start(3, { hostGraceMs: 60_000 });
    const host = await fleet.edge(0).stage.host();
    const reader = await fleet.join(2, host, 'reader');
    const data = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    await fleet.pass(500);
    await comeBack(fleet.edge(1).stage, data, 'at B');
    await fleet.pass(15_000, 100);
    expect(reader.line(0)).toBe('at B');
    fleet.edge(1).faults.pause();
    fleet.edge(1).faults.leave();
    await fleet.pass(25_000, 500);
    expect(reader.line(23)).toContain('The host lost its connection');
    await fleet.pass(90_000, 500);
    expect(reader.ending).toBe('lost');
  });

  it('ends when no directory knows the session any more', async () => {
    const fleet = await Fleet.start(2, { hostGraceMs: 60_000 });
    const host = await fleet.edge(0).stage.host();
    const reader = await fleet.join(1, host, 'reader');
    await fleet.pass(20_000, 100);
    fleet.edge(0).faults.pause();
    fleet.edge(0).faults.leave();
    fleet.directory = new MemoryDirectory(fleet.clock);
    await fleet.pass(30_000, 500);
    expect(reader.line(23)).toContain('The host lost its connection');
    await fleet.pass(120_000, 500);
    expect(reader.ending).toBe('lost');
  });
});

describe('a host that moves to a region with a directory of its own', () => {
  type Region = 'east' | 'west';

  /** Edges 0 and 1 in the east, 2 in the west. */
  async function regions(): Promise<{ fleet: Fleet; directories: Record<Region, Directory>; away: Set<Region> }> {
    const fleet = new Fleet();
    const directories = { east: new MemoryDirectory(fleet.clock), west: new MemoryDirectory(fleet.clock) };
    const buses = { east: new MemoryBus(), west: new MemoryBus() };
    const away = new Set<Region>();
    const plane = (region: Region): Backplane => {
      const directory = fleet.shared(
        () => directories[region],
        () => away.has(region),
      );
      return { region, directory, relay: new BusRelay(buses[region], fleet.clock) };
    };
    for (const region of ['east', 'east', 'west'] as const) {
      const other = region === 'east' ? 'west' : 'east';
      const { directory } = plane(region);
      await fleet.add({ region, hostGraceMs: 60_000, bus: buses[region], directory, regions: [plane(other)] });
    }
    return { fleet, directories, away };
  }

  it.each([true, false])(
    'is followed at once at a third edge, by readers too (old connection half-open: %s)',
    async (halfOpen) => {
      const { fleet } = await regions();
      const host = await fleet.edge(0).stage.host();
      const [local, reader, writer] = [
        await fleet.join(0, host),
        await fleet.join(1, host, 'reader'),
        await fleet.join(1, host),
      ];
      await fleet.pass(20_000, 100);
      const data = host.env('tmate_reconnection_data') ?? '';
      host.alive = false;
      if (!halfOpen) host.connection.closed();
      await fleet.pass(500);
      const back = await comeBack(fleet.edge(2).stage, data, 'in the west');
      await fleet.pass(5000, 50);
      for (const joiner of [local, reader, writer]) {
        expect([joiner.ending, joiner.line(0)]).toEqual([undefined, 'in the west']);
        expect(joiner.line(23)).toMatch(/^\[0\]/);
      }
      back.takeInput();
      writer.type('w');
      local.type('l');
      await fleet.pass(1000);
      expect(back.takeInput().sort()).toEqual(['l', 'w']);
      expect(fleet.edge(0).stage.sessions.size).toBe(0);
      await fleet.pass(120_000, 100);
      expect(fleet.edges.flatMap(({ stage }) => stage.ended)).toEqual([]);
    },
  );

  it('gets what was typed at a third edge while nobody was home', async () => {
    const { fleet } = await regions();
    const host = await fleet.edge(0).stage.host();
    const writer = await fleet.join(1, host);
    await fleet.pass(20_000, 100);
    const data = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    await fleet.pass(500);
    writer.type('kept');
    await fleet.pass(500);
    const back = await comeBack(fleet.edge(2).stage, data, 'in the west');
    await fleet.pass(5000, 50);
    expect(back.takeInput().join('')).toContain('kept');
    expect(writer.ending).toBeUndefined();
  });

  it('is told to a region that was away, when that is back', async () => {
    const { fleet, directories, away } = await regions();
    const host = await fleet.edge(0).stage.host();
    const local = await fleet.join(0, host);
    await fleet.pass(20_000, 100);
    const data = host.env('tmate_reconnection_data') ?? '';
    host.alive = false;
    away.add('east');
    await fleet.pass(500);
    await comeBack(fleet.edge(2).stage, data, 'in the west');
    await fleet.pass(120_000, 100);
    expect(await directories.east.listSessions({ state: 'live' }, { limit: 9 })).toEqual([]);
    away.clear();
    await fleet.pass(30_000, 100);
    expect(fleet.edge(0).stage.sessions.size).toBe(0);
    expect([local.ending, local.line(0)]).toEqual([undefined, 'in the west']);
    expect(await fleet.edge(1).stage.sessions.find(tokenOf(host))).toMatchObject({ kind: 'session' });
    expect(fleet.edges.flatMap(({ stage }) => stage.ended)).toEqual([]);
  });

  it('is not ended by its former home whose region has forgotten that it moved', async () => {
    const { fleet, directories } = await regions();
    const host = await fleet.edge(0).stage.host();
    await fleet.pass(20_000, 100);
    const data = host.env('tmate_reconnection_data') ?? '';
    const { faults } = fleet.edge(0);
    faults.away = true;
    host.connection.closed();
    await fleet.pass(200);
    await comeBack(fleet.edge(2).stage, data, 'in the west');
    directories.east = new MemoryDirectory(fleet.clock);
    await fleet.pass(20_000, 100);
    faults.away = false;
    await fleet.pass(60_000, 100);
    expect(fleet.edges.flatMap(({ stage }) => stage.ended)).toEqual([]);
    expect(fleet.edge(0).stage.sessions.size).toBe(0);
  });

  it('may come back when what it left behind was closed', async () => {
    const { fleet, directories } = await regions();
    const host = await fleet.edge(0).stage.host();
    await fleet.pass(20_000, 100);
    const data = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    await fleet.pass(500);
    const west = await comeBack(fleet.edge(2).stage, data, 'in the west');
    await fleet.pass(120_000, 100);
    // Nobody need do that: it would stay for good where a Redis has lost it from its list.
    const [left] = await directories.east.listSessions({}, { limit: 9 });
    expect(left).toMatchObject({ state: 'closed', session: { closeReason: 'moved' } });
    expect(await fleet.edge(0).stage.sessions.find(tokenOf(host))).toMatchObject({ kind: 'session' });
    const newer = west.env('tmate_reconnection_data') ?? '';
    west.connection.closed();
    await fleet.pass(500);
    const east = await comeBack(fleet.edge(1).stage, newer, 'in the east');
    expect(east.notices).toContain('Reconnected');
  });
});
