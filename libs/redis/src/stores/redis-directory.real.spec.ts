import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_TIMINGS,
  hashToken,
  MemoryDirectory,
  type Directory,
  type SessionView,
  type TokenHash,
} from '#directory';
import { edgeId, FakeClock, generation, sessionId, type EdgeId } from '#kernel';
import { until } from '#testing';
import { keys } from './keys.js';
import { pause, RedisWorld, TIMINGS, worldOf } from '../redis-world.fixture.js';
import { edgeRecord, newSession } from '../records.fixture.js';
import { CLAIM } from '../scripts/claim.lua.js';

const [A, B] = [edgeId('edge-a'), edgeId('edge-b')];
const EDGES = [A, B, edgeId('edge-c')] as const;

const owner = (name: string, edge: EdgeId, gen: number) => ({
  sessionId: sessionId(name),
  edgeId: edge,
  generation: generation(gen),
});

describe('RedisDirectory', () => {
  const world = worldOf(async () => await RedisWorld.standalone(), 'empty');
  let directory: Directory;
  beforeEach(async () => {
    directory = (await world().connect()).directory;
  });

  const redis = async (...[command, ...args]: readonly [string, ...string[]]): Promise<unknown> =>
    world().admins[0]?.call(command, ...args);

  it('does as the one in memory does, step by step', async () => {
    const names = ['s', 't'] as const;
    const step = fc.record({
      act: fc.constantFrom(
        'claim',
        'takeover',
        'restore',
        'update',
        'lose',
        'release',
        'close',
        'orphan',
        'name',
        'free',
      ),
      name: fc.constantFrom(...names),
      edge: fc.constantFrom(...EDGES),
      gen: fc.integer({ min: 1, max: 4 }),
      flag: fc.boolean(),
      otherTokens: fc.integer({ max: 9 }).map((number) => number === 0),
    });
    type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
    const act = async (on: Directory, { act, name, edge, gen, flag, otherTokens }: Step): Promise<unknown> => {
      const it = newSession(name, otherTokens ? { tokens: newSession(name === 's' ? 't' : 's').tokens } : {});
      const own = owner(name, edge, gen);
      switch (act) {
        case 'claim':
          return await on.claim(it, edge);
        case 'takeover':
          return await on.takeover(it, edge, generation(gen));
        case 'restore':
          return await on.restore(it, own);
        case 'update':
          return await on.update(own, { confirmed: flag, policy: `${gen}`, labels: { flag: `${flag}` } });
        case 'lose':
          return await on.update(own, { hostConnected: flag });
        case 'release':
          return await on.release(own);
        case 'close':
          return await on.close(own, 'closed');
        case 'orphan':
          return await on.closeOrphan(own.sessionId, own.generation, 'orphan');
        case 'name':
          return await on.claimName(own, { name: 'ann/x', role: flag ? 'writer' : 'reader', graceMs: 60_000 });
        case 'free':
          return await on.releaseName('ann/x', own.sessionId);
      }
    };
    /** All that may be compared: stamps are of two clocks. */
    const seen = async (on: Directory): Promise<unknown> => {
      const plain = (view: (SessionView & { role?: string }) | undefined) =>
        view && {
          ...view,
          asOf: 0,
          session: {
            ...view.session,
            homeSince: 0,
            closedAt: stamp(view.session.closedAt),
            disconnectedAt: stamp(view.session.disconnectedAt),
          },
          reconnectingSince: stamp(view.reconnectingSince),
        };
      const views = names.map(async (name) => [
        plain(await on.lookup(sessionId(name))),
        plain(await on.lookupByTokenHash(hashToken(`w-${name}`))),
        plain(await on.lookupByTokenHash(hashToken(`r-${name}`))),
      ]);
      const lists = [await on.listSessions({}, { limit: 9 }), await on.listOrphans(0, 9)];
      const name = plain(await on.lookupByName('ann/x'));
      const owners = names.flatMap((name) => EDGES.map((edge) => owner(name, edge, 2)));
      return [await Promise.all(views), lists.map((list) => list.map(plain).sort(byId)), name, await on.verify(owners)];
    };
    const outcome = async (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        (value) => ({ value: value === undefined ? undefined : (value as { generation?: number }).generation }),
        (error: unknown) => ({ error: (error as { code?: unknown }).code }),
      );
    const run = async (steps: readonly Step[]): Promise<void> => {
      await redis('flushall');
      const model = new MemoryDirectory(new FakeClock(), DEFAULT_TIMINGS);
      const real = (await world().connect({}, DEFAULT_TIMINGS)).directory;
      // One edge is not alive.
      for (const edge of EDGES.slice(0, 2)) for (const on of [model, real]) await on.heartbeat(edgeRecord(edge));
      for (const each of steps) {
        const expected = await outcome(act(model, each));
        expect([each, await outcome(act(real, each))]).toEqual([each, expected]);
        expect([each, await seen(real)]).toEqual([each, await seen(model)]);
      }
      world().close();
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), run), { numRuns: 25 });
  });

  it('sends a script whole where Redis does not know it, and once only', async () => {
    await redis('script', 'flush');
    await directory.claim(newSession('s'), A);
    expect(await redis('script', 'exists', CLAIM.sha)).toEqual([1]);
    await directory.claim(newSession('t'), A);
    const stats = String(await redis('info', 'commandstats'));
    expect(stats).toMatch(/cmdstat_evalsha:/);
    await redis('script', 'flush');
    expect(await directory.update(owner('s', A, 1), { policy: 'p' })).toMatchObject({ policy: 'p' });
  });

  it('leaves no token of a claim that was refused or cut short', async () => {
    await directory.claim(newSession('s'), A);
    const again = newSession('s', { tokens: newSession('t').tokens });
    await expect(directory.claim(again, B)).rejects.toMatchObject({ code: 'conflict' });
    expect((await world().keys()).filter((key) => key.startsWith('shipmate:token:'))).toHaveLength(2);
    // A process died while it was writing a session, after it had reserved a token: the reservation expires.
    const { writer } = newSession('u').tokens;
    await redis('set', keys.token(writer), 'w:gone', 'px', '60000');
    expect(await directory.lookupByTokenHash(writer)).toBeUndefined();
    await expect(directory.claim(newSession('u'), A)).rejects.toMatchObject({ code: 'conflict' });
    await redis('persist', keys.token(writer));
    expect(await directory.claim(newSession('u'), A)).toMatchObject({ generation: 1 });
    const ttls = [writer, newSession('u').tokens.reader, newSession('s').tokens.writer].map(async (hash: TokenHash) =>
      redis('pttl', keys.token(hash)),
    );
    expect(await Promise.all(ttls)).toEqual([-1, -1, -1]);
  });

  it('finishes a close that was cut short, when orphans are listed', async () => {
    await directory.claim(newSession('s'), A);
    // As the script leaves it.
    await redis('hset', keys.session(sessionId('s')), 'closedAt', String(Date.now()), 'closeReason', 'done');
    expect(await directory.listOrphans(0, 10)).toEqual([]);
    await pause(TIMINGS.closedMemoryMs + 50);
    await until(async () => (await world().keys()).length === 1, { what: 'the session to be forgotten' });
    expect(await world().keys()).toEqual([keys.sessions]);
  });

  it('forgets a closed session whole, and frees names of forgotten sessions as others come', async () => {
    await directory.claim(newSession('s'), A);
    await directory.claimName(owner('s', A, 1), { name: 'ann/old', role: 'writer' });
    await directory.close(owner('s', A, 1), 'done');
    await directory.claim(newSession('t'), A);
    await pause(TIMINGS.closedMemoryMs + 50);
    await until(async () => !(await world().keys()).includes(keys.session(sessionId('s'))));
    expect((await world().keys()).filter((key) => key.startsWith('shipmate:token:'))).toHaveLength(2);
    expect(await world().keys()).toContain(keys.name('ann/old'));
    await directory.claimName(owner('t', A, 1), { name: 'ann/new', role: 'writer' });
    expect(await world().keys()).not.toContain(keys.name('ann/old'));
    expect((await directory.listNames('', { limit: 9 })).map(({ name }) => name)).toEqual(['ann/new']);
  });

  it('reports a damaged record, not a missing one', async () => {
    await directory.claim(newSession('s'), A);
    await redis('hset', keys.session(sessionId('s')), 'about', '{');
    await expect(directory.lookup(sessionId('s'))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('refuses too many edges, and a record that is too large', async () => {
    const members = Array.from({ length: 10_000 }, (_, i) => ['9999999999999', `e${i}`]).flat();
    await redis('zadd', keys.leases, ...members);
    await expect(directory.heartbeat(edgeRecord(A))).rejects.toMatchObject({ code: 'limit' });
    // Those that ended long ago make room.
    await redis('zadd', keys.leases, '1', 'e0', '1', 'e1');
    expect(await directory.heartbeat(edgeRecord(A))).toEqual({ renewed: false });
    const large = { ...edgeRecord(A), region: 'x'.repeat(10_000) };
    await expect(directory.heartbeat(large)).rejects.toMatchObject({ code: 'limit' });
  });

  it('refuses new sessions when Redis is full, and lets those that are there go on, move and end', async () => {
    for (const name of ['s', 't']) await directory.claim(newSession(name), A);
    await directory.heartbeat(edgeRecord(A));
    await redis('config', 'set', 'maxmemory', '1');
    try {
      await expect(directory.claim(newSession('n'), A)).rejects.toMatchObject({
        code: 'unavailable',
        message: 'Redis is out of memory',
      });
      expect(await directory.heartbeat(edgeRecord(A))).toEqual({ renewed: true });
      expect(await directory.heartbeat(edgeRecord(B))).toEqual({ renewed: false });
      await directory.update(owner('s', A, 1), { confirmed: true, hostConnected: false });
      expect(await directory.takeover(newSession('s'), B, generation(1))).toMatchObject({ generation: 2, edgeId: B });
      expect(await directory.lookupByTokenHash(newSession('s').tokens.reader)).toMatchObject({ state: 'live' });
      await directory.restore(newSession('s'), owner('s', B, 2));
      await directory.release(owner('t', A, 1));
      await directory.closeOrphan(sessionId('t'), generation(1), 'expired');
      await directory.close(owner('s', B, 2), 'done');
      await directory.removeEdge(B);
      expect((await directory.listSessions({}, { limit: 9 })).map(({ state }) => state)).toEqual(['closed', 'closed']);
    } finally {
      await redis('config', 'set', 'maxmemory', '0');
    }
  });

  it('pages through many sessions, orphans among them', async () => {
    const names = Array.from({ length: 130 }, (_, i) => `s${String(i).padStart(3, '0')}`);
    await Promise.all(names.map(async (name) => directory.claim(newSession(name), A)));
    await directory.heartbeat(edgeRecord(A));
    await directory.release(owner('s077', A, 1));
    await directory.release(owner('s129', A, 1));
    const found: string[] = [];
    for (let after: string | undefined; ; after = found.at(-1)) {
      const page = await directory.listSessions({ state: 'live' }, { limit: 50, after });
      found.push(...page.map(({ session }) => session.id));
      if (page.length < 50) break;
    }
    expect(found).toEqual(names.filter((name) => name !== 's077' && name !== 's129'));
    const orphans = await directory.listOrphans(0, 10);
    expect(orphans.map(({ session }) => session.id)).toEqual(['s077', 's129']);
  });
});

const stamp = (value: number | undefined): string => (value === undefined ? 'none' : 'some');
const byId = (a: { session: { id: string } } | undefined, b: { session: { id: string } } | undefined): number =>
  (a?.session.id ?? '') < (b?.session.id ?? '') ? -1 : 1;
