import { afterAll, beforeAll, expect, it } from 'vitest';
import { edgeId, generation, sessionId } from '#kernel';
import { hashToken, type EdgeRecord, type NewSession } from '#directory';
import { RedisServer } from '#testing';
import { connectRedis, type RedisBackplane } from './connect.js';
import { keys } from './stores/keys.js';
import { realClock } from './real-clock.fixture.js';

let server: RedisServer;
let backplane: RedisBackplane;
beforeAll(async () => {
  server = await RedisServer.start();
  backplane = await connectRedis({ url: server.url, name: 'test' }, { clock: realClock });
});
afterAll(async () => {
  backplane.close();
  await server.stop();
});

const ID = sessionId('session-newer');
const addresses = { sshHost: 'nyc1.example', sshPort: 22, webUrl: 'https://nyc1.example' };
const edge = (id: string): EdgeRecord => ({
  id: edgeId(id),
  region: 'nyc1',
  addresses,
  load: { sessions: 1, participants: 0 },
  draining: false,
});
const session: NewSession = {
  id: ID,
  tokens: { writer: hashToken('w-newer'), reader: hashToken('ro-newer') },
  region: 'nyc1',
  addresses,
  createdAt: 1_000,
  policy: '{}',
  labels: {},
};

/**
 * An upgrade takes a while: records of two releases exist at the same time, and each release takes over sessions from the
 * other.
 */
it('reads records that a later release has added to, and leaves what it does not know', async () => {
  const { directory } = backplane;
  for (const id of ['edge-a', 'edge-b']) await directory.heartbeat(edge(id));
  await directory.claim(session, edgeId('edge-a'));
  // What the later release has besides.
  await server.cli('hset', keys.session(ID), 'colour', 'blue');
  const about = JSON.stringify({
    region: 'nyc1',
    addresses: { ...addresses, quicPort: 443 },
    createdAt: 1_000,
    zone: 'a',
  });
  await server.cli('hset', keys.session(ID), 'about', about);
  const record = JSON.stringify({ ...edge('edge-a'), zone: 'a' });
  await server.cli('hset', keys.records, 'edge-a', record);

  const view = await directory.lookup(ID);
  expect(view).toMatchObject({ state: 'live', session: { region: 'nyc1', createdAt: 1_000 } });
  expect((await directory.listEdges()).map(({ id }) => id)).toEqual(['edge-a', 'edge-b']);
  await directory.update({ sessionId: ID, edgeId: edgeId('edge-a'), generation: generation(1) }, { policy: '{"x":1}' });
  expect(await server.cli('hget', keys.session(ID), 'colour')).toBe('blue');
  // A takeover writes the record whole, as this release knows it: what a later one adds must be such that it can be missing.
  const taken = await directory.takeover(session, edgeId('edge-b'), generation(1));
  expect(taken.generation).toBe(2);
  expect(await directory.lookup(ID)).toMatchObject({ state: 'live', home: { id: 'edge-b' } });
});
