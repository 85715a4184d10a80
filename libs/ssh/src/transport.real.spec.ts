import { deflateRawSync, deflateSync, constants as zlibConstants } from 'node:zlib';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import zlib from 'ssh2/lib/protocol/zlib.js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Transport } from './transport.js';
import { MAX_INFLATED_BYTES, SmallInflate } from './small-inflate.js';
import { exchangeKeys } from './raw-exchange.fixture.js';
import { connectSsh2, Running, TestServer, until } from './ssh.fixture.js';

let running: TestServer | undefined;
const clients: Running[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.kill();
  await running?.stop();
  running = undefined;
});

async function start(...args: Parameters<typeof TestServer.start>): Promise<TestServer> {
  running = await TestServer.start(...args);
  return running;
}

describe('compression', () => {
  it.each([
    ['OpenSSH -C', 'zlib@openssh.com'],
    ['a client with plain zlib', 'zlib'],
  ])('%s: from the client only, never to it', async (_, compress) => {
    const server = await start();
    let seen = '';
    if (compress === 'zlib') {
      const client = await connectSsh2(server, 'TOKEN', { algorithms: { compress: ['zlib', 'none'] } });
      client.shell((_error, stream) => {
        stream.on('data', (chunk: Buffer) => (seen += chunk.toString()));
        stream.write('typed '.repeat(20_000));
      });
    } else {
      const client = server.ssh('TOKEN', ['-tt', '-C']);
      clients.push(client);
      client.type('typed '.repeat(20_000));
      client.child.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    }
    const joiner = await server.joiner();
    expect(server.negotiated[0]).toMatchObject({ cs: { compress }, sc: { compress: 'none' } });
    joiner.channel.write(Buffer.from('seen'));
    await until('what was typed', () => Buffer.concat(joiner.typed).toString() === 'typed '.repeat(20_000));
    await until('what is seen', () => seen === 'seen');
    joiner.channel.exit(0);
    await server.end();
  });

  it('continues across a new key exchange', async () => {
    const server = await start();
    const client = server.ssh('TOKEN', ['-tt', '-C', '-o', 'RekeyLimit=1M']);
    clients.push(client);
    const joiner = await server.joiner();
    const text = Array.from({ length: 40_000 }, (_, n) => String.fromCharCode(33 + ((n * n * 7919) % 90))).join('');
    for (let n = 0; n < 10; n++) client.type(text);
    for (let n = 0; n < 300; n++) {
      await until('ready', () => joiner.channel.ready);
      joiner.channel.write(Buffer.alloc(10_000, 'y'));
    }
    await until('all typed', () => Buffer.concat(joiner.typed).length === 10 * text.length);
    expect(Buffer.concat(joiner.typed).toString()).toBe(text.repeat(10));
    await until('all seen', () => client.stdout.length === 3_000_000);
    await until('key exchanges', () => server.negotiated.length > 1);
  });
});

describe('SmallInflate', () => {
  const { Z_SYNC_FLUSH } = zlibConstants;
  const packet = (text: string): Buffer => deflateSync(text, { finishFlush: Z_SYNC_FLUSH });

  it('keeps what it gave, while it and others go on', () => {
    const [one, two] = [new SmallInflate(), new SmallInflate()];
    const texts = Array.from({ length: 60 }, (_, n) => `${n} `.repeat(700));
    const first = texts.slice(0, 30).map((text) => Buffer.from(new SmallInflate().read(packet(text))));
    const kept = [one.read(packet('first')), two.read(packet('second'))];
    const rest = texts.map((text) => [text, new SmallInflate().read(packet(text))] as const);
    expect(kept.map(String)).toEqual(['first', 'second'].map((text) => String(Buffer.from(text))));
    for (const [text, bytes] of rest) expect(Buffer.from(bytes).toString()).toBe(text);
    expect(first[29]?.toString()).toBe(texts[29]);
    one.cleanup();
    one.cleanup();
    expect(() => one.read(packet('x'))).toThrow();
  });

  it('bounds what a packet may become', () => {
    expect(() => new SmallInflate().read(packet('\0'.repeat(20 * MAX_INFLATED_BYTES)))).toThrow(/exceeded/);
    expect(new SmallInflate().read(packet('x'.repeat(33_000)))).toHaveLength(33_000);
    // and another connection's reader is not affected
    expect(String(new SmallInflate().read(packet('fine')))).toBe('fine');
  });

  it('throws at what is not deflated', () => {
    expect(() => new SmallInflate().read(Buffer.from('not deflated'))).toThrow();
    expect(() => new SmallInflate().read(deflateRawSync('raw'))).toThrow();
  });

  it('fits the reader of the ssh2 that is installed', () => {
    const reader = new zlib.ZlibPacketReader();
    expect(Object.keys(reader._zlib)).toEqual(
      expect.arrayContaining(['_chunkSize', '_maxOutputLength', '_outBuffer', '_outOffset']),
    );
    expect(reader.constructor.name).toBe('ZlibPacketReader');
  });
});

describe('the offer', () => {
  it('comes with the identification, before the client says anything, and once', async () => {
    const server = await start();
    const client = server.tcp();
    await until('the offer', () => client.received.includes('kex-strict-s-v00@openssh.com'));
    expect(client.received.toString('latin1')).toMatch(/^SSH-2\.0-shipmate\r\n/);
    const offered = client.received.length;
    expect(await exchangeKeys(client, { kex: ['curve25519-sha256'] })).toBe(true);
    expect(client.received.indexOf('kex-strict-s-v00@openssh.com', offered)).toBe(-1);
    client.socket.destroy();
  });
});

describe('ssh2', () => {
  it('is the version whose inner parts were read', () => {
    // Another one may be as good: read what transport.ts and ssh2-internals.d.ts say of it, then change this line.
    const { version } = createRequire(import.meta.url)('ssh2/package.json') as { version: string };
    expect(version).toBe('1.17.0');
  });

  it('lets go of the secrets of the handshake', async () => {
    const server = await start();
    const client = server.ssh('TOKEN', ['-tt']);
    clients.push(client);
    const forgotten = vi.spyOn(Transport.prototype, 'acceptUser').mockImplementationOnce(function (this: Transport) {
      const exchange = this.protocol._kex;
      // ssh2 has put both there, or the names have changed
      expect(Object.keys(exchange ?? {})).toEqual(expect.arrayContaining(['_keys', 'finish']));
      expect(exchange).toMatchObject({ _keys: undefined, finish: undefined });
      this.protocol.authSuccess();
    });
    await server.joiner();
    expect(forgotten).toHaveBeenCalled();
    forgotten.mockRestore();
  });
});

describe('the stock tmate client', () => {
  it('comes in as a host by its fingerprints, compressed one way, and its messages flow', async () => {
    const server = await start();
    const socket = `${server.directory}/tmate.sock`;
    const config = `${server.directory}/tmate.conf`;
    const { ed25519, rsa } = server.hostKeys.fingerprints;
    mkdirSync(`${server.directory}/home`);
    writeFileSync(
      config,
      [
        'set -g tmate-server-host 127.0.0.1',
        `set -g tmate-server-port ${server.port}`,
        `set -g tmate-server-ed25519-fingerprint "${ed25519}"`,
        `set -g tmate-server-rsa-fingerprint "${rsa}"`,
      ].join('\n'),
    );
    const env = { ...process.env, HOME: `${server.directory}/home`, TERM: 'xterm-256color' };
    const tmate = (...args: string[]): Running =>
      new Running(spawn('tmate', ['-S', socket, '-f', config, ...args], { env }));
    const starter = tmate('new-session', '-d', 'sleep 1000');
    try {
      await starter.exit;
      const host = await server.host();
      expect(host.info).toMatchObject({ user: 'tmate', term: undefined, publicKey: undefined });
      expect(host.info.clientVersion).toMatch(/^libssh/);
      expect(server.negotiated[0]).toMatchObject({ cs: { compress: 'zlib@openssh.com' }, sc: { compress: 'none' } });
      // HEADER: an array of three, type 0, protocol 6, version (tmate protocol 6)
      await until('the HEADER', () => Buffer.concat(host.received).includes('2.4.0'));
      expect([...Buffer.concat(host.received).subarray(0, 3)]).toEqual([0x93, 0, 6]);
      // SET_ENV: [4, "tmate_ssh", "x"]; readable at the host
      host.channel.write(Buffer.from('\x93\x04\xa9tmate_ssh\xa5hello', 'latin1'));
      // SET_ENV is handled when the host's loop comes to it: ask until it has.
      for (let shown = ''; shown !== 'hello\n';) {
        const display = tmate('display', '-p', '#{tmate_ssh}');
        await display.exit;
        shown = display.stdout;
      }
      host.channel.close();
      await until('the close', () => host.closed);
    } finally {
      await tmate('kill-server').exit;
    }
  });
});
