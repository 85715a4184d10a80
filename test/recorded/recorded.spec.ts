import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer, Shipmate, Stage, SyntheticHost, SyntheticJoiner, until } from '#testing';
import { Api } from '../broker/broker.fixture.js';
import {
  readOlderEdge,
  readOlderMessage,
  readOlderPiece,
  readOlderReconnectionData,
  readOlderRecords,
  readOlderSession,
  readOlderSnapshot,
} from './older-reader.fixture.js';
import { LEASES, RECORDED_SECRET, recordings, restore, type Recording } from './recording.fixture.js';

// npm run check:upgrade runs two real builds side by side; this is what of it needs neither git's history nor another build.
describe.each(recordings())('next to what the build of %s has written', (_, recorded) => {
  const own = new Stage();
  let url: string;
  let client: Redis;
  let ear: Redis;
  let present: Shipmate;
  let api: Api;
  /** What the present build has said in the recorded session, by channel. */
  const said: { readonly channel: string; readonly bytes: Buffer }[] = [];
  const { session } = recorded;
  const channel = (name: string): string => `relay:{${session}}:${name}`;

  beforeAll(async () => {
    const redis = await own.add(RedisServer.start());
    ({ url } = redis);
    [client, ear] = [new Redis(url), new Redis(url)];
    own.onClear(() => [client, ear].forEach((one) => one.disconnect()));
    await restore(client, recorded);
    const env = { SHIPMATE_REDIS_URL: redis.url, SHIPMATE_SECRET: RECORDED_SECRET, SHIPMATE_DRAIN_SECONDS: '1' };
    present = await own.add(Shipmate.start({ env }));
    api = Api.of(present);
  });
  afterAll(async () => await own.clear());

  it('records of users, keys, names, sessions, edges and events are read', async () => {
    expect(await api.list('/users')).toMatchObject([{ name: 'ada' }]);
    expect(await api.list('/names')).toMatchObject([{ name: 'ada/site', session }]);
    expect(await api.list('/sessions?state=live')).toMatchObject([{ id: session, edge: recorded.edge }]);
    expect(await api.as(recorded.apiKey).list('/sessions')).toMatchObject([{ id: session }]);
    expect(await api.list('/edges')).toHaveLength(3);
    const types = (await api.list('/events?limit=100')).map(({ type }) => type);
    expect(types).toContain('session-opened');
    expect(types).toContain('joined');
  });

  it('a home of that build is followed: its snapshot and its stream are shown', async () => {
    const { snapshot, stream } = told(recorded);
    // The test is the home: it answers who asks for a snapshot with what the real one answered.
    let asked = false;
    ear.on('smessageBuffer', (name: Buffer, bytes: Buffer) => {
      said.push({ channel: name.toString(), bytes });
      if (asked || readOlderMessage(bytes).kind !== 5) return;
      asked = true;
      void (async () => {
        for (const part of snapshot) await client.spublish(channel('snapshot'), part);
        for (const batch of stream) await client.spublish(channel('out'), batch);
      })();
    });
    await ear.ssubscribe(channel('in'));
    const mate = await own.add(SyntheticJoiner.start({ port: present.sshPort, token: 'ada/site' }));
    await mate.screen.toShow('red and plain');
    await mate.screen.toShow('lineé 漢字 two');
    await mate.screen.toShow('and later');
    await mate.type('k');
    await mate.resize(100, 40);
    const kinds = (): (string | undefined)[] =>
      said.flatMap(({ bytes }) => (readOlderMessage(bytes).pieces ?? []).map(readOlderPiece));
    // What a later build has besides is passed over; what it has of old, that build reads to the last byte.
    await until(() => ['join', 'send', 'size'].every((kind) => kinds().includes(kind)), {
      what: 'the home to be sent who is there, what is typed and how large the terminal is',
    });
    const log = present.log.filter(({ event }) => event === 'relay-fault' || event === 'session-fault');
    expect(log).toEqual([]);
  });

  it('a host with its reconnection data has its session back, and what is written then that build reads', async () => {
    // Its home ends, as by a crash.
    await client.zadd(LEASES, Date.now() - 1, recorded.edge);
    const host = await own.add(
      SyntheticHost.start({ port: present.sshPort }, { reconnect: recorded.reconnectionData }),
    );
    const data = await until(() => host.env.get('tmate_reconnection_data'), { what: 'new reconnection data' });
    const before = readOlderReconnectionData(recorded.reconnectionData);
    expect(before.session).toBe(session);
    expect(readOlderReconnectionData(data)).toEqual({ session, generation: before.generation + 1 });
    const [live] = await api.list('/sessions?state=live');
    expect(live).toMatchObject({ id: session });
    expect(live?.['edge']).not.toBe(recorded.edge);
    readOlderSession(await client.hgetall(`shipmate:session:${session}`));
    const edges = await client.hgetall('shipmate:{edges}:records');
    for (const json of Object.values(edges)) readOlderEdge(json);
    expect(Object.keys(edges)).toHaveLength(3);
  });

  it('a replica of that build could follow this one', async () => {
    const heard: Buffer[] = [];
    const replica = new Redis(url);
    own.onClear(() => replica.disconnect());
    replica.on('smessageBuffer', (__: Buffer, bytes: Buffer) => void heard.push(bytes));
    await replica.ssubscribe(channel('out'), channel('snapshot'));
    const request = recorded.messages.find(({ bytes }) => readOlderMessage(Buffer.from(bytes, 'base64')).kind === 5);
    const bytes = Buffer.from(request?.bytes ?? '', 'base64');
    bytes.writeUInt32BE(readOlderReconnectionData(recorded.reconnectionData).generation + 1, 2);
    await client.spublish(channel('in'), bytes);
    const of = (kind: number) => heard.map(readOlderMessage).filter((message) => message.kind === kind);
    const first = await until(() => of(2)[0], { what: 'a snapshot' });
    const then = told(recorded).snapshot[0];
    expect(readOlderSnapshot(first.payload ?? Buffer.alloc(0))).toEqual(
      readOlderSnapshot(readOlderMessage(then ?? Buffer.alloc(0)).payload ?? Buffer.alloc(0)),
    );
    const joining = await SyntheticJoiner.start({ port: present.sshPort, token: 'ada/site' });
    await until(() => of(1).length > 0, { what: 'a batch of the stream' });
    await joining.stop();
    for (const { payload } of of(1)) readOlderRecords(payload ?? Buffer.alloc(0));
  });
});

/** What the recorded home answered a replica: a snapshot, and what followed it. */
function told({ messages }: Recording): { readonly snapshot: readonly Buffer[]; readonly stream: readonly Buffer[] } {
  const of = (name: string): Buffer[] =>
    messages.filter(({ channel }) => channel === name).map(({ bytes }) => Buffer.from(bytes, 'base64'));
  return { snapshot: of('snapshot'), stream: of('out') };
}
