import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Shipmate, Stage, SyntheticHost, until, WebJoiner, within, type WebJoinerOptions } from '#testing';
import { encodeClientMessage, MAX_INPUT_BYTES, type HelloMessage } from '#web-protocol';

// One server for all of it, with a page that looks on: whatever one connection does, this page must be able to type on.
const house = new Stage();
const stage = new Stage();
let shipmate: Shipmate;
let host: SyntheticHost;
let token: string;
let onlooker: WebJoiner;
let words = 0;

beforeAll(async () => {
  // What a proxy says of its clients is believed: each story has an address of its own.
  shipmate = await house.add(Shipmate.start({ env: { SHIPMATE_TRUSTED_PROXIES: '127.0.0.1' } }));
  host = await house.add(SyntheticHost.start({ port: shipmate.sshPort }));
  token = await host.token();
  onlooker = await house.add(WebJoiner.start({ port: shipmate.httpPort, token }));
  await othersGoOn();
});
afterEach(async () => await stage.clear());
afterAll(async () => await house.clear());

async function othersGoOn(): Promise<void> {
  const word = `word${++words}.`;
  await onlooker.type(word);
  const keys = (): string => host.keys.map(({ key }) => (key <= 0x10ffff ? String.fromCodePoint(key) : '·')).join('');
  await until(() => keys().endsWith(word), { what: 'the keys of the onlooker to reach the host' });
  host.output(`\r\n${word}`);
  await onlooker.screen.toShow(word);
}

const web = async (options: Partial<WebJoinerOptions> = {}): Promise<WebJoiner> =>
  await stage.add(WebJoiner.start({ port: shipmate.httpPort, token, ...options }));

const closed = async (name: string): Promise<number> =>
  (await shipmate.metric(`shipmate_web_closed_total{code="${name}"}`)) ?? 0;

/** The server closes with `code`, counts it as `name`, and nobody else notices. */
async function toBeClosed(bad: WebJoiner, code: number, name: string, before: number): Promise<void> {
  expect((await bad.toClose()).code).toBe(code);
  await until(async () => (await closed(name)) === before + 1, { what: `one more ${name} to be counted` });
  await othersGoOn();
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const hello = (change: Partial<HelloMessage> = {}): Uint8Array =>
  encodeClientMessage({
    type: 'hello',
    version: 1,
    page: new Uint8Array(16),
    sent: 0,
    cols: 80,
    rows: 24,
    claim: true,
    trueColour: true,
    term: 'xterm-256color',
    ...change,
  });

describe('a page that says what no page says is closed as documented', () => {
  it.each<[string, number, string, (bad: WebJoiner) => void]>([
    ['text', 1003, 'text', (bad) => bad.sendRaw('{"type":"hello"}')],
    ['an empty frame', 4400, 'bad-message', (bad) => bad.sendRaw(bytes())],
    ['an unknown kind', 4400, 'bad-message', (bad) => bad.sendRaw(bytes(99))],
    ['noise', 4400, 'bad-message', (bad) => bad.sendRaw(Uint8Array.from({ length: 3000 }, (_, i) => (i * 7919) % 251))],
    ['half a hello', 4400, 'bad-message', (bad) => bad.sendRaw(hello().subarray(0, 20))],
    ['a hello with something after it', 4400, 'bad-message', (bad) => bad.sendRaw(bytes(...hello(), 0))],
    ['a terminal of 0 columns', 4400, 'bad-message', (bad) => bad.sendRaw(hello({ cols: 0 }))],
    ['a terminal of 65,535 rows', 4400, 'bad-message', (bad) => bad.sendRaw(hello({ rows: 65_535 }))],
    ['a version to come', 4426, 'version', (bad) => bad.sendRaw(bytes(1, 255, 3))],
    ['typing before its hello', 4400, 'bad-message', (bad) => bad.send({ type: 'input', number: 1, bytes: bytes(97) })],
    ['a frame of 100 MB', 1009, 'too-large', (bad) => bad.sendRaw(new Uint8Array(100_000_000))],
  ])('%s, first thing', async (_what, code, name, say) => {
    const before = await closed(name);
    const bad = await web({ silent: true });
    say(bad);
    await toBeClosed(bad, code, name, before);
  });

  it.each<[string, number, string, (bad: WebJoiner) => void]>([
    ['text', 1003, 'text', (bad) => bad.sendRaw('ls\r')],
    ['a second hello', 4400, 'bad-message', (bad) => bad.sendRaw(hello())],
    ['a resize to 0 columns', 4400, 'bad-message', (bad) => bad.sendRaw(bytes(3, 0, 0, 0, 24, 1))],
    ['a resize to 100,000 columns', 4400, 'bad-message', (bad) => bad.sendRaw(bytes(3, 1, 134, 160, 0, 24, 1))],
    ['a resize to 65,535 rows', 4400, 'bad-message', (bad) => bad.sendRaw(bytes(3, 0, 80, 255, 255, 1))],
    ['an input out of order', 4400, 'bad-message', (bad) => bad.send({ type: 'input', number: 7, bytes: bytes(97) })],
    [
      'an acknowledgement of what never came',
      4400,
      'bad-message',
      (bad) => bad.send({ type: 'ack', bytes: 0xfffffff0 }),
    ],
    [
      'an input that is too long',
      4400,
      'bad-message',
      (bad) => bad.sendRaw(bytes(2, 0, 0, 0, 1, ...new Uint8Array(MAX_INPUT_BYTES + 1))),
    ],
    ['a message of a megabyte', 1009, 'too-large', (bad) => bad.sendRaw(new Uint8Array(1_000_000).fill(2))],
  ])('%s, in a session', async (_what, code, name, say) => {
    const before = await closed(name);
    const bad = await web();
    say(bad);
    await toBeClosed(bad, code, name, before);
    await until(async () => (await shipmate.metric('shipmate_participants{transport="web",role="writer"}')) === 1, {
      what: 'its seat to be empty',
    });
  });

  it('frames that are no WebSocket frames', async () => {
    const before = await closed('bad-frame');
    const socket = connect(shipmate.httpPort, '127.0.0.1');
    stage.onClear(() => socket.destroy());
    socket.on('error', () => undefined);
    let answer = '';
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (data) => (answer += data.toString('latin1')));
    socket.write(
      `GET /ws/session/${token} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await until(() => answer.includes('\r\n\r\n'), { what: 'the upgrade' });
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    socket.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
    await within(ended, 'the connection to be cut');
    await until(async () => (await closed('bad-frame')) === before + 1, { what: 'it to be counted' });
    await othersGoOn();
  });

  it('many small messages without an answer to any', async () => {
    const bad = await web({ lazy: true });
    for (let i = 0; i < 3000; i++) bad.send({ type: 'resize', cols: 20 + (i % 100), rows: 10, claim: true });
    await othersGoOn();
    bad.send({ type: 'resize', cols: 80, rows: 24, claim: false });
    await othersGoOn();
  });
});

describe('a token in every wrong form is closed with 4404', () => {
  const wrong = (right: string): string => (right.endsWith('a') ? 'b' : 'a');
  it.each<[string, (right: string) => string]>([
    ['nothing', () => ''],
    ['a wrong one of the right length', () => 'abcdefghijkmnpqrstuvwxyz2'],
    ['one character wrong', (right) => right.slice(0, -1) + wrong(right)],
    ['one character short', (right) => right.slice(0, -1)],
    ['one character long', (right) => `${right}a`],
    ['in the other case', (right) => right.toUpperCase()],
    ["a reader's, made up", (right) => `ro-${right}`],
    ['a name of nobody', () => 'ada/site'],
    ['a path', () => '/etc/passwd'],
    ['three parts', () => 'a/b/c'],
    ['markup', () => '<script>alert(1)</script>'],
    ['zero bytes', () => '\0\0\0'],
    ['a kilobyte', () => 'a'.repeat(1024)],
    ['percent signs', () => '%%%'],
  ])('%s', async (_what, form) => {
    // From an address of its own each: what leads nowhere too often has to wait.
    const headers = { 'x-forwarded-for': `198.51.100.${(words % 250) + 1}` };
    const before = await closed('not-found');
    const bad = await web({ token: form(token), headers });
    expect(bad.welcome).toBeUndefined();
    await toBeClosed(bad, 4404, 'not-found', before);
  });

  it('and an address that continues has to wait', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    const codes: number[] = [];
    for (let i = 0; i < 23; i++) codes.push((await (await web({ token: `wrong-${i}`, headers })).toClose()).code);
    expect(codes.slice(0, 21)).toEqual(Array(21).fill(4404));
    expect(codes.slice(21)).toEqual([4429, 4429]);
    const right = await web({ headers });
    expect((await right.toClose()).code).toBe(4429);
    await othersGoOn();
    expect((await web({ headers: { 'x-forwarded-for': '203.0.113.8' } })).welcome).toBeDefined();
  });
});

describe('connections that never speak', () => {
  it('a thousand of one address: a few wait for a while, and nobody else does', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.99' };
    const silent: WebJoiner[] = [];
    const most: number[] = [];
    for (let i = 0; i < 1000; i += 100) {
      const some = Array.from({ length: 100 }, async () => await web({ silent: true, blind: true, headers }));
      silent.push(...(await Promise.all(some)));
      await until(() => silent.filter((one) => one.open).length <= 64, { what: 'all but 64 to be turned away' });
      most.push(silent.filter((one) => one.open).length);
      await othersGoOn();
    }
    expect(Math.max(...most)).toBe(64);
    const ends = await Promise.all(silent.map(async (one) => (await one.toClose(20_000)).code));
    const count = (code: number): number => ends.filter((end) => end === code).length;
    expect(count(4408)).toBeGreaterThanOrEqual(64);
    expect(count(4408) + count(4429)).toBe(1000);
    expect((await web({ headers })).welcome).toBeDefined();
  });
});

describe('what is no page of ours', () => {
  it.each([
    ['another origin', '/ws/session/x', { origin: 'https://evil.example' }, 403],
    ['a sandboxed origin', '/ws/session/x', { origin: 'null' }, 403],
    ['another path', '/elsewhere', {}, 404],
    ['no WebSocket key', '/ws/session/x', { 'sec-websocket-key': 'x' }, 400],
    ['an old version', '/ws/session/x', { 'sec-websocket-version': '7' }, 400],
  ])('is refused before it is a WebSocket: %s', async (_what, path, headers, status) => {
    expect(await upgrade(path, headers)).toBe(status);
    await othersGoOn();
  });

  it('but a page of ours is let in', async () => {
    const origin = `http://127.0.0.1:${shipmate.httpPort}`;
    expect((await web({ headers: { origin } })).welcome).toBeDefined();
  });
});

/** The status of the answer to an upgrade. */
async function upgrade(path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return await new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port: shipmate.httpPort,
      path,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        ...headers,
      },
    });
    asked.once('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.once('upgrade', (_response, socket) => {
      socket.destroy();
      resolve(101);
    });
    asked.once('error', reject);
    asked.end();
  });
}
