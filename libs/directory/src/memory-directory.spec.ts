import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TIMINGS, hashToken, MemoryDirectory, type NewSession } from '#directory';
import { edgeId, FakeClock, generation, isShipmateError, sessionId, type EdgeId } from '#kernel';
import { directoryContract } from '#testing';

directoryContract('memory', async () => {
  const clock = new FakeClock();
  const directory = new MemoryDirectory(clock);
  return {
    connect: async () => directory,
    timings: DEFAULT_TIMINGS,
    advance: async (ms) => clock.advance(ms),
    dispose: async () => {},
  };
});

const A = edgeId('a');

const session = (name: string): NewSession => ({
  id: sessionId(name),
  tokens: { writer: hashToken(`w${name}`), reader: hashToken(`r${name}`) },
  region: 'local',
  addresses: { sshHost: 'localhost', sshPort: 22, webUrl: '' },
  createdAt: 0,
  policy: '',
  labels: {},
});

describe('MemoryDirectory', () => {
  it('forgets the first of too many closed sessions, tokens included', async () => {
    const directory = new MemoryDirectory(new FakeClock(), DEFAULT_TIMINGS, { closed: 2 });
    for (const name of ['1', '2', '3']) {
      await directory.claim(session(name), A);
      await directory.close({ sessionId: sessionId(name), edgeId: A, generation: generation(1) }, 'done');
    }
    const views = await Promise.all(
      ['1', '2', '3'].map(async (name) => directory.lookupByTokenHash(hashToken(`w${name}`))),
    );
    expect(views.map((view) => view?.state)).toEqual([undefined, 'closed', 'closed']);
  });

  it('refuses more sessions and names than it may keep', async () => {
    const directory = new MemoryDirectory(new FakeClock(), DEFAULT_TIMINGS, { sessions: 1, names: 1 });
    await directory.claim(session('1'), A);
    await expect(directory.claim(session('2'), A)).rejects.toMatchObject({ code: 'limit' });
    const owner = { sessionId: sessionId('1'), edgeId: A, generation: generation(1) };
    await directory.claimName(owner, { name: 'a', role: 'writer' });
    await expect(directory.claimName(owner, { name: 'b', role: 'writer' })).rejects.toMatchObject({ code: 'limit' });
    expect(await directory.claimName(owner, { name: 'a', role: 'reader' })).toEqual({ result: 'held' });
  });

  it('does not take a session for an orphan only because its edge has not yet sent a heartbeat', async () => {
    const clock = new FakeClock();
    const directory = new MemoryDirectory(clock);
    await directory.takeover(session('old'), A, generation(5));
    expect(await directory.listOrphans(1_000, 10)).toEqual([]);
    clock.advance(1_000);
    expect(await directory.listOrphans(1_000, 10)).toHaveLength(1);
  });

  it('keeps one owner and a growing generation, whatever edges do in whatever order', async () => {
    const step = fc.record({
      edge: fc.constantFrom('a', 'b', 'c').map(edgeId),
      act: fc.constantFrom('takeover', 'update', 'release', 'confirm', 'lost', 'heartbeat', 'wait'),
      expected: fc.integer({ min: 1, max: 6 }),
    });
    const run = async (steps: { edge: EdgeId; act: string; expected: number }[]): Promise<void> => {
      const clock = new FakeClock();
      const directory = new MemoryDirectory(clock);
      await directory.claim(session('s'), A);
      let last = 1;
      for (const { edge, act, expected } of steps) {
        const owner = { sessionId: sessionId('s'), edgeId: edge, generation: generation(expected) };
        const before = await directory.lookup(owner.sessionId);
        const mine = (await directory.verify([owner])).length === 0;
        const attempt = {
          takeover: async () => directory.takeover(session('s'), edge, generation(expected)),
          update: async () => directory.update(owner, { policy: act }),
          release: async () => directory.release(owner),
          confirm: async () => directory.update(owner, { confirmed: true }),
          lost: async () => directory.update(owner, { hostConnected: false }),
          heartbeat: async () =>
            directory.heartbeat({ ...session('s'), id: edge, load: { sessions: 0, participants: 0 }, draining: false }),
          wait: async () => clock.advance(8_000),
        }[act];
        const error: unknown = await attempt?.().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        const after = await directory.lookup(owner.sessionId);
        const now = after?.session.generation ?? 0;
        expect(now).toBeGreaterThanOrEqual(last);
        if (now > last) expect(act).toBe('takeover');
        if (error !== undefined) {
          expect(isShipmateError(error, 'conflict')).toBe(true);
          expect(after).toEqual(before);
        } else if (['update', 'confirm', 'lost'].includes(act)) {
          expect(mine).toBe(true);
        }
        last = now;
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), run), { numRuns: 200 });
  });
});

describe('hashToken', () => {
  it('is SHA-256 in base64url, of the whole token', () => {
    expect(hashToken('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
    expect(hashToken('ro-abc')).not.toBe(hashToken('abc'));
  });
});
