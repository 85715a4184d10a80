import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  hashToken,
  type Directory,
  type DirectoryTimings,
  type EdgeRecord,
  type NewSession,
  type TokenHash,
} from '#directory';
import { edgeId, generation, sessionId, type EdgeId, type SessionId } from '#kernel';

/** One store and connections to it, made for each test. */
export interface DirectoryHarness {
  /** Another client of the same store, as another process would have. */
  connect(): Promise<Directory>;
  readonly timings: DirectoryTimings;
  /** Lets `ms` pass for the store: a fake clock moves, a real one is waited for. */
  advance(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

const A = edgeId('edge-a');
const B = edgeId('edge-b');

const edge = (id: EdgeId, patch: Partial<EdgeRecord> = {}): EdgeRecord => ({
  id,
  region: 'nyc1',
  addresses: { sshHost: 'nyc1.example', sshPort: 22, webUrl: 'https://nyc1.example' },
  load: { sessions: 1, participants: 2 },
  draining: false,
  ...patch,
});

const session = (name: string, patch: Partial<NewSession> = {}): NewSession => ({
  id: sessionId(`session-${name}`),
  tokens: { writer: hashToken(`w-${name}`), reader: hashToken(`ro-${name}`) },
  region: 'nyc1',
  addresses: { sshHost: 'nyc1.example', sshPort: 22, webUrl: 'https://nyc1.example' },
  createdAt: 1_000,
  policy: '{}',
  labels: { address: '192.0.2.1' },
  ...patch,
});

const owner = (name: string, edge: EdgeId, gen: number) => ({
  sessionId: sessionId(`session-${name}`),
  edgeId: edge,
  generation: generation(gen),
});

/** How many of `attempts` succeed; each that fails must fail with `conflict`. */
async function winners(attempts: readonly Promise<unknown>[]): Promise<number> {
  const results = await Promise.allSettled(attempts);
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' });
  }
  return results.filter(({ status }) => status === 'fulfilled').length;
}

/** What every `Directory` must do. `make` gives each test a fresh, empty store. */
export function directoryContract(name: string, make: () => Promise<DirectoryHarness>): void {
  describe(`${name}: the directory's contract`, () => {
    let harness: DirectoryHarness;
    let one: Directory;
    let two: Directory;

    beforeEach(async () => {
      harness = await make();
      one = await harness.connect();
      two = await harness.connect();
      await one.heartbeat(edge(A));
      await two.heartbeat(edge(B));
    });
    afterEach(async () => {
      await harness.dispose();
    });

    const stateOf = async (id: SessionId): Promise<string | undefined> => (await two.lookup(id))?.state;

    describe('edges', () => {
      it('lists what heartbeats say, in the order of ids', async () => {
        await one.heartbeat(edge(A, { draining: true, takesHosts: false, load: { sessions: 7, participants: 9 } }));
        const edges = await two.listEdges();
        expect(edges).toEqual([
          edge(A, { draining: true, takesHosts: false, load: { sessions: 7, participants: 9 } }),
          edge(B),
        ]);
      });

      it('tells a first heartbeat from one that renews, and both from one after the lease ended', async () => {
        const late = edgeId('edge-c');
        expect(await one.heartbeat(edge(late))).toEqual({ renewed: false });
        expect(await one.heartbeat(edge(late))).toEqual({ renewed: true });
        await harness.advance(harness.timings.edgeLeaseMs + 1);
        expect(await one.heartbeat(edge(late))).toEqual({ renewed: false });
      });

      it('forgets an edge whose lease ended, and no other', async () => {
        await harness.advance(harness.timings.edgeLeaseMs * 0.6);
        await one.heartbeat(edge(A));
        await harness.advance(harness.timings.edgeLeaseMs * 0.6);
        expect((await two.listEdges()).map(({ id }) => id)).toEqual([A]);
      });

      it('forgets at once an edge that is removed; removing it again is harmless', async () => {
        await one.removeEdge(A);
        await one.removeEdge(A);
        expect((await two.listEdges()).map(({ id }) => id)).toEqual([B]);
      });
    });

    describe('claims', () => {
      it('writes generation 1 and both tokens for everybody to see', async () => {
        const record = await one.claim(session('s'), A);
        expect(record).toMatchObject({ ...session('s'), generation: 1, edgeId: A, hostConnected: true });
        const writer = await two.lookupByTokenHash(hashToken('w-s'));
        expect(writer).toMatchObject({ role: 'writer', state: 'live', session: record, home: edge(A) });
        expect(await two.lookupByTokenHash(hashToken('ro-s'))).toMatchObject({ role: 'reader', session: record });
        expect(await two.lookup(session('s').id)).toMatchObject({ state: 'live', session: record });
      });

      it('knows nothing of other tokens and ids', async () => {
        await one.claim(session('s'), A);
        expect(await two.lookupByTokenHash(hashToken('other'))).toBeUndefined();
        expect(await two.lookup(sessionId('other'))).toBeUndefined();
      });

      it('lets one of many claims of the same id win', async () => {
        const attempts = Array.from({ length: 10 }, (_, i) => (i % 2 ? one : two).claim(session('s'), i % 2 ? A : B));
        expect(await winners(attempts)).toBe(1);
      });

      it('refuses a token that another session has, and leaves nothing of the refused one', async () => {
        await one.claim(session('s'), A);
        const thief = session('t', { tokens: { writer: hashToken('w-t'), reader: hashToken('w-s') } });
        await expect(two.claim(thief, B)).rejects.toMatchObject({ code: 'conflict' });
        expect(await two.lookup(thief.id)).toBeUndefined();
        expect(await two.lookupByTokenHash(hashToken('w-t'))).toBeUndefined();
        expect(await two.lookupByTokenHash(hashToken('w-s'))).toMatchObject({ session: { id: 'session-s' } });
      });

      it('refuses what is too large', async () => {
        const large = session('s', { policy: 'x'.repeat(300_000) });
        await expect(one.claim(large, A)).rejects.toMatchObject({ code: 'limit' });
        const labels = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`l${i}`, 'x']));
        await expect(one.claim(session('s', { labels }), A)).rejects.toMatchObject({ code: 'limit' });
      });

      it('hands out records that do not change under the reader', async () => {
        const record = await one.claim(session('s'), A);
        const before = structuredClone(record);
        await one.update(owner('s', A, 1), { policy: 'new', hostConnected: false });
        expect(record).toEqual(before);
      });
    });

    describe('owner writes', () => {
      beforeEach(async () => {
        await one.claim(session('s'), A);
      });

      it('changes what is named and leaves the rest', async () => {
        const record = await one.update(owner('s', A, 1), { policy: 'p2', confirmed: true });
        expect(record).toMatchObject({ ...session('s'), policy: 'p2', confirmed: true, hostConnected: true });
        expect((await two.lookup(record.id))?.session).toEqual(record);
      });

      it('stamps when the host was lost, once, and forgets it when it is back', async () => {
        const lost = await one.update(owner('s', A, 1), { hostConnected: false });
        expect(await stateOf(lost.id)).toBe('reconnecting');
        const view = await two.lookup(lost.id);
        expect(view?.reconnectingSince).toBe(lost.disconnectedAt);
        expect(view?.asOf).toBeGreaterThanOrEqual(Number(lost.disconnectedAt));
        await harness.advance(20);
        const again = await one.update(owner('s', A, 1), { hostConnected: false });
        expect(again.disconnectedAt).toBe(lost.disconnectedAt);
        const back = await one.update(owner('s', A, 1), { hostConnected: true });
        expect(back.disconnectedAt).toBeUndefined();
        expect(await stateOf(lost.id)).toBe('live');
      });

      it.each([
        ['another edge', owner('s', B, 1), 'conflict'],
        ['an older generation', owner('s', A, 0), 'conflict'],
        ['a newer generation', owner('s', A, 2), 'conflict'],
        ['an unknown session', owner('x', A, 1), 'not-found'],
      ])('refuses %s', async (_, wrong, code) => {
        await expect(one.update(wrong, { policy: 'p' })).rejects.toMatchObject({ code });
        await expect(one.release(wrong)).rejects.toMatchObject({ code });
        await expect(one.close(wrong, 'no')).rejects.toMatchObject({ code });
        expect((await one.lookup(session('s').id))?.session).toMatchObject({ policy: '{}', closedAt: undefined });
      });

      it('verifies which owners still are', async () => {
        const good = owner('s', A, 1);
        const bad = [owner('s', B, 1), owner('s', A, 2), owner('x', A, 1)];
        expect(await two.verify([good, ...bad])).toEqual(bad);
        expect(await two.verify([{ ...good, tokens: session('s').tokens }])).toEqual([]);
        expect(await two.verify([{ ...good, tokens: session('t').tokens }])).toHaveLength(1);
        expect(await two.verify([])).toEqual([]);
      });

      it('releases: no home, reconnecting, tokens kept; the former owner may not write; twice is once', async () => {
        await one.release(owner('s', A, 1));
        await one.release(owner('s', A, 1));
        const view = await two.lookupByTokenHash(hashToken('w-s'));
        expect(view).toMatchObject({ state: 'reconnecting', home: undefined, session: { edgeId: undefined } });
        await expect(one.update(owner('s', A, 1), { policy: 'p' })).rejects.toMatchObject({ code: 'conflict' });
      });
    });

    describe('takeover', () => {
      beforeEach(async () => {
        await one.claim(session('s'), A);
        await one.update(owner('s', A, 1), { confirmed: true });
      });

      it('moves a session with generation + 1, whether its home lives, let go or died', async () => {
        expect(await two.takeover(session('s'), B, generation(1))).toMatchObject({ generation: 2, edgeId: B });
        await two.update(owner('s', B, 2), { confirmed: true });
        await two.release(owner('s', B, 2));
        expect(await one.takeover(session('s'), A, generation(2))).toMatchObject({
          generation: 3,
          hostConnected: true,
        });
        await one.update(owner('s', A, 3), { confirmed: true });
        await one.removeEdge(A);
        expect(await two.takeover(session('s'), B, generation(3))).toMatchObject({ generation: 4, edgeId: B });
        expect(await two.lookupByTokenHash(hashToken('ro-s'))).toMatchObject({ state: 'live', home: { id: B } });
      });

      it('brings back a session that had moved away from here', async () => {
        await one.release(owner('s', A, 1));
        await two.closeOrphan(session('s').id, generation(1), 'moved');
        expect(await two.takeover(session('s'), B, generation(4))).toMatchObject({ generation: 5, edgeId: B });
        expect(await stateOf(session('s').id)).toBe('live');
        await two.release(owner('s', B, 5));
        await two.closeOrphan(session('s').id, generation(5), 'expired');
        await expect(two.takeover(session('s'), B, generation(5))).rejects.toMatchObject({ code: 'closed' });
      });

      it('tells a former home of a session that was ended under a newer one that it has lost it, not that it has ended', async () => {
        await two.takeover(session('s'), B, generation(1));
        await two.release(owner('s', B, 2));
        await two.closeOrphan(session('s').id, generation(2), 'moved');
        await expect(one.restore(session('s'), owner('s', A, 1))).rejects.toMatchObject({ code: 'conflict' });
        // Back here while the directory was away.
        expect(await one.restore(session('s'), owner('s', A, 3))).toMatchObject({ generation: 3, edgeId: A });
        expect(await stateOf(session('s').id)).toBe('live');
      });

      it('writes what the new home says of itself', async () => {
        const moved = session('s', { region: 'sfo2', policy: 'p2', labels: {} });
        expect(await two.takeover(moved, B, generation(1))).toMatchObject(moved);
      });

      it('fences off the former home', async () => {
        await two.takeover(session('s'), B, generation(1));
        const former = owner('s', A, 1);
        await expect(one.update(former, { policy: 'old' })).rejects.toMatchObject({ code: 'conflict' });
        await expect(one.release(former)).rejects.toMatchObject({ code: 'conflict' });
        await expect(one.close(former, 'old')).rejects.toMatchObject({ code: 'conflict' });
        await expect(one.restore(session('s'), former)).rejects.toMatchObject({ code: 'conflict' });
        expect(await one.verify([former])).toEqual([former]);
        expect(await stateOf(session('s').id)).toBe('live');
      });

      it('fences the same edge as well: its older connection is not its newer one', async () => {
        expect(await one.takeover(session('s'), A, generation(1))).toMatchObject({ generation: 2, edgeId: A });
        await expect(one.close(owner('s', A, 1), 'old')).rejects.toMatchObject({ code: 'conflict' });
      });

      it('lets one of many with the same reconnection data win', async () => {
        const attempts = Array.from({ length: 10 }, (_, i) =>
          (i % 2 ? one : two).takeover(session('s'), i % 2 ? A : B, generation(1)),
        );
        expect(await winners(attempts)).toBe(1);
        expect((await one.lookup(session('s').id))?.session.generation).toBe(2);
      });

      it('refuses old data, also when nobody is home, once the newer was confirmed', async () => {
        await two.takeover(session('s'), B, generation(1));
        await two.update(owner('s', B, 2), { confirmed: true });
        await two.release(owner('s', B, 2));
        await expect(one.takeover(session('s'), A, generation(1))).rejects.toMatchObject({ code: 'conflict' });
      });

      it('takes data one older where the host was lost before it could get the newer', async () => {
        await two.takeover(session('s'), B, generation(1));
        await two.update(owner('s', B, 2), { hostConnected: false });
        expect(await one.takeover(session('s'), A, generation(1))).toMatchObject({ generation: 3, edgeId: A });
      });

      it('takes the same data again and again, until newer data was confirmed', async () => {
        for (const [n, [edge, at]] of (
          [
            [A, one],
            [B, two],
            [A, one],
            [B, two],
          ] as const
        ).entries()) {
          expect(await at.takeover(session('s'), edge, generation(1))).toMatchObject({
            generation: n + 2,
            edgeId: edge,
          });
          await expect(one.takeover(session('s'), A, generation(1))).rejects.toMatchObject({ code: 'conflict' });
          await at.update(owner('s', edge, n + 2), { hostConnected: false });
        }
        expect(await one.takeover(session('s'), A, generation(3))).toMatchObject({ generation: 6 });
        await one.release(owner('s', A, 6));
        await expect(two.takeover(session('s'), B, generation(2))).rejects.toMatchObject({ code: 'conflict' });
        expect(await two.takeover(session('s'), B, generation(3))).toMatchObject({ generation: 7 });
        await two.update(owner('s', B, 7), { confirmed: true });
        // Over another region, where it reached more: the data that it has is older.
        await one.takeover(session('s'), A, generation(9), { cameWith: generation(7) });
        await one.release(owner('s', A, 10));
        expect(await two.takeover(session('s'), B, generation(7))).toMatchObject({ generation: 11 });
        await two.update(owner('s', B, 11), { confirmed: true });
        await two.release(owner('s', B, 11));
        await expect(one.takeover(session('s'), A, generation(10))).rejects.toMatchObject({ code: 'conflict' });
      });

      it('takes the data that its host came with also after it was written again', async () => {
        await one.restore(session('n'), owner('n', A, 40), generation(7));
        expect(await two.lookup(session('n').id)).toMatchObject({ session: { cameWith: 7, generation: 40 } });
        await one.release(owner('n', A, 40));
        await expect(two.takeover(session('n'), B, generation(6))).rejects.toMatchObject({ code: 'conflict' });
        expect(await two.takeover(session('n'), B, generation(7))).toMatchObject({ generation: 41 });
      });

      it('writes a session again that the directory lost', async () => {
        expect(await two.takeover(session('n'), B, generation(4))).toMatchObject({ generation: 5, edgeId: B });
        expect(await one.lookupByTokenHash(hashToken('w-n'))).toMatchObject({ state: 'live', role: 'writer' });
      });

      it('goes on from signed data that is newer than the store', async () => {
        expect(await two.takeover(session('s'), B, generation(7))).toMatchObject({ generation: 8 });
      });

      it('refuses other tokens and closed sessions', async () => {
        const other = session('s', { tokens: session('t').tokens });
        await expect(two.takeover(other, B, generation(1))).rejects.toMatchObject({ code: 'conflict' });
        await one.close(owner('s', A, 1), 'done');
        await expect(two.takeover(session('s'), B, generation(1))).rejects.toMatchObject({ code: 'closed' });
      });
    });

    describe('restore', () => {
      it('refutes that its owner was dead, and no other end', async () => {
        await one.claim(session('s'), A);
        await one.removeEdge(A);
        await two.closeOrphan(session('s').id, generation(1), 'expired');
        await expect(two.restore(session('s'), owner('s', B, 1))).rejects.toMatchObject({ code: 'closed' });
        await one.heartbeat(edge(A));
        expect(await one.restore(session('s'), owner('s', A, 1))).toMatchObject({ generation: 1, closedAt: undefined });
        expect(await stateOf(session('s').id)).toBe('live');
        expect(await two.lookupByTokenHash(hashToken('w-s'))).toMatchObject({ state: 'live' });
        expect(await one.verify([{ ...owner('s', A, 1), tokens: session('s').tokens }])).toEqual([]);
        await harness.advance(harness.timings.closedMemoryMs + 1);
        expect(await two.lookup(session('s').id)).toBeDefined();
        await one.removeEdge(A);
        await one.closeOrphan(session('s').id, generation(1), 'expired');
        // The host had come to another edge, which could not say so.
        expect(await two.restore(session('s'), owner('s', B, 2))).toMatchObject({ generation: 2, closedAt: undefined });
        await expect(one.restore(session('s'), owner('s', A, 1))).rejects.toMatchObject({ code: 'conflict' });
        await two.close(owner('s', B, 2), 'done');
        await expect(one.restore(session('s'), owner('s', A, 3))).rejects.toMatchObject({ code: 'closed' });
        await expect(one.restore(session('s'), owner('s', A, 2))).rejects.toMatchObject({ code: 'closed' });
      });

      it('does not refute the end by an operator', async () => {
        await one.claim(session('s'), A);
        await one.removeEdge(A);
        await two.closeOrphan(session('s').id, generation(1), 'operator');
        await expect(one.restore(session('s'), owner('s', A, 1))).rejects.toMatchObject({ code: 'closed' });
      });

      it('writes again what was lost, changes nothing that is there, and replaces what is older', async () => {
        expect(await one.restore(session('s'), owner('s', A, 3))).toMatchObject({ generation: 3, edgeId: A });
        await one.update(owner('s', A, 3), { policy: 'p2' });
        expect(await one.restore(session('s'), owner('s', A, 3))).toMatchObject({ generation: 3, policy: 'p2' });
        expect(await two.restore(session('s'), owner('s', B, 5))).toMatchObject({ generation: 5, edgeId: B });
        await expect(one.restore(session('s'), owner('s', A, 3))).rejects.toMatchObject({ code: 'conflict' });
        expect(await two.lookupByTokenHash(hashToken('w-s'))).toMatchObject({ home: { id: B } });
      });

      it('does not raise what has ended', async () => {
        await one.claim(session('s'), A);
        await one.close(owner('s', A, 1), 'done');
        await expect(one.restore(session('s'), owner('s', A, 1))).rejects.toMatchObject({ code: 'closed' });
      });
    });

    describe('replaced tokens', () => {
      const fresh = session('fresh').tokens;
      const old = session('s').tokens;
      const leadsTo = async (hash: TokenHash): Promise<string | undefined> =>
        (await two.lookupByTokenHash(hash))?.session.id;
      const ways = async (): Promise<(string | undefined)[]> =>
        await Promise.all([old.writer, old.reader, fresh.writer, fresh.reader].map(leadsTo));

      beforeEach(async () => {
        await one.claim(session('s'), A);
        await one.claimName(owner('s', A, 1), { name: 'ann/work', role: 'writer' });
      });

      it('lead to the session from one moment to the next, names as before, and the old ones nowhere', async () => {
        const record = await one.update(owner('s', A, 1), { tokens: fresh, policy: 'p2' });
        expect(record).toMatchObject({ ...session('s'), tokens: fresh, policy: 'p2', generation: 1 });
        expect(await ways()).toEqual([undefined, undefined, 'session-s', 'session-s']);
        expect(await two.lookupByTokenHash(fresh.reader)).toMatchObject({ role: 'reader', state: 'live' });
        expect(await two.lookupByName('ann/work')).toMatchObject({ session: { id: 'session-s' } });
        expect(await one.update(owner('s', A, 1), { tokens: fresh })).toEqual(record);
      });

      it('are never both dead, nor both alive, to those who ask meanwhile', async () => {
        const rotation = one.update(owner('s', A, 1), { tokens: fresh });
        const state = { done: false };
        void rotation.then(() => (state.done = true));
        while (!state.done) {
          const before = await leadsTo(old.writer);
          const after = await leadsTo(fresh.writer);
          // Asked one after the other: who finds the old one dead finds the new one alive.
          if (before === undefined) expect(after).toBe('session-s');
        }
        expect(await ways()).toEqual([undefined, undefined, 'session-s', 'session-s']);
      });

      it("are the owner's to give, and no other session's", async () => {
        await expect(two.update(owner('s', B, 1), { tokens: fresh })).rejects.toMatchObject({ code: 'conflict' });
        await two.claim(session('t'), B);
        const stolen = { writer: fresh.writer, reader: session('t').tokens.reader };
        await expect(one.update(owner('s', A, 1), { tokens: stolen })).rejects.toMatchObject({ code: 'conflict' });
        const same = { writer: fresh.writer, reader: fresh.writer };
        await expect(one.update(owner('s', A, 1), { tokens: same })).rejects.toMatchObject({ code: 'conflict' });
        expect(await ways()).toEqual(['session-s', 'session-s', undefined, undefined]);
        expect(await leadsTo(session('t').tokens.reader)).toBe('session-t');
      });

      it('are what a host must know to have its session again, or be given once more', async () => {
        await one.update(owner('s', A, 1), { tokens: fresh });
        const third = session('s', { tokens: session('third').tokens });
        await expect(two.takeover(third, B, generation(1))).rejects.toMatchObject({ code: 'conflict' });
        await expect(two.takeover(session('s'), B, generation(1))).rejects.toMatchObject({ code: 'closed' });
        const again = session('s', { tokens: session('again').tokens });
        const taken = await two.takeover(again, B, generation(1), { tokens: 'replaced' });
        expect(taken).toMatchObject({ tokens: again.tokens, generation: 2, edgeId: B });
        expect(await ways()).toEqual([undefined, undefined, undefined, undefined]);
        expect(await leadsTo(again.tokens.writer)).toBe('session-s');
        const former = session('n', { tokens: { writer: session('n').tokens.writer, reader: fresh.reader } });
        await expect(one.claim(former, A)).rejects.toMatchObject({ code: 'closed' });
        await expect(one.takeover(third, A, generation(0), { tokens: 'replaced' })).rejects.toMatchObject({
          code: 'conflict',
        });
        expect(await leadsTo(again.tokens.reader)).toBe('session-s');
      });

      it('are written again with the session, whether the directory lost it or the replacement', async () => {
        const rotated = session('s', { tokens: fresh });
        expect(await one.restore(rotated, owner('s', A, 1))).toMatchObject({ tokens: fresh, generation: 1 });
        expect(await ways()).toEqual([undefined, undefined, 'session-s', 'session-s']);
        const third = session('s', { tokens: session('third').tokens });
        await expect(two.restore(third, owner('s', B, 1))).rejects.toMatchObject({ code: 'conflict' });
        expect(await two.restore(third, owner('s', B, 2))).toMatchObject({ tokens: third.tokens });
        expect(await ways()).toEqual([undefined, undefined, undefined, undefined]);
      });

      it('keep the old ones from coming back, also when the session is forgotten', async () => {
        await one.update(owner('s', A, 1), { tokens: fresh });
        await one.close(owner('s', A, 1), 'done');
        await harness.advance(harness.timings.closedMemoryMs + 1);
        expect(await two.lookup(session('s').id)).toBeUndefined();
        await expect(two.takeover(session('s'), B, generation(1))).rejects.toMatchObject({ code: 'closed' });
        await expect(two.claim(session('n', { tokens: old }), B)).rejects.toMatchObject({ code: 'closed' });
        expect(await two.lookup(session('s').id)).toBeUndefined();
        expect(await ways()).toEqual([undefined, undefined, undefined, undefined]);
      });
    });

    describe('leases', () => {
      it("ends a session's life with its home's lease, and gives it back with the next heartbeat", async () => {
        await one.claim(session('s'), A);
        await harness.advance(harness.timings.edgeLeaseMs + 1);
        expect(await two.lookup(session('s').id)).toMatchObject({ state: 'reconnecting', home: undefined });
        await one.heartbeat(edge(A));
        expect(await stateOf(session('s').id)).toBe('live');
      });

      it('lists as orphans what has been away for long enough', async () => {
        await one.claim(session('dead'), A);
        await two.claim(session('live'), B);
        await two.claim(session('left'), B);
        await two.claim(session('lost'), B);
        await two.update(owner('lost', B, 1), { hostConnected: false });
        await two.release(owner('left', B, 1));
        const ids = async (forMs: number): Promise<string[]> =>
          (await one.listOrphans(forMs, 100)).map(({ session }) => session.id as string).sort();
        expect(await ids(0)).toEqual(['session-left', 'session-lost']);
        await harness.advance(harness.timings.edgeLeaseMs * 0.7);
        await two.heartbeat(edge(B));
        await harness.advance(harness.timings.edgeLeaseMs * 0.7);
        expect(await ids(0)).toEqual(['session-dead', 'session-left', 'session-lost']);
        expect(await ids(harness.timings.edgeLeaseMs)).toEqual(['session-left', 'session-lost']);
        expect(await one.listOrphans(0, 1)).toHaveLength(1);
      });

      it('closes an orphan, but not one that came to life or moved on', async () => {
        await one.claim(session('s'), A);
        const { id } = session('s');
        await expect(two.closeOrphan(id, generation(1), 'expired')).rejects.toMatchObject({ code: 'conflict' });
        await one.release(owner('s', A, 1));
        await expect(two.closeOrphan(id, generation(2), 'expired')).rejects.toMatchObject({ code: 'conflict' });
        await two.closeOrphan(id, generation(1), 'expired');
        expect(await one.lookup(id)).toMatchObject({ state: 'closed', session: { closeReason: 'expired' } });
        await two.closeOrphan(id, generation(1), 'again');
        await expect(two.closeOrphan(sessionId('x'), generation(1), 'x')).rejects.toMatchObject({ code: 'not-found' });
      });
    });

    describe('closing', () => {
      it('remembers when and why, for as long as it says', async () => {
        await one.claim(session('s'), A);
        await one.close(owner('s', A, 1), 'the host left');
        await one.close(owner('s', A, 1), 'again');
        const view = await two.lookupByTokenHash(hashToken('ro-s'));
        expect(view).toMatchObject({ state: 'closed', session: { closeReason: 'the host left' } });
        expect(view?.session.closedAt).toEqual(expect.any(Number));
        await expect(one.update(owner('s', A, 1), { policy: 'p' })).rejects.toMatchObject({ code: 'closed' });
        expect(await one.listOrphans(0, 10)).toEqual([]);
        expect(await one.verify([owner('s', A, 1)])).toHaveLength(1);
        await harness.advance(harness.timings.closedMemoryMs + 1);
        expect(await two.lookupByTokenHash(hashToken('ro-s'))).toBeUndefined();
        expect(await two.lookup(session('s').id)).toBeUndefined();
      });

      it('cuts a reason that is too long', async () => {
        await one.claim(session('s'), A);
        await one.close(owner('s', A, 1), 'x'.repeat(10_000));
        expect((await one.lookup(session('s').id))?.session.closeReason).toHaveLength(512);
      });
    });

    describe('lists of sessions', () => {
      it('pages in the order of ids, with filters', async () => {
        for (const name of ['d', 'b', 'a', 'c']) {
          await one.claim(session(name, { region: name < 'c' ? 'nyc1' : 'sfo2' }), name === 'a' ? B : A);
        }
        await one.close(owner('d', A, 1), 'done');
        const ids = (views: readonly { session: { id: string } }[]): string[] => views.map(({ session }) => session.id);
        const first = await two.listSessions({}, { limit: 3 });
        expect(ids(first)).toEqual(['session-a', 'session-b', 'session-c']);
        expect(ids(await two.listSessions({}, { limit: 3, after: 'session-c' }))).toEqual(['session-d']);
        expect(ids(await two.listSessions({ region: 'sfo2' }, { limit: 9 }))).toEqual(['session-c', 'session-d']);
        expect(ids(await two.listSessions({ edgeId: B }, { limit: 9 }))).toEqual(['session-a']);
        expect(ids(await two.listSessions({ state: 'closed' }, { limit: 9 }))).toEqual(['session-d']);
        await expect(two.listSessions({}, { limit: 0 })).rejects.toMatchObject({ code: 'limit' });
      });
    });

    describe('names', () => {
      const request = { name: 'ann/work', role: 'writer' } as const;

      beforeEach(async () => {
        await one.claim(session('s'), A);
        await two.claim(session('t'), B);
      });

      it('leads to the session, in the role that was asked for', async () => {
        expect(await one.claimName(owner('s', A, 1), request)).toEqual({ result: 'held' });
        await one.claimName(owner('s', A, 1), { name: 'ann/look', role: 'reader' });
        expect(await two.lookupByName('ann/work')).toMatchObject({ role: 'writer', session: { id: 'session-s' } });
        expect(await two.lookupByName('ann/look')).toMatchObject({ role: 'reader', state: 'live' });
        expect(await two.lookupByName('ann/other')).toBeUndefined();
      });

      it('has one holder: of many that ask at once, one gets it', async () => {
        const names = Array.from({ length: 12 }, (_, i) => `h${i}`);
        for (const name of names) await one.claim(session(name), A);
        const verdicts = await Promise.all(
          names.map(async (name, i) => (i % 2 ? one : two).claimName(owner(name, A, 1), request)),
        );
        const holders = names.filter((_, i) => verdicts[i]?.result === 'held');
        expect(holders).toHaveLength(1);
        expect((await two.lookupByName(request.name))?.session.id).toBe(`session-${holders[0]}`);
        const taken = verdicts.find((verdict) => verdict.result === 'taken');
        expect(taken).toMatchObject({
          holder: { name: request.name, sessionId: `session-${holders[0]}` },
          state: 'live',
        });
      });

      it('may be asked for again by its holder, who may change the role', async () => {
        await one.claimName(owner('s', A, 1), request);
        expect(await one.claimName(owner('s', A, 1), { ...request, role: 'reader' })).toEqual({ result: 'held' });
        expect(await two.lookupByName(request.name)).toMatchObject({ role: 'reader' });
      });

      it('stays through a reconnection for its grace, and can be taken after it', async () => {
        const graceMs = 600;
        await one.claimName(owner('s', A, 1), { ...request, graceMs });
        await one.release(owner('s', A, 1));
        const taken = { result: 'taken', state: 'reconnecting', holder: { sessionId: 'session-s' } };
        expect(await two.claimName(owner('t', B, 1), request)).toMatchObject(taken);
        await harness.advance(graceMs + 10);
        await two.heartbeat(edge(B));
        expect(await two.claimName(owner('t', B, 1), request)).toEqual({ result: 'held' });
        expect(await one.lookupByName(request.name)).toMatchObject({ session: { id: 'session-t' } });
      });

      it('goes at once to another session of the same host, from the one that it had, while that is not live', async () => {
        await one.claimName(owner('s', A, 1), request);
        const again = { ...request, from: { sessionId: session('s').id, generation: generation(1) } };
        expect(await two.claimName(owner('t', B, 1), again)).toMatchObject({ result: 'taken', state: 'live' });
        await one.update(owner('s', A, 1), { hostConnected: false });
        await two.claim(session('u'), B);
        const other = { ...again, from: { ...again.from, sessionId: session('u').id } };
        const newer = { ...again, from: { ...again.from, generation: generation(2) } };
        for (const wrong of [request, other, newer]) {
          const taken = { result: 'taken', state: 'reconnecting', holder: { sessionId: 'session-s' } };
          expect(await two.claimName(owner('t', B, 1), wrong)).toMatchObject(taken);
        }
        const claims = ['t', 'u'].map(async (name) => await two.claimName(owner(name, B, 1), again));
        const results = (await Promise.all(claims)).map(({ result }) => result);
        expect(results.sort()).toEqual(['held', 'taken']);
        // Its former session may not have it back by that.
        expect(await one.claimName(owner('s', A, 1), again)).toMatchObject({ result: 'taken' });
      });

      it('follows its session to a new home', async () => {
        await one.claimName(owner('s', A, 1), request);
        await two.takeover(session('s'), B, generation(1));
        expect(await one.lookupByName(request.name)).toMatchObject({ state: 'live', home: { id: B } });
        expect(await two.claimName(owner('t', B, 1), request)).toMatchObject({ result: 'taken' });
      });

      it('is free as soon as its session is closed, and until then tells that it was', async () => {
        await one.claimName(owner('s', A, 1), request);
        await one.close(owner('s', A, 1), 'done');
        expect(await two.lookupByName(request.name)).toMatchObject({
          state: 'closed',
          session: { closeReason: 'done' },
        });
        expect(await two.claimName(owner('t', B, 1), request)).toEqual({ result: 'held' });
        expect(await two.lookupByName(request.name)).toMatchObject({ state: 'live', session: { id: 'session-t' } });
      });

      it('can be stolen, and given back by its holder alone', async () => {
        await one.claimName(owner('s', A, 1), request);
        expect(await two.claimName(owner('t', B, 1), { ...request, steal: true })).toEqual({ result: 'held' });
        await one.releaseName(request.name, session('s').id);
        expect(await one.lookupByName(request.name)).toMatchObject({ session: { id: 'session-t' } });
        await two.releaseName(request.name, session('t').id);
        expect(await one.lookupByName(request.name)).toBeUndefined();
      });

      it("goes to a session's owner only", async () => {
        const wrong = owner('s', B, 1);
        await expect(two.claimName(wrong, request)).rejects.toMatchObject({ code: 'conflict' });
        const long = { ...request, name: 'n'.repeat(200) };
        await expect(one.claimName(owner('s', A, 1), long)).rejects.toMatchObject({ code: 'limit' });
      });

      it('is listed by prefix, in order, page by page', async () => {
        for (const name of ['ann/b', 'bob/a', 'ann/a', 'ann/c']) {
          await one.claimName(owner('s', A, 1), { name, role: 'writer' });
        }
        const names = async (prefix: string, limit: number, after?: string): Promise<string[]> =>
          (await two.listNames(prefix, { limit, after })).map(({ name }) => name);
        expect(await names('ann/', 2)).toEqual(['ann/a', 'ann/b']);
        expect(await names('ann/', 2, 'ann/b')).toEqual(['ann/c']);
        expect(await names('', 9)).toEqual(['ann/a', 'ann/b', 'ann/c', 'bob/a']);
      });
    });
  });
}
