import { connect, type Socket } from 'node:net';
import { encode } from '@msgpack/msgpack';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Shipmate, Stage, SyntheticHost, SyntheticJoiner, until, within, type WireMessage } from '#testing';

// One server for all of it, with a session that looks on: whatever one connection does, this session's joiner must be
// able to type on.
const house = new Stage();
const stage = new Stage();
let shipmate: Shipmate;
let port: number;
let host: SyntheticHost;
let joiner: SyntheticJoiner;
let words = 0;

beforeAll(async () => {
  shipmate = await house.add(Shipmate.start());
  port = shipmate.sshPort;
  host = await house.add(SyntheticHost.start({ port }));
  joiner = await house.add(SyntheticJoiner.start({ port, token: await host.token() }));
  await othersGoOn();
});
afterEach(async () => await stage.clear());
afterAll(async () => await house.clear());

/** What the looking-on joiner types reaches its host, and what that answers comes to its screen. */
async function othersGoOn(): Promise<void> {
  const word = `word${++words}.`;
  await joiner.type(word);
  await until(() => keysOf(host).endsWith(word), { what: 'the keys of the other session to reach its host' });
  host.output(`\r\n${word}`);
  await joiner.screen.toShow(word);
}

/** What was typed, with a dot for each key that is no character. */
const keysOf = (of: SyntheticHost): string =>
  of.keys.map(({ key }) => (key <= 0x10ffff ? String.fromCodePoint(key) : '·')).join('');

/** A host whose session somebody watches: bad words in the middle are the harder case. */
async function watched(): Promise<{ bad: SyntheticHost; mate: SyntheticJoiner }> {
  const bad = await stage.add(SyntheticHost.start({ port }));
  bad.output('watched');
  const mate = await stage.add(SyntheticJoiner.start({ port, token: await bad.token() }));
  await mate.screen.toShow('watched');
  return { bad, mate };
}

/** The server ends that host's connection, and its last word says why. */
async function toBeRefused(bad: SyntheticHost, reason: RegExp): Promise<void> {
  const seen = bad.notices.length;
  await bad.toClose();
  await until(() => bad.notices.at(-1)?.match(reason) !== null && bad.notices.length >= seen, {
    what: `the host to be told ${String(reason)}`,
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it was told ${JSON.stringify(bad.notices)}`);
  });
}

const pane = (id: number, cols = 80, rows = 23, x = 0, y = 0): unknown[] => [id, cols, rows, x, y];
const layout = (panes: unknown[][], { cols = 80, rows = 23, active = 0 } = {}): WireMessage => [
  1,
  cols,
  rows,
  [[0, 'bash', panes, active]],
  0,
];
const text = (bytes: number[]): Uint8Array => Uint8Array.from(bytes);

/** What no tmate says: its name, the bytes, and what its host is told. */
const NONSENSE: [name: string, bytes: () => Uint8Array, reason: RegExp][] = [
  ['a number instead of a message', () => text([0x07]), /not an array|array/],
  ['a map', () => encode({ a: 1 }), /bad message from the host/],
  ['a byte that begins nothing', () => text([0xc1]), /bad message from the host/],
  ['an empty message', () => encode([]), /bad message from the host/],
  ['an unknown type', () => encode([99, 'x']), /type: unknown|unknown/],
  ['a negative type', () => encode([-1]), /bad message from the host/],
  ['a type that is a text', () => encode(['1', 2]), /bad message from the host/],
  ['a second header', () => encode([0, 6, '2.4.0']), /second header/],
  ['too few arguments', () => encode([2, 0]), /fewer than 2/],
  ['text for a number', () => encode([2, '0', 'x']), /pane id: not a number/],
  ['arrays in arrays', () => text([...Array.from({ length: 40 }, () => 0x91), 0]), /bad message from the host/],
  ['an array that announces 4 billion values', () => text([0xdd, 255, 255, 255, 255]), /bad message from the host/],
  ['a string that announces 4 GB', () => text([0x93, 2, 0, 0xdb, 255, 255, 255, 255]), /bad message from the host/],
  ['output of a pane that does not exist', () => encode([2, 7, 'x']), /there is no pane 7/],
  ['output of a pane below 0', () => encode([2, -1, 'x']), /pane id: not in 0/],
  ['a window of no columns', () => encode(layout([pane(0)], { cols: 0 })), /sx: not in 1/],
  ['a window of 10,000 rows', () => encode(layout([pane(0)], { rows: 10_000 })), /sy: not in 1/],
  ['a pane of no rows', () => encode(layout([pane(0, 80, 0)])), /pane sy: not in 1/],
  ['a pane of 10,000 columns', () => encode(layout([pane(0, 10_000)])), /pane sx: not in 1/],
  ['a pane at 10,000', () => encode(layout([pane(0, 80, 23, 10_000)])), /pane xoff: not in 0/],
  [
    'a pane that lies outside of its window',
    () => encode(layout([pane(0), pane(1, 20, 10, 70, 20)])),
    /20 × 10 at 70, 20\) lies outside of 80 × 23/,
  ],
  ['panes over each other', () => encode(layout([pane(0), pane(1), pane(2)])), /panes of window 0 overlap/],
  ['a pane at -1', () => encode(layout([pane(0, 80, 23, -1)])), /pane xoff: not in 0/],
  [
    '1,000 panes',
    () => encode(layout(Array.from({ length: 1000 }, (_, id) => pane(id, 1, 1)))),
    /more than 256 in all/,
  ],
  ['an active pane of -2', () => encode(layout([pane(0)], { active: -2 })), /active pane: not in -1/],
  ['no window', () => encode([1, 80, 23, [], 0]), /fewer than 1/],
  ['a key of 2^63', () => text([0x93, 2, 0xcf, 255, 255, 255, 255, 255, 255, 255, 255, 0xa1, 0x78]), /pane id/],
  ['a command of 5,000 words', () => encode([12, ...Array.from({ length: 5000 }, () => 'a')]), /more than 1024/],
  ['reconnection data of 10 MB', () => encode([10, 'a'.repeat(10_000_000)]), /limit|larger|longer/],
  ['output of 3 MB in one message', () => encode([2, 0, Buffer.alloc(3_000_000, 'x')]), /limit|larger|longer/],
];

describe('a host that says what no tmate says is told why and disconnected', () => {
  it.each(NONSENSE)('%s, in a session that is watched', async (_name, bytes, reason) => {
    const { bad, mate } = await watched();
    bad.sendRaw(bytes());
    await toBeRefused(bad, reason);
    await mate.screen.toShow('Waiting for it to come back');
    await othersGoOn();
  });

  it.each<[string, WireMessage, RegExp]>([
    ['output', [2, 0, 'x'], /not a header/],
    ['READY', [9], /not a header/],
    ['a layout', layout([pane(0)]), /not a header/],
    ['a header whose version is a text', [0, 'six', '2.4.0'], /protocol version: not a number/],
  ])('%s as its first word', async (_name, message, reason) => {
    const bad = await stage.add(SyntheticHost.connect({ port }));
    bad.send(message);
    await toBeRefused(bad, reason);
    await othersGoOn();
  });

  it('noise, in any amount and however it is cut', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const bad = await stage.add(SyntheticHost.connect({ port, compress: seed % 2 === 0 }));
      for (let i = 0; i < 20 && bad.closed === undefined; i++) bad.sendRaw(noise(seed * 100 + i, 1 + 977 * i));
      await toBeRefused(bad, /bad message|not a header/);
    }
    await othersGoOn();
  });

  it('and whatever it sends after that changes nothing', async () => {
    const { bad } = await watched();
    bad.send([99]);
    for (let i = 0; i < 50; i++) bad.output('x'.repeat(16_000));
    bad.fin();
    await toBeRefused(bad, /unknown/);
    await othersGoOn();
  });
});

describe('a host that leaves in the middle of a message', () => {
  it.each<[string, (bad: SyntheticHost) => void]>([
    ['with its channel', (bad) => bad.channel.close()],
    ['with an end of file', (bad) => bad.channel.end()],
    ['with its connection', (bad) => bad.client.end()],
    ['without a word', (bad) => bad.drop()],
  ])('%s is waited for, or forgotten', async (_name, leave) => {
    const whole = encode([2, 0, 'never shown']);
    const { bad, mate } = await watched();
    bad.sendRaw(whole.subarray(0, whole.length - 3));
    await bad.drained();
    const fresh = await stage.add(SyntheticHost.connect({ port }));
    fresh.sendRaw(encode([0, 6, '2.4.0']).subarray(0, 4));
    await fresh.drained();
    leave(fresh);
    leave(bad);
    await mate.screen.toShow('Waiting for it to come back');
    expect(await mate.screen.text()).not.toContain('never');
    await othersGoOn();
  });
});

describe('what is odd but not wrong is lived with', () => {
  it('an active pane of -1, as while a shell exits', async () => {
    const { bad, mate } = await watched();
    bad.send(layout([pane(0)], { active: -1 }));
    bad.output('\r\nstill here');
    await mate.screen.toShow('still here');
    await mate.type('k');
    await until(() => keysOf(bad).endsWith('k'), { what: 'a key to reach the host' });
  });

  it('a pane over another, as a zoomed one, and one that is there twice', async () => {
    const { bad, mate } = await watched();
    bad.send(layout([pane(0), pane(1, 60, 20, 10, 2), pane(1, 10, 10)], { active: 1 }));
    for (const id of [0, 1]) bad.output(`\r\npane ${id}`, id);
    await mate.screen.toShow('pane');
    bad.send(layout([pane(0)]));
    bad.output('\r\nalone again');
    await mate.screen.toShow('alone again');
  });

  it('text that is not UTF-8, and control characters in names', async () => {
    const { bad, mate } = await watched();
    bad.output(text([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf8, 0x88]));
    bad.send([1, 80, 23, [[0, '\u001b]0;x\u0007\u001b[31mname\n', [pane(0)], 0]], 0]);
    bad.sendRaw(Buffer.concat([text([0x93, 5, 0xa3, 0xff, 0xc0, 0x61]), encode('right \u001b[2J')]));
    bad.output('\r\nstill legible');
    await mate.screen.toShow('still legible');
    const shown = await mate.screen.text();
    expect(shown).toContain('watched');
  });

  it('a status and a name of a megabyte are cut', async () => {
    const { bad, mate } = await watched();
    bad.status('s'.repeat(1_000_000), '');
    bad.send([1, 80, 23, [[0, 'n'.repeat(500_000), [pane(0)], 0]], 0]);
    bad.output('\r\nand on');
    await mate.screen.toShow('and on');
  });

  it('values after those that the protocol names', async () => {
    const { bad, mate } = await watched();
    bad.send([2, 0, '\r\nmore', 'than', ['needed']]);
    await mate.screen.toShow('more');
  });
});

describe('a joiner', () => {
  it.each([
    [0, 0],
    [1, 1],
    [10_000, 10_000],
    [4_294_967_295, 4_294_967_295],
    [0, 24],
    [80, 10_000],
  ])('may have a terminal of %i by %i; the host is asked for a sane window', async (cols, rows) => {
    const { bad } = await watched();
    const odd = await stage.add(SyntheticJoiner.start({ port, token: await bad.token(), blind: true, cols, rows }));
    await odd.type('o');
    await until(() => keysOf(bad).endsWith('o'), { what: 'the key of the odd terminal' });
    await odd.toReceive(1);
    odd.channel.setWindow(rows, cols, 0, 0);
    odd.channel.setWindow(24, 80, 0, 0);
    await odd.type('p');
    await until(() => keysOf(bad).endsWith('op'), { what: 'its key after a resize' });
    for (const [askedCols, askedRows] of bad.sizes) {
      expect(askedCols === -1 || (askedCols >= 2 && askedCols <= 1000), `${askedCols} columns`).toBe(true);
      expect(askedRows === -1 || (askedRows >= 2 && askedRows <= 500), `${askedRows} rows`).toBe(true);
    }
    await othersGoOn();
  });

  it.each<[string, string | Uint8Array]>([
    ['bytes that are not UTF-8', text([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf5, 0x80, 0x80, 0x80])],
    ['keys that are no character', '\u001b[1114112;5u\u001b[27;5;99999999999999999999~\u001b[4294967296u'],
    ['a modifier that there is none of', '\u001b[1;99999A\u001b[1;0A\u001b[1;-1A'],
    ['a mouse beyond every screen', '\u001b[<0;99999;99999M\u001b[<999;1;1m\u001b[M\u0001\u0001\u0001'],
    ['an escape sequence without end', `\u001b[${'1;'.repeat(5000)}`],
    ['a long title', `\u001b]0;${'t'.repeat(20_000)}\u0007`],
    ['a paste of nothing', '\u001b[200~\u001b[201~'],
    ['ends of pastes', '\u001b[201~'.repeat(50)],
  ])('may send %s: keys in the protocol’s range reach the host, and typing goes on', async (_name, bytes) => {
    const { bad, mate } = await watched();
    await mate.type(bytes);
    await until(
      async () => {
        await mate.type('z');
        return keysOf(bad).endsWith('z');
      },
      { what: 'typing to go on', everyMs: 50 },
    );
    for (const { key } of bad.keys) expect(Number.isSafeInteger(key) && key >= 0, `key ${key}`).toBe(true);
    for (const { key } of bad.keys) if (key < 0x100000000000) expect(key).toBeLessThanOrEqual(0x10ffff);
    await othersGoOn();
  });

  it('may leave in the middle of a paste or of a key', async () => {
    const { bad, mate } = await watched();
    await mate.type('\u001b[200~half a paste');
    mate.client.destroy();
    const second = await stage.add(SyntheticJoiner.start({ port, token: await bad.token() }));
    await second.screen.toShow('watched');
    await second.type(text([0xf0, 0x9f]));
    second.client.end();
    await until(async () => (await shipmate.metric('shipmate_participants{transport="ssh",role="writer"}')) === 1, {
      what: 'both to be gone',
    });
    await othersGoOn();
  });

  it.each([20_000, 30_000])('with a token of %i bytes is told so at the login', async (length) => {
    await expect(SyntheticJoiner.start({ port, token: 'a'.repeat(length) })).rejects.toThrow(
      'The user name is too long.',
    );
    await othersGoOn();
  });

  it('with a token of 10 MB, in a packet that is larger than any may be, is cut off', async () => {
    const refused = SyntheticJoiner.start({ port, token: 'a'.repeat(10_000_000) });
    await expect(refused).rejects.toThrow(/PROTOCOL_ERROR|closed|ECONNRESET|EPIPE/);
    await othersGoOn();
  });

  it.each(['', '\0', '../../etc/passwd', 'ro-', 'user/name/more', '\u001b[2J', 'ünïcode', '{"a":1}', "'; DROP"])(
    'with the token %j is told that there is no such session',
    async (token) => {
      const lost = await stage.add(SyntheticJoiner.start({ port, token }));
      expect(await lost.toClose()).toBe(1);
      await lost.screen.toShow('Invalid or expired session token');
    },
  );
});

describe('a connection that is no SSH', () => {
  const banner = 'SSH-2.0-OpenSSH_9.2\r\n';
  it.each<[string, () => Uint8Array]>([
    ['a browser', () => Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['noise', () => noise(1, 5000)],
    ['a line without end', () => Buffer.alloc(300_000, 'x')],
    ['TLS', () => text([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, ...noise(2, 500)])],
    ['noise after a banner', () => Buffer.concat([Buffer.from(banner), noise(3, 5000)])],
    ['a packet of 4 GB', () => Buffer.concat([Buffer.from(banner), text([255, 255, 255, 255, 10, 20])])],
  ])('%s is closed', async (_name, bytes) => {
    const socket = await dial();
    socket.write(bytes());
    await within(new Promise((resolve) => socket.once('close', resolve)), 'the server to close the connection');
    await othersGoOn();
  });

  it.each(['', 'SSH-2', banner])('half a greeting (%j) and gone', async (said) => {
    const socket = await dial();
    socket.write(said);
    socket.end();
    await within(new Promise((resolve) => socket.once('close', resolve)), 'the server to close the connection');
    await othersGoOn();
  });

  async function dial(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    stage.onClear(() => socket.destroy());
    socket.on('error', () => undefined).resume();
    await within(new Promise((resolve) => socket.once('connect', resolve)), 'a connection');
    return socket;
  }
});

it('none of that counts as a fault of the server', async () => {
  await othersGoOn();
  expect(shipmate.program.exit).toBeUndefined();
  expect(shipmate.log.filter(({ level }) => level !== 'debug' && level !== 'info')).toEqual([]);
  expect(shipmate.log.filter((record) => 'raw' in record)).toEqual([]);
});

/** The same bytes for the same seed. */
function noise(seed: number, length: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}
