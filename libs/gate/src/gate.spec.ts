import { once } from 'node:events';
import { createServer as createHttpServer, get, type IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { createSecureContext, connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock, Work, WORK_WINDOW_MS, type WorkKind } from '#kernel';
import { Stage, TEST_PAIRS, until } from '#testing';
import { Gate } from './gate.js';
import {
  FIRST_BYTES_MS,
  HANDSHAKE_MS,
  SILENT_MS,
  type GateOptions,
  type GateOutcome,
  type GatePeer,
} from './settings.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

interface Opened {
  readonly gate: Gate;
  readonly clock: FakeClock;
  readonly port: number;
  readonly outcomes: readonly GateOutcome[];
  readonly ssh: readonly { readonly socket: Socket; readonly peer: GatePeer }[];
}

async function open(options: Partial<GateOptions> & { readonly withSsh?: boolean } = {}): Promise<Opened> {
  const clock = new FakeClock();
  const [outcomes, ssh]: [GateOutcome[], { socket: Socket; peer: GatePeer }[]] = [[], []];
  const server = (name: string) =>
    createHttpServer((request, response) =>
      response.end(`${name} ${request.socket.remoteAddress ?? ''} ${request.url ?? ''}`),
    );
  const context = createSecureContext(TEST_PAIRS.localhost);
  const gate = new Gate({
    clock,
    proxyProtocol: 'off',
    trustedProxies: [],
    http: server('plain'),
    secure: { tls: { context: () => context }, http: server('secure') },
    work: new Work({ clock, source: (address) => address }),
    observer: {
      outcome: (outcome) => void outcomes.push(outcome),
      failed: (error) => {
        throw error;
      },
    },
    ...options,
  });
  if (options.withSsh !== false) {
    gate.takeSsh((socket, peer) => {
      ssh.push({ socket, peer });
      socket.write('SSH-2.0-test\r\n');
      socket.on('data', (chunk: Buffer) => socket.write(`got ${chunk.toString()}`));
    });
  }
  const { port } = await gate.listen('127.0.0.1', 0);
  stage.onClear(() => {
    gate.close();
    for (const { socket } of ssh) socket.destroy();
  });
  return { gate, clock, port, outcomes, ssh };
}

function dial(port: number): { socket: Socket; text: () => string; ended: Promise<void> } {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  stage.onClear(() => void socket.destroy());
  return { socket, text: () => text, ended: once(socket, 'close').then(() => undefined) };
}

/** Resolves when the system has the bytes. */
const send = async (socket: Socket, bytes: string): Promise<void> =>
  await new Promise((resolve) => socket.write(Buffer.from(bytes, 'latin1'), () => resolve()));

/** What comes back until the other side hangs up. */
async function answer(port: number, bytes: string): Promise<string> {
  const { socket, text, ended } = dial(port);
  socket.write(Buffer.from(bytes, 'latin1'));
  socket.once('end', () => socket.end());
  await ended;
  return text();
}

describe('a port for everything', () => {
  it('takes ssh, https and http', async () => {
    const { port, outcomes, ssh } = await open();
    const { socket, text } = dial(port);
    socket.write('SSH-2.0-x\r\n');
    await until(() => text().includes('got SSH-2.0-x'), { what: 'ssh to answer' });
    expect(ssh[0]?.peer).toMatchObject({ address: '127.0.0.1', announced: false, port: socket.localPort });
    const plain = await fetch(`http://127.0.0.1:${port}/a`);
    expect(await plain.text()).toBe('plain 127.0.0.1 /a');
    const { body, protocol } = await getTls(port);
    expect(body).toContain('secure 127.0.0.1 /b');
    expect(protocol).toBe('TLSv1.3');
    expect(outcomes).toEqual(['ssh', 'http', 'tls']);
  });

  it('takes a client that waits to be greeted for ssh, and one that has begun a line of ssh', async () => {
    const { port, clock, gate, ssh } = await open();
    const [silent, slow] = [dial(port), dial(port)];
    await send(slow.socket, 'SS');
    await until(() => gate.undecided === 2, { what: 'both to be there' });
    // What was sent is read by then: it came before what this waits for.
    await answer(port, '\x05\x01\x00');
    clock.advance(SILENT_MS - 1);
    expect(ssh).toHaveLength(0);
    clock.advance(1);
    await until(() => silent.text().startsWith('SSH-2.0-test'), { what: 'a greeting' });
    slow.socket.write('H-2.0-slow\r\n');
    await until(() => /got SS.*H-2.0-slow/s.test(slow.text()), { what: 'the whole line' });
  });

  it('reads first bytes that come one by one', async () => {
    const { port } = await open();
    const { socket, text } = dial(port);
    socket.setNoDelay(true);
    for (const byte of 'GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n') {
      await send(socket, byte);
    }
    await until(() => text().includes('plain 127.0.0.1 /slow'), { what: 'an answer' });
  });

  it('refuses everything else in its own words', async () => {
    const { port, outcomes } = await open();
    expect(await answer(port, '\x05\x01\x00')).toBe('\x05\xff');
    expect(await answer(port, '\x04\x01\x00\x50\x7f\x00\x00\x01\x00')).toBe('\0\x5b\0\0\0\0\0\0');
    expect(await answer(port, 'EHLO x\r\n')).toBe('554 This is not a mail server: it speaks SSH, HTTPS and HTTP.\r\n');
    expect(await answer(port, '\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0')).toMatch(/^\x03\0\0\x13\x0e\xd0/);
    expect(await answer(port, '{"id":1}\n')).toBe('This port speaks SSH, HTTPS and HTTP.\r\n');
    expect(outcomes).toEqual(['socks5', 'socks4', 'smtp', 'rdp', 'other']);
  });

  it('tells a client of HTTP/2 to use HTTP/1.1', async () => {
    const { port } = await open();
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    session.on('error', () => undefined);
    const [code, , text] = (await once(session, 'goaway')) as [number, number, Buffer];
    expect([code, text.toString()]).toEqual([0x0d, 'HTTP/2 is not supported here: use HTTP/1.1.']);
    session.destroy();
  });

  it('says what it speaks where there is no ssh and no TLS', async () => {
    const { port } = await open({ withSsh: false, secure: undefined } as never);
    const text = await answer(port, 'SSH-2.0-x\r\n');
    expect(text).toMatch(/^SSH-2\.0-shipmate\r\n/);
    expect(text).toContain('This port does not take SSH: it speaks HTTP.');
    expect(await answer(port, '\x16\x03\x01\x02\x00')).toBe('\x15\x03\x01\0\x02\x02\x28');
  });

  it('says that there is no certificate yet with an alert', async () => {
    const { port, outcomes } = await open({ secure: { tls: { context: () => undefined }, http: createHttpServer() } });
    await expect(getTls(port)).rejects.toThrow(/internal error/);
    expect(outcomes).toEqual(['no-certificate']);
  });

  it('waits neither for first bytes nor for a handshake forever', async () => {
    const { port, clock, gate, outcomes } = await open({ withSsh: false });
    const [silent, half, hello] = [dial(port), dial(port), dial(port)];
    await send(half.socket, 'GE');
    await send(hello.socket, '\x16\x03\x01\x02\x00\x01');
    await until(() => gate.undecided === 3, { what: 'all to be there' });
    await answer(port, '\x05\x01\x00');
    clock.advance(Math.max(FIRST_BYTES_MS, HANDSHAKE_MS));
    half.socket.once('end', () => half.socket.end());
    await Promise.all([silent.ended, half.ended, hello.ended]);
    expect(half.text()).toMatch(/^HTTP\/1\.1 408 /);
    expect([...outcomes].sort()).toEqual(['late', 'late', 'socks5', 'tls-failed']);
    expect(gate.undecided).toBe(0);
  });

  it('loses nobody else when somebody hangs up, or talks nonsense after a hello', async () => {
    const { port, gate, outcomes } = await open();
    const gone = dial(port);
    await until(() => gate.undecided === 1, { what: 'it to be there' });
    gone.socket.resetAndDestroy();
    expect(await answer(port, `\x16\x03\x01\x00\x10${'x'.repeat(16)}`)).toMatch(/^\x15\x03/);
    await until(() => gate.undecided === 0, { what: 'all to be gone' });
    expect([...outcomes].sort()).toEqual(['closed', 'tls-failed']);
    expect((await getTls(port)).body).toContain('secure');
  });
});

describe('a PROXY header', () => {
  const trusted = { proxyProtocol: 'optional', trustedProxies: ['127.0.0.1'] } as const;
  const header = 'PROXY TCP4 192.0.2.7 192.0.2.1 5555 443\r\n';

  it('says whose connection it is, of each protocol', async () => {
    const { port, ssh } = await open(trusted);
    dial(port).socket.write(`${header}SSH-2.0-x\r\n`);
    await until(() => ssh.length === 1, { what: 'ssh' });
    expect(ssh[0]?.peer).toEqual({ address: '192.0.2.7', port: 5555, announced: true });
    expect(await answer(port, `${header}GET /p HTTP/1.0\r\n\r\n`)).toContain('plain 192.0.2.7 /p');
    expect((await getTls(port, header)).body).toContain('secure 192.0.2.7 /b');
    // A proxy's own check has none.
    expect(await answer(port, 'GET /q HTTP/1.0\r\n\r\n')).toContain('plain 127.0.0.1 /q');
  });

  it('is needed where it is required: nobody is greeted before', async () => {
    const { port, clock, gate, ssh, outcomes } = await open({ ...trusted, proxyProtocol: 'required' });
    const silent = dial(port);
    await until(() => gate.undecided === 1, { what: 'it to be there' });
    clock.advance(SILENT_MS);
    expect(ssh).toHaveLength(0);
    silent.socket.write(header);
    // Read, for the connection is the client's now, who may be silent in turn.
    await until(() => (clock.advance(SILENT_MS / 2), ssh.length === 1), { what: 'a greeting' });
    expect(await answer(port, 'GET / HTTP/1.0\r\n\r\n')).toBe('');
    expect(outcomes).toEqual(['ssh', 'bad-proxy-header']);
  });

  it('of nobody that is trusted is told apart, and not believed', async () => {
    const { port, outcomes } = await open();
    expect(await answer(port, `${header}GET / HTTP/1.0\r\n\r\n`)).toBe('This port speaks SSH, HTTPS and HTTP.\r\n');
    expect(outcomes).toEqual(['bad-proxy-header']);
  });
});

describe('TLS handshakes', () => {
  it('of one address cost so much CPU time, counted before it is spent, and none of it is what others have', async () => {
    const clock = new FakeClock();
    const spent: WorkKind[] = [];
    const work = new Work({
      clock,
      source: (address) => address,
      sizes: { 'tls-per-address': 4 },
      spent: (kind) => spent.push(kind),
    });
    const { port, outcomes } = await open({ work, proxyProtocol: 'optional', trustedProxies: ['127.0.0.1'] });
    const from = (address: string): string => `PROXY TCP4 ${address} 192.0.2.1 5555 443\r\n`;
    await getTls(port, from('192.0.2.7'));
    await getTls(port, from('192.0.2.7'));
    await expect(getTls(port, from('192.0.2.7'))).rejects.toThrow();
    await getTls(port, from('192.0.2.8'));
    expect(outcomes).toEqual(['tls', 'tls', 'over-work', 'tls']);
    expect(spent).toEqual(Array.from({ length: 3 }, () => 'tls-handshake'));
    clock.advance(WORK_WINDOW_MS);
    await getTls(port, from('192.0.2.7'));
  });
});

async function getTls(port: number, before = ''): Promise<{ body: string; protocol: string | null }> {
  const raw = connect(port, '127.0.0.1');
  stage.onClear(() => void raw.destroy());
  await once(raw, 'connect');
  if (before !== '') raw.write(before);
  const socket = connectTls({ socket: raw, servername: 'localhost', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ path: '/b', createConnection: () => socket }, resolve).on('error', reject);
  });
  return { body: Buffer.concat(await response.toArray()).toString(), protocol: socket.getProtocol() };
}
