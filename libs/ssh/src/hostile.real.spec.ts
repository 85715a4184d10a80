import { connect, type Socket } from 'node:net';
import ssh2, { type CipherAlgorithm, type MacAlgorithm } from 'ssh2';
import type Protocol from 'ssh2/lib/protocol/Protocol.js';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { MIN_PACKET_BYTES } from './channel-sender.js';
import { classifyError, type DisconnectReason } from './disconnect-reason.js';
import { Keepalive } from './keepalive.js';
import { IDENTIFICATION } from './transport.js';
import { connectSsh2, TestServer, until } from './ssh.fixture.js';

interface Cipher {
  encrypt(packet: Buffer): void;
}

let running: TestServer | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function start(...args: Parameters<typeof TestServer.start>): Promise<TestServer> {
  running = await TestServer.start(...args);
  return running;
}

describe('what is no SSH client', () => {
  it.each<[string, (string | Buffer)[], DisconnectReason]>([
    ['a browser', ['GET / HTTP/1.1\r\nHost: x\r\n\r\n'], 'not-ssh'],
    ['TLS', [Buffer.from([0x16, 3, 1, 2, 0, 1, 0])], 'not-ssh'],
    ['a line without an end', ['SSH-2.0-', 'x'.repeat(300)], 'not-ssh'],
    ['noise after a right beginning', ['SSH-2.0-nmap\r\n', Buffer.alloc(64, 0xff)], 'protocol'],
    ['zeros', ['SSH-2.0-x\r\n', Buffer.alloc(4096)], 'protocol'],
    ['SSH 1', ['SSH-1.5-old\r\n'], 'not-ssh'],
    [
      'a half of a key before the KEXINIT',
      ['SSH-2.0-x\r\n', Buffer.from([0, 0, 0, 12, 6, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
      'protocol',
    ],
  ])('%s is let go of without a fault', async (_, parts, reason) => {
    const server = await start();
    const client = server.tcp();
    for (const part of parts) client.socket.write(part);
    await until('the close', () => client.closed);
    expect(await server.end()).toBe(reason);
    expect(server.errors).toEqual([]);
    await until('nothing left', () => server.server.connections === 0 && server.server.newcomers === 0);
  });

  it('a client that comes and goes, or resets, is no fault either', async () => {
    const server = await start();
    const polite = server.tcp();
    await until('the greeting', () => polite.received.toString().includes(`SSH-2.0-${IDENTIFICATION}`));
    polite.socket.end();
    expect(await server.end(0)).toBe('closed-by-peer');
    const rude = server.tcp();
    await until('the greeting', () => rude.received.length > 0);
    rude.socket.resetAndDestroy();
    expect(await server.end(1)).toBe('reset');
    expect(server.errors).toEqual([]);
  });

  it('one that sends its identification byte by byte is heard', async () => {
    const server = await start();
    const client = server.tcp();
    for (const byte of 'SSH-2.0-slow\r\n') {
      client.socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    // Behind the identification the server sends its KEXINIT, with its algorithms in plain text.
    await until('the key exchange', () => client.received.includes('curve25519-sha256'));
    expect(client.received.toString('latin1')).not.toMatch(/sha1|cbc|md5|ssh-rsa|ssh-dss|arcfour/);
    client.socket.destroy();
  });
});

describe('a client without a session', () => {
  it('has the time of the handshake, and no more', async () => {
    const clock = new FakeClock();
    const server = await start({ clock, handshakeTimeoutMs: 20_000 });
    const silent = server.tcp();
    await until('the greeting', () => silent.received.length > 0);
    const idle = await connectSsh2(server, 'TOKEN'); // logs in, and asks for nothing
    idle.on('error', () => undefined);
    clock.advance(20_000);
    await until('both out', () => server.ends.length === 2);
    expect(server.ends.map(({ reason }) => reason)).toEqual(['handshake-timeout', 'handshake-timeout']);
    await until('the close', () => silent.closed);
  });

  it('cannot keep a login from elsewhere out', async () => {
    const server = await start({ maxNewcomers: 3 });
    const flood = Array.from({ length: 5 }, () => server.tcp());
    await until('the oldest gone', () => flood.filter(({ closed }) => closed).length === 2);
    expect(server.server.newcomers).toBe(3);
    expect(server.ends.map(({ reason }) => reason)).toEqual(['too-many', 'too-many']);
    const client = await connectSsh2(server, 'TOKEN');
    client.shell(() => undefined);
    await server.joiner();
    client.destroy();
  });

  it('is turned away when there is no place left', async () => {
    const server = await start({ maxConnections: 1 });
    const first = server.tcp();
    await until('the first', () => first.received.length > 0);
    const second = server.tcp();
    await until('the second out', () => second.closed);
    expect(first.closed).toBe(false);
  });

  it('may not open a channel before it has logged in', async () => {
    const server = await start();
    const client = new ssh2.Client();
    client.on('error', () => undefined);
    client.once('handshake', () => {
      const { _protocol } = client as unknown as { _protocol: { session(id: number, w: number, p: number): void } };
      _protocol.session(0, 1000, 1000);
    });
    client.connect({ host: '127.0.0.1', port: server.port, username: 'TOKEN' });
    expect(await server.end()).toBe('protocol');
    client.destroy();
  });
});

describe('a channel', () => {
  const openChannel = async (server: TestServer, packetBytes: number): Promise<Error | undefined> => {
    const client = await connectSsh2(server, 'TOKEN');
    const { _protocol: protocol } = client as unknown as {
      _protocol: { session(channel: number, window: number, packet: number): void };
    };
    const open = protocol.session.bind(protocol);
    protocol.session = (channel) => open(channel, 2 ** 31 - 1, packetBytes);
    const failure = await new Promise<Error | undefined>((resolve) => client.shell((error) => resolve(error)));
    client.destroy();
    return failure;
  };

  it.each([0, 1, MIN_PACKET_BYTES - 1])('of packets of %i bytes is not opened', async (packetBytes) => {
    const server = await start();
    const failure = await openChannel(server, packetBytes);
    expect(failure?.message).toContain(`packets of at least ${MIN_PACKET_BYTES} bytes`);
    expect(server.joined).toEqual([]);
  });

  it.each([0, 4, 11, 15, 19, 22])(
    'is not opened by a request of only %i bytes, and that is no fault of ours',
    async (bytes) => {
      const server = await start();
      const client = await connectSsh2(server, 'TOKEN');
      client.on('error', () => undefined);
      const { _protocol } = client as unknown as { _protocol: Pick<Protocol, '_packetRW'> & { _cipher: Cipher } };
      const { write } = _protocol._packetRW;
      // CHANNEL_OPEN, then type, sender, window and packet size, cut short.
      const whole = Buffer.concat([Buffer.from([90, 0, 0, 0, 7]), Buffer.from('session'), Buffer.alloc(12, 1)]);
      const packet = write.alloc(bytes + 1, true);
      packet.set(whole.subarray(0, bytes + 1), write.allocStartKEX);
      _protocol._cipher.encrypt(write.finalize(packet, true));
      expect(await server.end()).toBe('protocol');
      expect(server.errors).toEqual([]);
      client.destroy();
    },
  );

  it('of the smallest packets is', async () => {
    const server = await start();
    expect(await openChannel(server, MIN_PACKET_BYTES)).toBeUndefined();
  });
});

describe('a packet that was changed on its way', () => {
  // The ciphers fail with different messages, depending on whether ssh2's native part is used.
  it.each<[cipher: CipherAlgorithm, mac: MacAlgorithm]>([
    ['chacha20-poly1305@openssh.com', 'hmac-sha2-256'],
    ['aes128-gcm@openssh.com', 'hmac-sha2-256'],
    ['aes256-gcm@openssh.com', 'hmac-sha2-256'],
    ['aes128-ctr', 'hmac-sha2-256-etm@openssh.com'],
    ['aes256-ctr', 'hmac-sha2-512'],
  ])('ends the connection without a fault: %s, %s', async (cipher, mac) => {
    const server = await start();
    const socket = connect(server.port, '127.0.0.1');
    const algorithms = { cipher: [cipher], hmac: [mac] };
    const client = await connectSsh2(server, 'TOKEN', { sock: socket, algorithms });
    client.on('error', () => undefined);
    const write = socket.write.bind(socket);
    socket.write = (bytes: Uint8Array | string) => {
      const changed = Buffer.from(bytes as Uint8Array);
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
      return write(changed);
    };
    client.shell(() => undefined);
    expect(await server.end()).toBe('protocol');
    expect(server.errors).toEqual([]);
    client.destroy();
  });
});

describe('whom the owner does not want', () => {
  it('is told why, before any key is exchanged', async () => {
    const asked: string[] = [];
    running = await TestServer.start(
      { proxyProtocol: 'optional', trustedProxies: ['127.0.0.1'] },
      { turnAway: ({ address }) => (asked.push(address), address === '127.0.0.1' ? 'Not from here.' : undefined) },
    );
    const client = running.ssh('TOKEN', ['-tt']);
    await until('ssh to give up', () => client.stderr.includes('Not from here.'));
    expect(await running.end()).toBe('turned-away');
    const raw = running.tcp();
    raw.socket.write('SSH-2.0-x\r\n');
    await until('the goodbye', () => raw.received.includes('Not from here.'));
    expect(await running.end(1)).toBe('turned-away');
    expect(asked).toEqual(['127.0.0.1', '127.0.0.1']);
    expect([running.negotiated, running.attempts, running.errors]).toEqual([[], [], []]);
    // Whose connection it is, is known by then.
    const socket = connect(running.port, '127.0.0.1');
    socket.write('PROXY TCP4 203.0.113.7 10.0.0.1 50000 2222\r\n');
    const other = await connectSsh2(running, 'TOKEN', { sock: socket });
    expect(asked[2]).toBe('203.0.113.7');
    other.destroy();
    await until('nothing left', () => running?.server.connections === 0);
  });
});

describe('a PROXY header', () => {
  it('from a peer that is not a trusted proxy ends the connection if it is required', async () => {
    const server = await start({ proxyProtocol: 'required', trustedProxies: ['192.0.2.0/24'] });
    for (const first of ['PROXY TCP4 203.0.113.7 10.0.0.1 50000 2222\r\nSSH-2.0-x\r\n', 'SSH-2.0-x\r\n']) {
      const liar = server.tcp();
      liar.socket.write(first);
      await until('the close', () => liar.closed);
      expect(liar.received.toString()).toBe('');
    }
    expect(server.ends.map(({ reason, info }) => [reason, info.address])).toEqual([
      ['bad-proxy-header', '127.0.0.1'],
      ['bad-proxy-header', '127.0.0.1'],
    ]);
  });

  it('names the client, where it is required', async () => {
    const server = await start({ proxyProtocol: 'required', trustedProxies: ['127.0.0.1'] });
    const socket = connect(server.port, '127.0.0.1');
    socket.write('PROXY TCP4 203.0.113.7 10.0.0.1 50000 2222\r\n');
    const client = await connectSsh2(server, 'TOKEN', { sock: socket });
    client.shell(() => undefined);
    const { info } = await server.joiner();
    expect(info).toMatchObject({ address: '203.0.113.7', port: 50000 });
    expect(server.attempts[0]?.address).toBe('203.0.113.7');
    client.destroy();
    const bare = server.tcp();
    bare.socket.write('SSH-2.0-direct\r\n');
    await until('the close', () => bare.closed);
    expect(bare.received.toString()).toBe('');
    await until('its reason', () => server.ends.some(({ reason }) => reason === 'bad-proxy-header'));
  });

  it('is optional for a trusted proxy, and nothing but noise from others', async () => {
    const server = await start({ proxyProtocol: 'optional', trustedProxies: ['127.0.0.1'] });
    const client = await connectSsh2(server, 'TOKEN');
    client.shell(() => undefined);
    expect((await server.joiner()).info.address).toBe('127.0.0.1');
    client.destroy();
    await server.stop();
    const strict = await start({ proxyProtocol: 'optional', trustedProxies: ['192.0.2.0/24'] });
    const liar = strict.tcp();
    liar.socket.write('PROXY TCP4 203.0.113.7 10.0.0.1 50000 2222\r\nSSH-2.0-x\r\n');
    expect(await strict.end()).toBe('bad-proxy-header');
  });

  it('is believed of nobody by default', async () => {
    for (const proxyProtocol of ['off', 'optional', 'required'] as const) {
      const server = await start({ proxyProtocol });
      const liar = server.tcp();
      liar.socket.write('PROXY TCP4 203.0.113.7 10.0.0.1 50000 2222\r\nSSH-2.0-x\r\n');
      expect(await server.end()).toBe('bad-proxy-header');
      expect(server.ends[0]?.info.address).toBe('127.0.0.1');
      await server.stop();
    }
  });
});

describe('keepalive', () => {
  it('measures the round trip of those who answer', async () => {
    const server = await start({ keepaliveMs: 50 });
    const client = server.ssh('TOKEN', ['-tt']);
    await server.joiner();
    await until('three samples', () => server.rtts.length >= 3);
    for (const seconds of server.rtts) {
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(5);
    }
    await client.kill();
  });

  it('lets go of a host that answers nothing', async () => {
    const server = await start({ keepaliveMs: 60 });
    const client = await connectSsh2(server, 'tmate');
    client.subsys('tmate', () => undefined);
    const host = await server.host();
    const { _sock: socket } = client as unknown as { _sock: Socket };
    socket.pause();
    await until('the end', () => host.closed);
    expect(host.closed).toBe('keepalive');
    client.destroy();
  });

  it('counts turns, forgives with any sign of life, and has one question on its way', () => {
    const keepalive = new Keepalive();
    const turns = (count: number): string[] => Array.from({ length: count }, (_, n) => keepalive.turn(n * 1000));
    expect(turns(4)).toEqual(['ask', 'quiet', 'quiet', 'lost']);
    keepalive.heard();
    expect(turns(3)).toEqual(['quiet', 'quiet', 'quiet']);
    expect(keepalive.answered(3250)).toBe(3250);
    expect(keepalive.answered(3250)).toBeUndefined();
    expect(keepalive.turn(4000)).toBe('ask');
    expect(keepalive.answered(4040)).toBe(40);
  });
});

describe('classifyError', () => {
  const withCode = (code: string): Error => Object.assign(new Error(code), { code });
  it.each<[unknown, DisconnectReason]>([
    [withCode('ECONNRESET'), 'reset'],
    [withCode('EPIPE'), 'reset'],
    [withCode('ETIMEDOUT'), 'reset'],
    [withCode('EHOSTUNREACH'), 'reset'],
    [new Error('Handshake failed: no matching key exchange algorithm'), 'no-common-algorithm'],
    [new Error('Invalid identification string'), 'not-ssh'],
    [new Error('Bad packet length'), 'protocol'],
    [new Error('Invalid MAC'), 'protocol'],
    [Object.assign(new Error('Inbound: whatever'), { level: 'protocol' }), 'protocol'],
    [new Error('Output length exceeded maximum of 65536'), 'protocol'],
    [new Error('incorrect header check'), 'protocol'],
    [new TypeError('cannot read properties of undefined'), 'internal'],
    ['a string', 'internal'],
  ])('%s: %s', (error, reason) => {
    expect(classifyError(error)).toBe(reason);
  });
});

describe('time', () => {
  it('is the clock it was given', async () => {
    const clock = new FakeClock();
    running = await TestServer.start({ clock, handshakeTimeoutMs: 20_000 });
    const server = running;
    const client = server.tcp();
    await until('the greeting', () => client.received.length > 0);
    clock.advance(19_999);
    expect(server.ends).toEqual([]);
    clock.advance(1);
    expect(server.ends.map(({ reason }) => reason)).toEqual(['handshake-timeout']);
    clock.advance(5000);
    await until('the close', () => client.closed);
  });
});
