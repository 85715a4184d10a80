import { beforeEach, describe, expect, it } from 'vitest';
import { edgeId, FakeClock, generation, sessionId, ShipmateError } from '#kernel';
import { MemoryEvents, MemoryHousekeeping, MemoryWebhooks, type ReaperReport } from '#control';
import { hashToken, MemoryDirectory, type NewSession } from '#directory';
import { DirectoryWatch } from './directory-watch.js';
import { Reaper, type ReaperOptions } from './reaper.js';

const EDGE = edgeId('edge');
const MINUTE = 60_000;
const session = (id: string): NewSession => ({
  id: sessionId(id),
  tokens: { writer: hashToken(`w${id}`), reader: hashToken(`r${id}`) },
  region: 'local',
  addresses: { sshHost: 'h', sshPort: 22, webUrl: '' },
  createdAt: 0,
  policy: '',
  labels: {},
});

describe('Reaper', () => {
  let clock: FakeClock;
  let directory: MemoryDirectory;
  let webhooks: MemoryWebhooks;
  let events: MemoryEvents;
  let noted: string[];
  let reports: ReaperReport[];

  beforeEach(() => {
    clock = new FakeClock();
    directory = new MemoryDirectory(clock);
    webhooks = new MemoryWebhooks(clock);
    events = new MemoryEvents();
    [noted, reports] = [[], []];
  });

  const reaper = (patch: Partial<ReaperOptions> = {}): Reaper =>
    new Reaper({
      directory,
      housekeeping: new MemoryHousekeeping(),
      webhooks,
      events,
      audit: { note: (type, { session: of }) => void noted.push(`${type} ${of ?? ''}`.trim()) },
      clock,
      hostGraceMs: 10 * MINUTE,
      eventsKeptMs: 24 * 60 * MINUTE,
      watch: { start: () => undefined, missingMs: 0, brokenMs: () => 0, dispose: () => undefined },
      otherRegions: new Set(['elsewhere']),
      reaped: (report) => void reports.push(report),
      ...patch,
    });
  const delivery = (id: string) => ({
    lane: { kind: 'fleet', group: 'g', session: id } as const,
    id: `end of ${id}`,
    type: 'session_close',
    at: 0,
    sealed: '',
  });

  const beat = async (id: string): Promise<void> => {
    const { addresses } = session('x');
    const load = { sessions: 1, participants: 0 };
    await directory.heartbeat({ id: edgeId(id), region: 'local', addresses, load, draining: false });
  };
  /** Lets time pass; what `each` does happens every second. */
  const pass = async (ms: number, each: () => Promise<void> = async () => await beat('other')): Promise<void> => {
    for (let second = 0; second < ms / 1000; second++) {
      await each();
      clock.advance(1000);
      for (let i = 0; i < 50; i++) await Promise.resolve();
    }
  };

  it('ends sessions without a home once the grace is over, with their webhooks, and no others', async () => {
    await directory.claim(session('lost'), EDGE);
    await webhooks.setWill('lost', [delivery('lost')], 1);
    clock.advance(10 * MINUTE);
    expect(await reaper().round()).toMatchObject({ orphans: 0 });
    clock.advance(MINUTE);
    await beat('other');
    await directory.claim(session('live'), edgeId('other'));
    expect(await reaper().round()).toMatchObject({ orphans: 1, wills: 0, faults: [] });
    expect((await directory.lookup(sessionId('lost')))?.session).toMatchObject({ closeReason: 'expired' });
    expect((await directory.lookup(sessionId('live')))?.state).toBe('live');
    const limits = { claim: 'c', count: 9, perGroup: 9, busy: new Map(), claimMs: 1 };
    expect((await webhooks.take('fleet', limits)).taken).toMatchObject([{ delivery: { id: 'end of lost' } }]);
    expect(noted).toEqual(['session-closed lost', 'reaped']);
    expect(reports).toHaveLength(1);
  });

  it('tells the end of sessions that others ended in silence', async () => {
    const ended = await directory.claim(session('ended'), EDGE);
    await directory.claim(session('goes on'), EDGE);
    for (const id of ['ended', 'goes on']) await webhooks.setWill(id, [delivery(id)], 1);
    clock.advance(20_000);
    await directory.closeOrphan(sessionId('ended'), ended.generation, 'expired');
    expect(await reaper().round()).toMatchObject({ wills: 1 });
    expect((await webhooks.listWills()).sessions).toEqual(['goes on']);
  });

  it('ends nobody while it cannot know who lives', async () => {
    await directory.claim(session('lost'), EDGE);
    clock.advance(60 * MINUTE);
    const one = reaper({ watch: new DirectoryWatch(directory, clock) });
    one.start();
    await pass(20_000, async () => {
      expect(reports).toEqual([]);
      await beat('other');
    });
    await pass(5_000);
    // It has made its rounds by itself.
    expect(reports).toMatchObject([{ orphans: 1 }]);
    one.dispose();
    expect(clock.pending).toBe(0);
  });

  it('does not count the time in which the directory was away: an edge may need longer to come back than this process', async () => {
    await directory.claim(session('cut off'), EDGE);
    const { listEdges } = directory;
    const one = reaper({ watch: new DirectoryWatch(directory, clock), hostGraceMs: MINUTE });
    one.start();
    await pass(10_000);
    directory.listEdges = async () => await Promise.reject(new ShipmateError('unavailable', 'away'));
    await pass(5 * MINUTE);
    directory.listEdges = listEdges;
    await pass(MINUTE);
    expect((await directory.lookup(sessionId('cut off')))?.state).not.toBe('closed');
    await pass(2 * MINUTE);
    expect((await directory.lookup(sessionId('cut off')))?.state).toBe('closed');
    one.dispose();
  });

  it('ends nobody while all edges are cut off, and not before they have had the chance to say that they live', async () => {
    await beat('edge');
    await directory.claim(session('lives'), EDGE);
    await directory.claim(session('lost'), EDGE);
    await directory.update(
      { sessionId: sessionId('lost'), edgeId: EDGE, generation: generation(1) },
      { hostConnected: false },
    );
    const one = reaper({ watch: new DirectoryWatch(directory, clock), hostGraceMs: MINUTE });
    one.start();
    await pass(30_000, async () => await beat('edge'));
    await pass(60 * MINUTE, async () => undefined);
    expect([noted, reports]).toEqual([[], []]);
    // Another edge is back before the one that has the sessions.
    await pass(15_000);
    expect(noted).toEqual([]);
    await pass(3 * MINUTE, async () => {
      await beat('other');
      await beat('edge');
    });
    expect(await directory.lookup(sessionId('lives'))).toMatchObject({ state: 'live' });
    expect(noted).not.toContain('session-closed lives');
    await pass(120 * MINUTE, async () => {
      await beat('other');
      await beat('edge');
    });
    expect(noted).toContain('session-closed lost');
    one.dispose();
  });

  it('clears away what a session left behind that moved to another region, and tells no end', async () => {
    const moved = { ...session('moved'), region: 'elsewhere' };
    await webhooks.setWill('moved', [delivery('moved')], 1);
    const { generation: was } = await directory.claim(moved, EDGE);
    await directory.release({ sessionId: moved.id, edgeId: EDGE, generation: was });
    clock.advance(11 * MINUTE);
    expect(await reaper().round()).toMatchObject({ orphans: 1, wills: 0 });
    expect(await reaper().round()).toMatchObject({ orphans: 0, wills: 0 });
    expect(noted.filter((what) => what.startsWith('session-closed'))).toEqual([]);
    expect((await webhooks.listWills()).sessions).toEqual(['moved']);
    expect(await directory.takeover(moved, EDGE, was)).toMatchObject({ generation: 2 });
  });

  it('forgets old events', async () => {
    await events.append({ at: clock.now(), type: 'old', details: {} });
    clock.advance(25 * 60 * MINUTE);
    await events.append({ at: clock.now(), type: 'new', details: {} });
    expect(await reaper().round()).toMatchObject({ events: 1 });
    expect((await events.list({ limit: 9 })).events.map(({ type }) => type)).toEqual(['new']);
  });

  it('does nothing when it is not its turn, and goes on where one thing fails', async () => {
    class Others extends MemoryHousekeeping {
      override async takeTurn(): Promise<boolean> {
        return false;
      }
    }
    expect(await reaper({ housekeeping: new Others() }).round()).toBeUndefined();
    class Broken extends MemoryHousekeeping {
      override async sweep(): Promise<never> {
        throw new ShipmateError('unavailable', 'the store is away');
      }
    }
    const broken = new Broken();
    await directory.claim(session('lost'), EDGE);
    clock.advance(11 * MINUTE);
    const report = await reaper({ housekeeping: broken }).round();
    expect(report).toMatchObject({ orphans: 1, faults: ['leftovers: the store is away'] });
    expect(await broken.lastReport()).toEqual(report);
  });

  it('goes its rounds by itself, and stops', async () => {
    await directory.claim(session('lost'), EDGE);
    const one = reaper();
    one.start();
    for (let minute = 0; minute < 12; minute++) {
      clock.advance(MINUTE);
      for (let i = 0; i < 50; i++) await Promise.resolve();
    }
    expect(reports).toMatchObject([{ orphans: 1 }]);
    one.dispose();
    expect(clock.pending).toBe(0);
  });
});
