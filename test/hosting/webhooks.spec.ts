import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  freePort,
  RedisServer,
  Shipmate,
  Stage,
  SyntheticHost,
  SyntheticJoiner,
  tempDir,
  TmateHost,
  until,
  type TempDir,
} from '#testing';
import { runCommand } from '../../apps/shipmate/src/commands/run-command.js';
import { Api } from '../broker/broker.fixture.js';
import { Receiver } from './receiver.fixture.js';

const SECRET = 'a-secret-that-the-whole-fleet-shares';

const own = new Stage();
let receiver: Receiver;
let brokers: Shipmate[];
let edges: Shipmate[];
let api: Api;
let keys: TempDir;

/** Two brokers and two edges on one Redis, and a receiver. */
beforeAll(async () => {
  receiver = await own.add(Receiver.start());
  const redis = await own.add(RedisServer.start());
  const ports = [await freePort(), await freePort()];
  const shared = {
    SHIPMATE_REDIS_URL: redis.url,
    SHIPMATE_SECRET: SECRET,
    SHIPMATE_ADMIN_TOKEN: SECRET,
    SHIPMATE_WEBHOOK_URL: receiver.url,
    SHIPMATE_BROKER_URL: ports.map((port) => `http://127.0.0.1:${port}`).join(','),
    SHIPMATE_DRAIN_SECONDS: '1',
  };
  const starting = Promise.all(
    ports.map(async (port) =>
      own.add(Shipmate.start({ app: 'broker', env: { ...shared, SHIPMATE_BROKER_PORT: `${port}` } })),
    ),
  );
  keys = tempDir('smw');
  own.onClear(() => keys.dispose());
  const env = { ...shared, SHIPMATE_HOST_KEYS_DIR: keys.path };
  // The first one makes the keys.
  const start = async (): Promise<Shipmate> => await own.add(Shipmate.start({ app: 'ssh-edge', env }));
  const [started, first] = await Promise.all([starting, start()]);
  [brokers, edges] = [started, [first, await start()]];
  api = new Api(`http://127.0.0.1:${at(brokers, 1).httpPort}`, SECRET);
}, 120_000);
afterAll(async () => {
  await own.clear();
});

const at = <T>(list: readonly T[], n: number): T => {
  const one = list[n];
  if (one === undefined) throw new Error('there is no such thing in the list');
  return one;
};
/** The id of the session whose token the receiver was told. */
const sessionOf = async (token: string): Promise<string> =>
  await until(() => receiver.events.find(({ event }) => event.params['stoken'] === token)?.event.entity_id, {
    what: 'the session to be told',
  });
/** A session with one joiner who comes and goes: what must arrive, in order. */
const LIFE = ['session_register', 'session_join', 'session_left', 'session_close'];
const live = async (): Promise<string> => {
  const host = await SyntheticHost.start({ port: at(edges, 0).sshPort });
  const token = await host.token();
  const mate = await SyntheticJoiner.start({ port: at(edges, 1).sshPort, token });
  await until(() => host.notices.some((text) => text.startsWith('A mate has joined')), {
    what: 'the mate to be there',
  });
  await mate.stop();
  await until(() => host.notices.some((text) => text.startsWith('A mate has left')), { what: 'the mate to be gone' });
  host.fin();
  await host.toClose();
  return token;
};

/** What one of the operators' commands prints; it must succeed. */
const shell = async (line: string): Promise<string> => {
  const [name = '', ...rest] = line.split(' ');
  const out = { stdout: '', stderr: '' };
  const env = { SHIPMATE_API_URL: `http://127.0.0.1:${at(brokers, 1).httpPort}`, SHIPMATE_ADMIN_TOKEN: SECRET };
  const status = await runCommand(name, rest, env, {
    stdout: { write: (text) => (out.stdout += text) },
    stderr: { write: (text) => (out.stderr += text) },
  });
  expect({ status, stderr: out.stderr }).toEqual({ status: 0, stderr: '' });
  return out.stdout;
};

describe('webhooks of a fleet', () => {
  it('arrive in order, though a broker is killed and the receiver is down meanwhile', async () => {
    let down = true;
    // One broker is killed while it waits for an answer, and the other meets errors.
    receiver.status = ({ entity_id: id }) => (down ? (id < '8' ? undefined : 500) : 200);
    const tokens = await Promise.all(Array.from({ length: 8 }, async () => await live()));
    await until(() => receiver.requests >= 8, { what: 'the receiver to be asked' });
    await at(brokers, 0).halt('SIGKILL');
    down = false;
    await until(() => receiver.events.filter(({ event }) => event.type === 'session_close').length >= 8, {
      what: 'every event to arrive',
      deadlineMs: 40_000,
    });
    for (const token of tokens) expect(receiver.types(await sessionOf(token))).toEqual(LIFE);
    // The last ones are settled a moment after they arrived.
    await until(async () => (await api.call('GET', '/webhooks')).body['waiting'] === 0, { what: 'nothing to wait' });
    expect((await api.call('GET', '/webhooks')).body).toEqual({ waiting: 0, dead: 0 });
  });

  it('that a receiver takes in and does not answer slow down nobody, and arrive when it does', async () => {
    const host = await own.add(SyntheticHost.start({ port: at(edges, 0).sshPort }));
    let typed = 0;
    host.onMessage(() => {
      const { keys } = host;
      for (const { key } of keys.slice(typed)) host.output(String.fromCodePoint(key));
      typed = keys.length;
    });
    const token = await host.token();
    const mate = await own.add(SyntheticJoiner.start({ port: at(edges, 0).sshPort, token, blind: true }));
    /** A key's way to the screen and back, while sessions come and go whose webhooks are to be sent. */
    const round = async (): Promise<{ echoes: number[]; tokens: string[] }> => {
      const others = Promise.all(Array.from({ length: 3 }, async () => await live()));
      const echoes: number[] = [];
      for (let n = 0; n < 50; n++) {
        const began = performance.now();
        const seen = new Promise<void>((resolve) => mate.onData(() => resolve()));
        await mate.type('abcdefghij'[n % 10] ?? 'x');
        await seen;
        echoes.push(performance.now() - began);
      }
      return { echoes, tokens: await others };
    };
    const all = { answers: [] as number[], hangs: [] as number[] };
    const tokens: string[] = [];
    for (let n = 0; n < 3; n++) {
      for (const kind of ['answers', 'hangs'] as const) {
        receiver.status = () => (kind === 'hangs' ? undefined : 200);
        const { echoes, tokens: more } = await round();
        all[kind].push(...echoes);
        tokens.push(...more);
        if (kind === 'answers') continue;
        const listed = await shell('webhooks');
        expect(listed).toMatch(/^OF +RECEIVER +SESSIONS +NEXT +AGE +TRIES +NEXT TRY\nfleet +http:/);
        expect(listed).toContain(receiver.url);
        receiver.release();
      }
    }
    const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
    // A busy machine is not that even.
    expect(median(all.hangs) / median(all.answers)).toBeLessThan(3);
    const ends = (): number => receiver.events.filter(({ event }) => event.type === 'session_close').length;
    await until(() => ends() >= 8 + tokens.length, { what: 'every event to arrive', deadlineMs: 30_000 });
    for (const one of tokens) expect(receiver.types(await sessionOf(one))).toEqual(LIFE);
  });

  it('that cannot arrive are listed as dead, and arrive when they are tried again', async () => {
    receiver.status = ({ type }) => (type === 'session_join' ? 410 : type === 'session_left' ? 301 : 200);
    const token = await live();
    const session = await sessionOf(token);
    await until(() => receiver.types(session).includes('session_close'), { what: 'the end to be told' });
    const dead = await api.list('/webhooks/dead');
    expect(dead).toMatchObject([
      { session, type: 'session_left', of: 'fleet', why: expect.stringMatching(/redirects/), receiver: receiver.url },
      { session, type: 'session_join', why: 'the receiver answered 410 Gone', tries: 1 },
    ]);
    receiver.status = () => 200;
    const [left, join] = dead.map(({ id }) => String(id));
    // As an operator does it.
    expect(await shell('webhooks')).toMatch(/^No delivery is waiting\.\n2 failed for good: shipmate webhooks dead\n$/);
    expect(await shell('webhooks dead')).toMatch(
      /^DELIVERY +OF +TYPE +AGE +TRIES +SESSION +RECEIVER +WHY\n\S+-\d+ +fleet +session_left /,
    );
    expect(await shell(`webhooks drop ${left}`)).toBe(`${left} was removed.\n`);
    expect(JSON.parse(await shell('webhooks dead --json'))).toMatchObject([{ id: join }]);
    expect(await shell(`webhooks retry ${join}`)).toBe(`${join} will be tried again.\n`);
    await until(() => receiver.types(session).includes('session_join'), { what: 'the join to arrive after all' });
    expect(await api.list('/webhooks/dead')).toEqual([]);
    expect((await api.call('POST', `/webhooks/dead/${join}/retry`)).status).toBe(404);
  });
});

describe('a session’s own webhook', () => {
  it('is sent with its userdata where it may, and not where it may not', async () => {
    const allowed = await own.add(
      Shipmate.start({ env: { SHIPMATE_WEBHOOK_ALLOW: '127.0.0.1', SHIPMATE_HOST_KEYS_DIR: keys.path } }),
    );
    const host = await own.add(
      TmateHost.start({
        serverConf: allowed.tmateConf,
        conf: `set -g tmate-webhook-url "${receiver.url}"\nset -g tmate-webhook-userdata mine\n`,
      }),
    );
    await host.waitReady();
    const session = await sessionOf(await host.token());
    const event = receiver.events.find(({ event: one }) => one.entity_id === session)?.event;
    expect(event).toMatchObject({ type: 'session_register', userdata: 'mine' });
    expect(event?.params).toMatchObject({ foreground: false, uname: { sysname: 'Linux' }, ssh_only: false });

    const before = receiver.requests;
    const commands = [['set-option', '-g', 'tmate-webhook-url', receiver.url]];
    const refused = await own.add(SyntheticHost.start({ port: at(edges, 0).sshPort }, { commands }));
    // The operator's receiver gets it; as the session's own, it does not.
    const notAllowed = await sessionOf(await refused.token());
    const isItsOwn = ({ of, session: id }: Readonly<Record<string, unknown>>): boolean =>
      of === 'session' && id === notAllowed;
    const dead = await until(async () => (await api.list('/webhooks/dead')).find(isItsOwn), {
      what: 'the delivery to be refused',
    });
    expect(dead).toMatchObject({ type: 'session_register', why: 'its address is not public' });
    expect(receiver.requests - before).toBe(1);
    const logs = JSON.stringify([...brokers, ...edges].map(({ log }) => log));
    for (const token of receiver.events.flatMap(({ event: one }) => one.params['stoken'] ?? [])) {
      expect(logs).not.toContain(token);
    }
  });
});
