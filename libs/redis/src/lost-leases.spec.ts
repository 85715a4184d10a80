import { describe, expect, it } from 'vitest';
import { edgeId, FakeClock, sessionId } from '#kernel';
import { DEFAULT_TIMINGS, hashToken, type EdgeRecord } from '#directory';
import { MemoryBus } from '#relay';
import { simulatedDirectory, SimulatedStore } from './simulated.fixture.js';

const addresses = { sshHost: 'h', sshPort: 22, webUrl: '' };
const edge = (id: string): EdgeRecord => ({
  id: edgeId(id),
  region: 'local',
  addresses,
  load: { sessions: 0, participants: 0 },
  draining: false,
});

describe('leases that Redis lost, and nothing else', () => {
  it('make nobody dead before they are known again, and after that for as long as anybody is away', async () => {
    const clock = new FakeClock();
    const store = new SimulatedStore(clock);
    const directory = simulatedDirectory(
      { reach: async (_, work) => work(store) },
      clock,
      new MemoryBus(),
      DEFAULT_TIMINGS,
    );
    await directory.heartbeat(edge('a'));
    await directory.heartbeat(edge('b'));
    const session = {
      id: sessionId('s'),
      tokens: { writer: hashToken('w'), reader: hashToken('r') },
      region: 'local',
      addresses,
      createdAt: 0,
      policy: '',
      labels: {},
    };
    await directory.claim(session, edgeId('a'));
    clock.advance(3_600_000);
    store.evict((names) => names.find((name) => name.endsWith(':leases')));
    store.evict((names) => names.find((name) => name.endsWith(':records')));

    const reconnecting = { state: 'reconnecting', reconnectingSince: clock.now() };
    expect(await directory.lookup(session.id)).toMatchObject(reconnecting);
    expect(await directory.listOrphans(60_000, 10)).toEqual([]);
    await directory.heartbeat(edge('b'));
    clock.advance(2_000);
    expect(await directory.lookup(session.id)).toMatchObject(reconnecting);
    expect((await directory.listEdges()).map(({ id }) => id)).toEqual(['b']);
    await directory.heartbeat(edge('a'));
    expect(await directory.lookup(session.id)).toMatchObject({ state: 'live' });
  });

  it('end a session whose edge is gone with them, once the grace is over', async () => {
    const clock = new FakeClock();
    const store = new SimulatedStore(clock);
    const way = { reach: async <T>(_: string, work: (of: SimulatedStore) => T) => work(store) };
    const directory = simulatedDirectory(way, clock, new MemoryBus(), DEFAULT_TIMINGS);
    await directory.heartbeat(edge('b'));
    clock.advance(120_000);
    const session = { tokens: { writer: hashToken('w'), reader: hashToken('r') }, region: 'local', addresses };
    await directory.claim({ ...session, id: sessionId('s'), createdAt: 0, policy: '', labels: {} }, edgeId('a'));
    clock.advance(59_000);
    expect(await directory.listOrphans(60_000, 10)).toEqual([]);
    clock.advance(1_000);
    expect(await directory.listOrphans(60_000, 10)).toHaveLength(1);
  });

  it('end no session whose edge has lost its record alone', async () => {
    const clock = new FakeClock();
    const store = new SimulatedStore(clock);
    const way = { reach: async <T>(_: string, work: (of: SimulatedStore) => T) => work(store) };
    const directory = simulatedDirectory(way, clock, new MemoryBus(), DEFAULT_TIMINGS);
    await directory.heartbeat(edge('a'));
    const session = { tokens: { writer: hashToken('w'), reader: hashToken('r') }, region: 'local', addresses };
    const id = sessionId('s');
    const { generation } = await directory.claim({ ...session, id, createdAt: 0, policy: '', labels: {} }, edgeId('a'));
    for (let ms = 0; ms < 120_000; ms += 5_000) {
      clock.advance(5_000);
      await directory.heartbeat(edge('a'));
    }
    store.evict((names) => names.find((name) => name.endsWith(':records')));
    clock.advance(2_000);
    expect(await directory.lookup(id)).toMatchObject({ state: 'reconnecting', reconnectingSince: clock.now() });
    expect(await directory.listOrphans(1_000, 10)).toEqual([]);
    await expect(directory.closeOrphan(id, generation, 'expired')).rejects.toMatchObject({ code: 'conflict' });
    await directory.heartbeat(edge('a'));
    expect(await directory.lookup(id)).toMatchObject({ state: 'live' });
  });
});
