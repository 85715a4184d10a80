import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket, type ClientOptions } from 'ws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  freePort,
  PtyJoiner,
  RedisCertificates,
  Shipmate,
  shellLine,
  Stage,
  Station,
  TmateHost,
  until,
} from '#testing';
import { share, toShowTheHosts } from '../share.fixture.js';
import { PROXY_COMMAND, ProxyProcess } from './proxy-process.fixture.js';

// People who have nothing but the web: hosts and mates whose ssh goes through a WebSocket.
const house = new Stage();
const stage = new Stage();
let shipmate: Shipmate;
/** Says nothing from the beginning on. */
let silent: Opened;
let certificates: RedisCertificates;
/** Ends TLS before the server. */
let front: Station;
/** Lets out only who has a password. */
let gate: Station;

const PASSWORD = 'p%40ss:w0rd';

/** A WebSocket to the server, as a proxy in front of it passes it on. */
class Opened {
  received = '';
  readonly code: Promise<number>;

  private constructor(readonly socket: WebSocket) {
    socket.on('error', () => undefined);
    socket.on('message', (bytes: Buffer) => (this.received += bytes.toString('latin1')));
    this.code = new Promise((resolve) => socket.once('close', resolve));
  }

  static async to(
    options: ClientOptions & { readonly protocols?: string; readonly own?: Stage } = {},
  ): Promise<Opened> {
    const opened = new Opened(new WebSocket(bare(), options.protocols, options));
    (options.own ?? stage).onClear(() => opened.socket.terminate());
    await once(opened.socket, 'open');
    return opened;
  }
}

beforeAll(async () => {
  shipmate = await house.add(
    Shipmate.start({ env: { SHIPMATE_TRUSTED_PROXIES: '127.0.0.1', SHIPMATE_LOGIN_GRACE_SECONDS: '5' } }),
  );
  silent = await Opened.to({ own: house });
  certificates = await RedisCertificates.make();
  house.onClear(() => certificates.dispose());
  front = await house.add(Station.tls(shipmate.httpPort, certificates.server));
  gate = await house.add(Station.httpProxy(`ada:${decodeURIComponent(PASSWORD)}`));
});
afterEach(async () => await stage.clear());
afterAll(async () => await house.clear());

const proxied = (env: Readonly<Record<string, string>>, ...args: readonly string[]): readonly string[] => [
  '-o',
  `ProxyCommand=${shellLine(['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...PROXY_COMMAND, ...args]).replaceAll('%', '%%')}`,
];

const bare = (): string => `ws://127.0.0.1:${shipmate.httpPort}/ssh`;

describe('ssh over a WebSocket', () => {
  it('takes a stock host by a port of its own machine, and a mate through TLS and a proxy with a password', async () => {
    const port = await freePort();
    const tunnel = await stage.add(new ProxyProcess(['--listen', `${port}`, bare()]));
    await until(() => tunnel.stderr.includes('leads to'), { what: 'the port of the proxy', deadlineMs: 30_000 });
    const host = await stage.add(
      TmateHost.start({ serverConf: shipmate.tmateConf, conf: `set -g tmate-server-port ${port}` }),
    );
    await host.waitReady();
    const args = proxied(
      { HTTPS_PROXY: `http://ada:${PASSWORD}@127.0.0.1:${gate.port}` },
      '--ca',
      certificates.ca,
      `wss://127.0.0.1:${front.port}/ssh`,
    );
    const joiner = await stage.add(new PtyJoiner({ port: 9, user: await host.token(), args }));
    await joiner.screen.toShow('$');
    expect(gate.asked).toContain(`127.0.0.1:${front.port}`);
    await joiner.type('seq 1000 1300; echo $((6*7))\r');
    await joiner.screen.toShow(/^42$/m);
    await toShowTheHosts(host, joiner);
    // Leaves as over any other line.
    await joiner.type('\u0002d');
    expect(await joiner.exited()).toEqual({ status: 0, signal: null });
    await until(async () => (await shipmate.metric('shipmate_participants{transport="ssh",role="writer"}')) === 0, {
      what: 'nobody to be left',
    });
  });

  it('carries what a master of connections needs, and ends with it', async () => {
    const { token } = await share(stage, shipmate);
    const master = ['-o', 'ControlMaster=auto', '-o', `ControlPath=${shipmate.dir.file('master')}`];
    const joiner = await stage.add(new PtyJoiner({ port: 9, user: token, args: [...master, ...proxied({}, bare())] }));
    await joiner.screen.toShow('$');
    // A second call over the same connection: whatever becomes of its channel, the first goes on.
    const second = await stage.add(
      new PtyJoiner({ port: shipmate.sshPort, user: token, args: ['-S', shipmate.dir.file('master')] }),
    );
    await second.screen.toShow('$');
    await joiner.type('echo $((40+2))\r');
    await joiner.screen.toShow(/^42$/m);
    await second.screen.toShow(/^42$/m);
  });
});

/** The answer where no WebSocket is opened. */
async function refusal(options: ClientOptions): Promise<number | undefined> {
  const socket = new WebSocket(bare(), options);
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  socket.terminate();
  return response.statusCode;
}

describe('what comes to the address of ssh over WebSocket and is none', () => {
  it('nothing is told so when its time is over', async () => {
    expect(await silent.code).toBe(4423);
  });

  it.each<[string, number, (socket: WebSocket) => void]>([
    ['text', 1003, (socket) => socket.send('SSH-2.0-x\r\n')],
    ['a message that is too large', 1009, (socket) => socket.send(Buffer.alloc(129 * 1024))],
    ['another protocol', 4421, (socket) => socket.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'))],
    ['ssh without an end', 4421, (socket) => socket.send(Buffer.from(`SSH-${'x'.repeat(4096)}`))],
    ['ssh, then noise', 4422, (socket) => socket.send(Buffer.from(`SSH-2.0-x\r\n${'noise'.repeat(20_000)}`))],
    [
      'a header of a proxy',
      4421,
      (socket) => socket.send(Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nSSH-2.0-x\r\n')),
    ],
    [
      'one byte after another',
      4421,
      (socket) => {
        for (let n = 0; n < 3000; n++) socket.send(Buffer.from('S'));
      },
    ],
  ])('%s is told so, and ends alone', async (_, code, say) => {
    const { socket, code: ended } = await Opened.to();
    say(socket);
    expect(await ended).toBe(code);
    expect((await shipmate.get('/healthz')).status).toBe(200);
  });

  it('counts for the address that a trusted proxy names, with the penalties of every other way in', async () => {
    const address = '203.0.113.77';
    const from = async (text: string): Promise<number> => {
      const { socket, code } = await Opened.to({ headers: { 'x-forwarded-for': address } });
      socket.send(Buffer.from(text));
      return await code;
    };
    // Each costs a second; with 15 of them to wait for, the next is turned away once it says who it is.
    await Promise.all(Array.from({ length: 60 }, async () => await from('junk')));
    expect(await from('SSH-2.0-x\r\n')).toBe(4429);
    const told = (reason: string): boolean =>
      shipmate.log.some(
        (record) =>
          record['event'] === 'ssh-disconnected' && record['address'] === address && record['reason'] === reason,
      );
    await until(() => told('not-ssh') && told('turned-away'), { what: 'the log to tell of both' });
    // Nobody else has to wait for it.
    const other = await Opened.to({ headers: { 'x-forwarded-for': '203.0.113.78' } });
    await until(() => other.received.startsWith('SSH-2.0-shipmate'), { what: 'the greeting' });
  });

  it('is open to programs and to pages of this server, and to no other page', async () => {
    expect(await refusal({ headers: { origin: 'https://elsewhere.example' } })).toBe(403);
    const own = await Opened.to({ headers: { origin: `http://127.0.0.1:${shipmate.httpPort}` }, protocols: 'binary' });
    expect(own.socket.protocol).toBe('binary');
  });

  it('tells a browser what it is for', async () => {
    const { status, text, headers } = await shipmate.get('/ssh');
    expect([status, headers.get('upgrade')]).toEqual([426, 'websocket']);
    expect(text).toContain('shipmate proxy');
  });
});
