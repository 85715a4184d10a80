import { Redis } from 'ioredis';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { RedisServer, Shipmate, Stage, SyntheticHost, SyntheticJoiner, tempDir, until } from '#testing';
import { Api } from '../broker/broker.fixture.js';
import { RECORDED_SECRET, type Recording, type StoredKey } from '../recorded/recording.fixture.js';
import { OLDER, PRESENT } from './builds.fixture.js';

/** `SHIPMATE_RECORD=NAME npm run check:upgrade -- REVISION record` writes test/recorded/NAME.json by that revision's build. */
const NAME = process.env['SHIPMATE_RECORD'];
const own = new Stage();
afterAll(async () => await own.clear());

it.runIf(NAME !== undefined)('what a build writes is recorded', { timeout: 120_000 }, async () => {
  const redis = await own.add(RedisServer.start());
  const keys = tempDir('smk');
  own.onClear(() => keys.dispose());
  const env = {
    SHIPMATE_REDIS_URL: redis.url,
    SHIPMATE_SECRET: RECORDED_SECRET,
    SHIPMATE_HOST_KEYS_DIR: keys.path,
  };
  const home = await own.add(Shipmate.start({ root: OLDER, env }));
  const other = await own.add(Shipmate.start({ root: OLDER, env }));
  const api = Api.of(home);
  const apiKey = await api.userWithKey('ada');
  const commands = [
    ['set-option', '-g', 'tmate-api-key', apiKey],
    ['set-option', '-g', 'tmate-session-name', 'site'],
    ['set-option', '-g', 'prefix', 'C-a'],
  ];
  const host = await own.add(SyntheticHost.start({ port: home.sshPort }, { commands }));
  host.output('\u001B[1;31mred\u001B[0m and plain\r\nlineé 漢字 two\r\n');
  expect(await host.token()).toBe('ada/site');
  const mate = await own.add(SyntheticJoiner.start({ port: home.sshPort, token: 'ada/site' }));
  await mate.screen.toShow('red and plain');

  const client = new Redis(redis.url);
  const ear = new Redis(redis.url);
  own.onClear(() => [client, ear].forEach((one) => one.disconnect()));
  const [id = ''] = await client.zrange('shipmate:sessions', '0', '-1');
  const messages: Recording['messages'][number][] = [];
  ear.on('smessageBuffer', (channel: Buffer, bytes: Buffer) => {
    messages.push({ channel: channel.toString().replace(/.*:/, ''), bytes: bytes.toString('base64') });
  });
  await ear.ssubscribe(`relay:{${id}}:out`, `relay:{${id}}:in`, `relay:{${id}}:snapshot`);
  const far = await own.add(SyntheticJoiner.start({ port: other.sshPort, token: 'ada/site', cols: 90, rows: 30 }));
  await far.screen.toShow('red and plain');
  await far.type('k');
  await until(() => host.keys.some(({ key }) => key === 'k'.charCodeAt(0)), { what: 'the key to arrive' });
  host.output('and later\r\n');
  await far.screen.toShow('and later');
  await far.resize(100, 40);
  await far.type('\u0001%');
  await until(() => host.commands.length > 0, { what: 'the command to arrive' });

  const edge = (await client.hget(`shipmate:session:${id}`, 'edge')) ?? '';
  const stored: StoredKey[] = [];
  for (const key of (await client.keys('shipmate:*')).sort()) {
    const type = await client.type(key);
    if (type === 'string') stored.push({ key, type, value: (await client.get(key)) ?? '' });
    if (type === 'hash') stored.push({ key, type, value: await client.hgetall(key) });
    if (type === 'zset') stored.push({ key, type, value: await client.zrange(key, '0', '-1', 'WITHSCORES') });
    if (type === 'stream')
      stored.push({ key, type, value: (await client.xrange(key, '-', '+')).map(([, fields]) => fields) });
  }
  const recording: Recording = {
    session: id,
    edge,
    apiKey,
    reconnectionData: host.env.get('tmate_reconnection_data') ?? '',
    keys: stored,
    messages,
  };
  writeFileSync(join(PRESENT, 'test/recorded', `${NAME}.json`), `${JSON.stringify(recording, null, 1)}\n`);
});
