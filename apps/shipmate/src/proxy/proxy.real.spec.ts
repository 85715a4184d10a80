import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort, RedisCertificates, Stage, Station, until } from '#testing';
import { ExitStatus } from '#platform';
import { CLOSE_CODES } from '#web-protocol';
import { ProxyStatus } from './proxy-fault.js';
import { proxy, PROXY_HELP } from './proxy.js';

const house = new Stage();
const stage = new Stage();
let certificates: RedisCertificates;
/** What takes WebSockets, and the last that it took. */
let server: WebSocketServer;
let port: number;
let front: Station;
/** Lets out only who has a password. */
let gate: Station;

const PASSWORD = 'p%40ss:w0rd';

beforeAll(async () => {
  certificates = await RedisCertificates.make();
  house.onClear(() => certificates.dispose());
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/ssh' });
  await once(server, 'listening');
  house.onClear(() => server.close());
  port = (server.address() as AddressInfo).port;
  front = await house.add(Station.tls(port, certificates.server));
  gate = await house.add(Station.httpProxy(`ada:${decodeURIComponent(PASSWORD)}`));
});
afterEach(async () => await stage.clear());
afterAll(async () => await house.clear());

/** The command in this process, with its input open. */
class Run {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly status: Promise<number>;
  out = '';
  err = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { stdin, stdout } = this;
    stdout.on('data', (bytes: Buffer) => (this.out += bytes.toString('latin1')));
    this.status = proxy(args, { env, stdin, stdout, stderr: { write: (text) => (this.err += text) } });
  }
}

/** A run that is connected, and the server's end of it. */
async function connected(
  args: readonly string[] = [`ws://127.0.0.1:${port}/ssh`],
  env: Readonly<Record<string, string>> = {},
): Promise<{ run: Run; socket: WebSocket; received: () => string }> {
  const coming = once(server, 'connection');
  const run = new Run(args, env);
  const [socket] = (await coming) as [WebSocket];
  stage.onClear(() => socket.terminate());
  let received = '';
  socket.on('message', (data: Buffer, isBinary) => (received += isBinary ? data.toString('latin1') : '<text>'));
  return { run, socket, received: () => received };
}

describe('shipmate proxy', () => {
  it.each<[string, () => string[], () => Record<string, string>]>([
    ['in the clear', () => [`ws://127.0.0.1:${port}/ssh`], () => ({})],
    ['to the usual path', () => [`ws://127.0.0.1:${port}`], () => ({})],
    ['over TLS', () => ['--ca', certificates.ca, `wss://127.0.0.1:${front.port}/ssh`], () => ({})],
    [
      'through a proxy with a password',
      () => ['--ca', certificates.ca, `wss://127.0.0.1:${front.port}/ssh`],
      () => ({ HTTPS_PROXY: `http://ada:${PASSWORD}@127.0.0.1:${gate.port}` }),
    ],
    [
      'past a proxy, with a CA of the environment',
      () => [`wss://127.0.0.1:${front.port}`],
      () => ({ NODE_EXTRA_CA_CERTS: certificates.ca, HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '127.0.0.0/8' }),
    ],
  ])('carries bytes both ways %s, and ends when its input does', async (_, args, env) => {
    const { run, socket, received } = await connected(args(), env());
    socket.send(Buffer.from('greeting'));
    run.stdin.write('answer');
    await until(() => run.out === 'greeting' && received() === 'answer', { what: 'both to arrive' });
    run.stdin.end(' and the last');
    expect(await run.status).toBe(0);
    await until(() => received() === 'answer and the last', { what: 'the last to arrive' });
    expect(run.err).toBe('');
  });

  it('passes on the last bytes of a server that ends in good order', async () => {
    const { run, socket } = await connected();
    socket.send(Buffer.alloc(300_000, 'x'));
    socket.close(1000);
    expect(await run.status).toBe(0);
    expect(run.out).toHaveLength(300_000);
    expect(run.err).toBe('');
  });

  it.each<[number, number, string]>([
    [1001, 69, `closed the connection: ${CLOSE_CODES.stopping.text} (1001)`],
    [4421, 69, `closed the connection: ${CLOSE_CODES['not-ssh'].text} (4421)`],
    [4422, 0, ''],
    [1006, 69, 'was lost'],
  ])('ends with what the server closes with: %i', async (code, status, text) => {
    const { run, socket } = await connected();
    const name = Object.values(CLOSE_CODES).find((entry) => entry.code === code);
    if (name === undefined) socket.terminate();
    else socket.close(code, name.text);
    expect(await run.status).toBe(status);
    expect(run.err).toContain(text);
    expect(run.err.split('\n')).toHaveLength(status === 0 ? 1 : 2);
  });

  it('ends when nobody reads what it says', async () => {
    const { run, socket } = await connected();
    run.stdout.destroy(Object.assign(new Error('nobody reads'), { code: 'EPIPE' }));
    socket.send(Buffer.from('for nobody'));
    expect(await run.status).toBe(0);
    expect(run.err).toBe('');
  });

  it('holds the server up while nobody reads', async () => {
    const { run, socket } = await connected();
    run.stdout.removeAllListeners('data');
    run.stdout.pause();
    const chunk = Buffer.alloc(1024 * 1024);
    // More than sockets, streams and the pipe hold.
    for (let n = 0; n < 64; n++) socket.send(chunk);
    await until(() => run.stdout.readableLength > 0, { what: 'the first bytes' });
    expect(socket.bufferedAmount).toBeGreaterThan(0);
    let taken = 0;
    run.stdout.on('data', (bytes: Buffer) => (taken += bytes.length));
    run.stdout.resume();
    await until(() => taken === 64 * chunk.length, { what: 'all of it' });
    run.stdin.end();
    expect(await run.status).toBe(0);
  });

  it('takes connections on a port of this machine', async () => {
    const own = await freePort();
    const coming = once(server, 'connection');
    const run = new Run(['--listen', `${own}`, `ws://127.0.0.1:${port}/ssh`]);
    await until(() => run.err.includes(`127.0.0.1:${own} leads to ws://`), { what: 'the port' });
    const client = connect(own, '127.0.0.1');
    stage.onClear(() => client.destroy());
    client.write('hello');
    const [socket] = (await coming) as [WebSocket];
    const [data] = (await once(socket, 'message')) as [Buffer];
    expect(data.toString()).toBe('hello');
    const closed = once(socket, 'close');
    client.end();
    await closed;
  });

  it('ends with the statuses of all commands', () => {
    const { clean: done, usage, unavailable, notAllowed } = ExitStatus;
    expect(ProxyStatus).toEqual({ done, usage, unavailable, notAllowed });
  });

  it('prints how to use it', async () => {
    const run = new Run(['--help']);
    expect(await run.status).toBe(0);
    await until(() => run.out === PROXY_HELP, { what: 'the help' });
  });
});

describe('shipmate proxy tells in one line, without a secret, what stands in the way', () => {
  const wss = (): string => `wss://127.0.0.1:${front.port}/ssh`;
  const answering = async (status: number): Promise<string> => {
    const station = await stage.add(Station.answering(status));
    return `ws://ada:hunter2@127.0.0.1:${station.port}/ssh`;
  };
  const nobody = async (): Promise<string> => `ws://ada:hunter2@127.0.0.1:${await freePort()}/ssh`;
  /** Takes connections, and closes them at once. */
  const hangingUp = async (): Promise<string> => {
    const hanging = createServer((socket) => socket.end());
    hanging.listen(0, '127.0.0.1');
    await once(hanging, 'listening');
    stage.onClear(() => hanging.close());
    return `ws://127.0.0.1:${(hanging.address() as AddressInfo).port}/ssh`;
  };
  type Args = () => string[] | Promise<string[]>;
  type Env = () => Record<string, string>;
  const none: Env = () => ({});

  it.each<[string, Args, Env, number, RegExp]>([
    ['another kind of URL', () => ['https://127.0.0.1/'], none, 64, /must begin with wss:/],
    ['no URL', () => [], none, 64, /one URL/],
    ['an unknown option', () => ['--wat', 'ws://h'], none, 64, /--wat/],
    ['a port above 65535', () => ['--listen', '99999', 'ws://h'], none, 64, /--listen must be/],
    ['nobody there', async () => [await nobody()], none, 69, /refuses connections/],
    ['no such host', () => ['ws://no-such-host.invalid/ssh'], none, 69, /has no address/],
    ['somebody who hangs up', async () => [await hangingUp()], none, 69, /before it answered|cannot be reached/],
    ['another path', () => [`ws://127.0.0.1:${port}/elsewhere`], none, 69, /does not open a WebSocket.*400/],
    ['404', async () => [await answering(404)], none, 69, /does not accept ssh.*404/],
    ['401', async () => [await answering(401)], none, 77, /asks for a password.*401/],
    ['403', async () => [await answering(403)], none, 77, /does not let this address in.*403/],
    ['426', async () => [await answering(426)], none, 69, /does not forward them.*426/],
    ['302', async () => [await answering(302)], none, 69, /redirects to another address.*302/],
    [
      'no password',
      () => [wss()],
      () => ({ HTTPS_PROXY: `127.0.0.1:${gate.port}` }),
      77,
      /asks for a password: set HTTPS_PROXY.*407/,
    ],
    [
      'a wrong password',
      () => [wss()],
      () => ({ HTTPS_PROXY: `http://ada:hunter2@127.0.0.1:${gate.port}` }),
      77,
      /does not accept the user and password.*407/,
    ],
    ['no proxy there', () => [wss()], () => ({ https_proxy: '127.0.0.1:1' }), 69, /The proxy 127.0.0.1:1 .*refuses/],
    ['a proxy of another kind', () => [wss()], () => ({ ALL_PROXY: 'socks5://127.0.0.1:1' }), 64, /begins with http:/],
    ['a certificate of nobody', () => [wss()], none, 69, /is not from a trusted CA/],
    ['a certificate of another CA', () => ['--ca', certificates.otherCa, wss()], none, 69, /certificate/],
    ['a CA that is not there', () => ['--ca', '/nonexistent', wss()], none, 64, /--ca: .*cannot be read/],
    ['no TLS', () => [`wss://127.0.0.1:${port}/ssh`], none, 69, /does not speak TLS/],
    ['a port that is taken', () => ['--listen', `${port}`, 'ws://h'], none, 69, /Nothing can listen on .*EADDRINUSE/],
  ])('%s', async (_, args, env, status, text) => {
    const run = new Run(await args(), env());
    expect(await run.status).toBe(status);
    expect(run.err).toMatch(/^shipmate proxy: [^\n]+\n$/);
    expect(run.err).toMatch(text);
    expect(run.err).not.toContain('hunter2');
    expect(run.out).toBe('');
  });

  it('what a proxy cannot reach', async () => {
    const run = new Run([`wss://127.0.0.1:${await freePort()}/ssh`], {
      HTTPS_PROXY: `http://ada:${PASSWORD}@127.0.0.1:${gate.port}`,
    });
    expect(await run.status).toBe(69);
    expect(run.err).toMatch(/^shipmate proxy: The proxy \S+ cannot reach 127.0.0.1:\d+ \(HTTP 502\)\.\n$/);
  });
});
