import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventWriter } from '#control';
import { hashToken, type Directory } from '#directory';
import { FakeClock, type Clock } from '#kernel';
import { connectRedis } from '#redis';
import {
  freePort,
  RedisServer,
  Shipmate,
  Stage,
  SyntheticHost,
  SyntheticJoiner,
  tempDir,
  until,
  type TempDir,
} from '#testing';
import { Reaper } from '../../apps/broker/src/reaper/reaper.js';
import { realClock } from '../../libs/redis/src/real-clock.fixture.js';
import { Api } from '../broker/broker.fixture.js';

const SECRET = 'a-secret-that-the-whole-fleet-shares';
const own = new Stage();
let redis: RedisServer;
let edges: readonly [Shipmate, Shipmate];
let keys: TempDir;
let env: Record<string, string>;

/** Two edges on one Redis, whose sessions wait ten seconds for their hosts. */
beforeAll(async () => {
  redis = await own.add(RedisServer.start());
  keys = tempDir('smp');
  own.onClear(() => keys.dispose());
  env = {
    SHIPMATE_REDIS_URL: redis.url,
    SHIPMATE_SECRET: SECRET,
    SHIPMATE_ADMIN_TOKEN: SECRET,
    SHIPMATE_HOST_GRACE_SECONDS: '10',
    SHIPMATE_HOST_KEYS_DIR: join(keys.path, 'host'),
  };
  // The first one makes the keys.
  const first = await own.add(Shipmate.start({ app: 'ssh-edge', env }));
  edges = [first, await own.add(Shipmate.start({ app: 'ssh-edge', env }))];
}, 120_000);
afterAll(async () => {
  await own.clear();
});

/** A host at an edge that asks for this, and who has joined it at the second edge. */
async function shared(at: Shipmate, ...settings: string[]): Promise<{ token: string; mate: SyntheticJoiner }> {
  const commands = settings.map((setting) => ['set-option', '-g', 'tmate-set', setting]);
  const host = await own.add(SyntheticHost.start({ port: at.sshPort }, { commands }));
  host.output('inside');
  const token = await host.token();
  const mate = await own.add(SyntheticJoiner.start({ port: edges[1].sshPort, token }));
  await mate.screen.toShow('inside');
  return { token, mate };
}

/** A broker's reaper on the same Redis, for which a minute is as long as a test says. */
async function ownReaper(fake: FakeClock): Promise<{ reaper: Reaper; directory: Directory }> {
  const clock: Clock = {
    now: () => realClock.now(),
    monotonic: () => realClock.monotonic() + fake.monotonic(),
    after: (ms, run) => realClock.after(ms, run),
  };
  const { directory, housekeeping, webhooks, events, close } = await connectRedis(
    { url: redis.url, name: 'a test', cluster: false },
    { clock },
  );
  own.onClear(close);
  const reaper = new Reaper({
    directory,
    housekeeping,
    webhooks,
    events,
    audit: new EventWriter(events, clock, () => undefined),
    clock,
    hostGraceMs: 600_000,
    eventsKeptMs: 86_400_000,
    watch: { start: () => undefined, missingMs: 0, brokenMs: () => 0, dispose: () => undefined },
    otherRegions: new Set(),
    reaped: () => undefined,
  });
  return { reaper, directory };
}

/** What a crash between two writes leaves behind. */
const LEFTOVERS = [`shipmate:token:${'x'.repeat(43)}`, 'shipmate:name:gone/site'];
async function leave(): Promise<void> {
  await redis.cli('set', String(LEFTOVERS[0]), 'w:gone');
  await redis.cli('set', String(LEFTOVERS[1]), 'writer 1 600000 gone');
  await redis.cli('zadd', 'shipmate:sessions', '0', 'gone');
  await redis.cli('zadd', 'shipmate:names', '0', 'gone/nobody');
}

describe('what nobody comes back to, and what is left over', () => {
  it('ends with its reason told to everybody in it, is removed, and is reported', async () => {
    const [lost, timed, idle] = await Promise.all([
      shared(edges[0]),
      shared(edges[1], 'expires=10s'),
      shared(edges[1], 'idle-timeout=10s'),
    ]);
    // Nobody has joined this one: no edge looks after it.
    const alone = await own.add(SyntheticHost.start({ port: edges[0].sshPort }));
    const orphan = { token: await alone.token() };
    await leave();
    const fake = new FakeClock();
    const { reaper, directory } = await ownReaper(fake);
    const idOf = async ({ token }: { token: string }) => {
      const found = await directory.lookupByTokenHash(hashToken(token));
      if (found === undefined) throw new Error('the session is not known');
      return found.session;
    };
    const sessions = await Promise.all([orphan, lost, timed, idle].map(idOf));

    // Seen twice, a minute apart, leftovers go; sessions that go on stay.
    expect((await reaper.round())?.leftovers).toEqual({});
    fake.advance(61_000);
    const report = await reaper.round();
    expect(report).toMatchObject({
      orphans: 0,
      leftovers: { token: 1, name: 1, 'listed-name': 1 },
      faults: [],
    });
    expect((await redis.cli('exists', ...LEFTOVERS)).trim()).toBe('0');
    // That session was taken off the list as lists were read.
    for (const [list, entry] of [
      ['sessions', 'gone'],
      ['names', 'gone/nobody'],
    ] as const) {
      expect((await redis.cli('zscore', `shipmate:${list}`, entry)).trim()).toBe('');
    }
    expect((await redis.cli('zcard', 'shipmate:sessions')).trim()).toBe('4');
    reaper.dispose();

    // The edge is gone for good, and was a minute ago by what Redis knows.
    await edges[0].halt('SIGKILL');
    const aMinuteAgo = `${Date.now() - 60_000}`;
    await redis.cli('zadd', 'shipmate:{edges}:leases', aMinuteAgo, String(sessions[0]?.edgeId));
    const starting = own.add(
      Shipmate.start({ app: 'broker', env: { ...env, SHIPMATE_BROKER_PORT: `${await freePort()}` } }),
    );
    await lost.mate.screen.toShow('the host did not come back', 40_000);
    await timed.mate.screen.toShow('the session reached the time limit that the host set');
    await idle.mate.screen.toShow('the session was idle');
    const broker = await starting;
    const api = new Api(`http://127.0.0.1:${broker.httpPort}`, SECRET);
    const shown = async () =>
      await Promise.all(sessions.map(async ({ id }) => (await api.call('GET', `/sessions/${id}`)).body));
    const isOver = async (): Promise<boolean> => (await shown()).every(({ state }) => state === 'closed');
    // Seldom enough for what the API lets one token ask. A first round that is too early is followed by another, a minute later.
    await until(isOver, { what: 'all to be over', deadlineMs: 100_000, everyMs: 500 });
    expect((await shown()).map(({ closeReason }) => closeReason)).toEqual(['expired', 'expired', 'time-over', 'idle']);

    await until(() => broker.log.some(({ event }) => event === 'reaped'), { what: 'the log to tell of it' });
    expect((await api.call('GET', '/reaper')).body).toMatchObject({ orphans: 1, faults: [] });
    const isNoted = async (): Promise<boolean> => (await api.list('/events?type=reaped')).length === 2;
    await until(isNoted, { what: 'both rounds to be noted' });
    let ends: readonly Record<string, unknown>[] = [];
    const areNoted = async (): Promise<boolean> => (ends = await api.list('/events?type=session-closed')).length >= 4;
    await until(areNoted, { what: 'all ends to be noted' });
    const why = ({ id }: { id: string }): unknown => ends.find(({ session }) => session === id)?.['details'];
    expect(sessions.map(why)).toEqual(['expired', 'expired', 'time-over', 'idle'].map((reason) => ({ why: reason })));
  }, 120_000);
});
