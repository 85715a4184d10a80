import { describe, expect, it } from 'vitest';
import { edgeId } from '#kernel';
import { MemoryDirectory, type Directory, type SessionView } from '#directory';
import { BusRelay, MemoryBus } from '#relay';
import type { Backplane } from './backplanes.js';
import { EdgeFaults, Fleet, tokenOf, comeBack } from './fleet.fixture.js';
import type { FakeHost } from './stage.fixture.js';

/** Each region's directory, which can be replaced by another one, and its bus; what is away is its directory. */
async function twoRegions(hostGraceMs?: number): Promise<{
  fleet: Fleet;
  stores: Record<'east' | 'west', MemoryDirectory>;
  buses: Record<'east' | 'west', EdgeFaults>;
  away: Set<string>;
  /** For one more edge there. */
  west: { directory: Directory; bus: EdgeFaults; regions: readonly Backplane[] };
}> {
  const fleet = new Fleet();
  const stores = { east: new MemoryDirectory(fleet.clock), west: new MemoryDirectory(fleet.clock) };
  const buses = {
    east: new EdgeFaults(new MemoryBus(), fleet.clock),
    west: new EdgeFaults(new MemoryBus(), fleet.clock),
  };
  const away = new Set<string>();
  const plane = (region: 'east' | 'west'): Backplane => ({
    region,
    directory: fleet.shared(
      () => stores[region],
      () => away.has(region),
    ),
    relay: new BusRelay(buses[region], fleet.clock),
  });
  for (const region of ['east', 'west'] as const) {
    const other = region === 'east' ? 'west' : 'east';
    const { directory } = plane(region);
    const grace = hostGraceMs === undefined ? {} : { hostGraceMs };
    await fleet.add({ region, bus: buses[region], directory, regions: [plane(other)], ...grace });
  }
  const west = { directory: plane('west').directory, bus: buses.west, regions: [plane('east')] };
  return { fleet, stores, buses, away, west };
}

describe('regions with a backplane each', () => {
  it('find a session in the other region, and carry it', async () => {
    const { fleet } = await twoRegions();
    const host = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, host);
    await fleet.pass(20_000, 100);
    host.print('from the east');
    await fleet.pass(100);
    expect(remote.line(0)).toBe('from the east');
    host.takeInput();
    remote.type('hi');
    await fleet.pass(100);
    expect(host.takeInput()).toEqual(['h', 'i']);
    await fleet.pass(30_000, 100);
    expect(host.env('tmate_num_clients') ?? '1').toBe('1');
    expect(await fleet.edge(1).stage.sessions.find('2'.repeat(25))).toEqual({ kind: 'unknown' });
  });

  it('go on by themselves when the other one is away', async () => {
    const { fleet, away } = await twoRegions();
    const [east, west] = [await fleet.edge(0).stage.host(), await fleet.edge(1).stage.host()];
    away.add('east');
    const here = await fleet.join(1, west);
    west.print('fine');
    await fleet.pass(100);
    expect(here.line(0)).toBe('fine');
    await expect(fleet.edge(1).stage.sessions.find(tokenOf(east))).rejects.toMatchObject({ code: 'unavailable' });
    away.clear();
    expect(await fleet.edge(1).stage.sessions.find(tokenOf(east))).toMatchObject({ kind: 'session', route: 'relay' });
  });

  it('lead with a name to the session that is live, if there is one, and else to their own', async () => {
    const { fleet, stores } = await twoRegions();
    const names = ['east', 'west'] as const;
    const hosts = [await fleet.edge(0).stage.host(), await fleet.edge(1).stage.host()];
    const ids = fleet.edges.map(({ stage }) => [...stage.sessions.sessions][0]!);
    for (const [n, region] of names.entries()) {
      const view = await stores[region].lookup(ids[n]!.id);
      const owner = { sessionId: ids[n]!.id, edgeId: view!.session.edgeId!, generation: view!.session.generation };
      await stores[region].claimName(owner, { name: 'ada/site', role: 'writer' });
    }
    const found = async (): Promise<unknown[]> =>
      await Promise.all(
        fleet.edges.map(async ({ stage }) => {
          const target = await stage.sessions.find('ada/site');
          return target.kind === 'session' ? names[ids.findIndex(({ id }) => id === target.id)] : target.kind;
        }),
      );
    expect(await found()).toEqual(['east', 'west']);
    hosts[0]?.connection.closed();
    await fleet.pass(1000);
    expect(await found()).toEqual(['west', 'west']);
    hosts[1]?.connection.closed();
    await fleet.pass(1000);
    expect(await found()).toEqual(['east', 'west']);
  });

  it('follow a host that moves to the other region', async () => {
    const { fleet, stores } = await twoRegions();
    const host = await fleet.edge(0).stage.host();
    const [zero, one] = [await fleet.join(0, host), await fleet.join(1, host)];
    const data = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    await fleet.pass(1000);
    const back = await comeBack(fleet.edge(1).stage, data, 'in the west');
    await fleet.pass(15_000, 50);
    for (const terminal of [zero, one]) {
      expect(terminal.ending).toBeUndefined();
      expect(terminal.line(0)).toBe('in the west');
    }
    back.takeInput();
    zero.type('z');
    await fleet.pass(500);
    expect(back.takeInput()).toEqual(['z']);
    expect(fleet.edge(0).stage.sessions.size).toBe(0);
    expect(await stores.west.listSessions({ state: 'live' }, { limit: 9 })).toHaveLength(1);
    expect(await stores.east.listSessions({ state: 'live' }, { limit: 9 })).toHaveLength(0);
    back.say({ type: 'fin' });
    await fleet.pass(5000);
    expect([zero.ending, one.ending]).toEqual(['ended', 'ended']);
    expect(await fleet.edge(0).stage.sessions.find(tokenOf(host))).toMatchObject({ kind: 'closed' });
  });
});

describe('a region that was not told that a session has left it', () => {
  it('sends nobody away whose edge knows better, while the other region is away', async () => {
    const { fleet, stores, buses, away } = await twoRegions(60_000);
    const host = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, host);
    await fleet.pass(30_000, 100);
    const data = host.env('tmate_reconnection_data') ?? '';
    const [before] = await stores.east.listSessions({}, { limit: 1 });
    if (before === undefined) throw new Error('no session');
    host.connection.closed();
    await fleet.pass(1000);
    const back = await comeBack(fleet.edge(1).stage, data, 'in the west');
    const zero = await fleet.join(0, back);
    await fleet.pass(70_000, 100);
    // What the east's directory would have if its part of the move was lost.
    stores.east = new MemoryDirectory(fleet.clock);
    const { session } = before;
    await stores.east.restore(session, {
      sessionId: session.id,
      edgeId: edgeId('gone'),
      generation: session.generation,
    });
    await fleet.pass(70_000, 100);
    away.add('west');
    buses.west.away = true;
    zero.type('where are you');
    await fleet.pass(30_000, 100);
    expect(zero.ending).toBeUndefined();
    away.clear();
    buses.west.away = false;
    buses.west.interrupt();
    await fleet.pass(10_000, 100);
    expect([zero.ending, zero.line(0)]).toEqual([undefined, 'in the west']);
    expect(remote.ending).toBeUndefined();
  });
});

describe('a region that was away while a session left it', () => {
  /** The host moves to the west while the east is away, where its home has gone too. */
  async function moved(): Promise<Awaited<ReturnType<typeof twoRegions>> & { host: FakeHost; before: SessionView }> {
    const regions = await twoRegions(60_000);
    const { fleet, stores, away, buses } = regions;
    await fleet.add({ region: 'west', ...regions.west });
    const host = await fleet.edge(0).stage.host();
    await fleet.pass(30_000, 100);
    const [before] = await stores.east.listSessions({}, { limit: 1 });
    away.add('east');
    buses.east.away = true;
    host.alive = false;
    const back = await comeBack(fleet.edge(1).stage, host.env('tmate_reconnection_data') ?? '');
    expect(back.notices[0]).toBe('Reconnected');
    await fleet.pass(10_000, 100);
    return { ...regions, host: back, before: before! };
  }

  it('does not take it back when it has lost its record, and its former home writes it again', async () => {
    const { fleet, stores, away, before } = await moved();
    stores.east = new MemoryDirectory(fleet.clock);
    away.clear();
    await fleet.pass(10_000, 100);
    const { id, generation, edgeId: home } = before.session;
    const owner = { sessionId: id, edgeId: home!, generation };
    await expect(stores.east.restore(before.session, owner)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('hears of it from its next home there, if the first one has died', async () => {
    const { fleet, stores, away, host, before } = await moved();
    fleet.edge(1).faults.pause();
    host.alive = false;
    const data = host.env('tmate_reconnection_data') ?? '';
    const again = fleet.edge(2).stage.host({ reconnect: data });
    await fleet.pass(10_000, 100);
    expect((await again).notices[0]).toBe('Reconnected');
    away.clear();
    await fleet.pass(10_000, 100);
    const left = await stores.east.lookup(before.session.id);
    expect(left).toMatchObject({ state: 'closed', session: { closeReason: 'moved' } });
  });
});

describe('regions with one backplane for all', () => {
  it('notice that a home of another region is gone', async () => {
    const fleet = new Fleet();
    for (const region of ['east', 'west']) await fleet.add({ region, hostGraceMs: 60_000 });
    const host = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, host);
    fleet.edge(0).faults.pause();
    await fleet.pass(25_000, 100);
    expect(remote.line(23)).toContain('The host lost its connection');
    await fleet.pass(60_000, 100);
    expect(remote.ending).toBe('lost');
  });
});
