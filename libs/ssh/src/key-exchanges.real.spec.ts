import type { Socket } from 'node:net';
import type { Client, ClientChannel } from 'ssh2';
import fc from 'fast-check';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { TOO_MANY_REKEYS } from './rekey-allowance.js';
import { answerHybrid, encapsulateInScript, encapsulateNatively } from './hybrid-exchange.js';
import { MAX_WAITING_BYTES } from './joiner-channel.js';
import { exchangeKeys } from './raw-exchange.fixture.js';
import { REKEY_BURST, REKEY_EARNED_BYTES, REKEY_EARNED_MS, RekeyAllowance } from './rekey-allowance.js';
import { readKexInit, withKex } from './kex-init.js';
import { connectSsh2, Running, TestServer, until, type Joined } from './ssh.fixture.js';

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

/** The parts of ssh2's client that make it exchange keys again. */
interface Rekeying {
  readonly _protocol: {
    rekey(): void;
    readonly _kexinit: unknown;
    session(channel: number, window: number, packet: number): void;
  };
  readonly _sock: Socket;
}
const protocolOf = (client: Client): Rekeying['_protocol'] => (client as unknown as Rekeying)._protocol;
const socketOf = (client: Client): Socket => (client as unknown as Rekeying)._sock;

describe('an exchange by the book', () => {
  it.each([
    ['mlkem768x25519-sha256 and what others there are', ['mlkem768x25519-sha256', 'curve25519-sha256'], false],
    ['mlkem768x25519-sha256, guessed', ['mlkem768x25519-sha256', 'curve25519-sha256'], true],
    ['one that the server knows not, guessed', ['sntrup761x25519-sha512', 'mlkem768x25519-sha256'], true],
    ['curve25519-sha256', ['curve25519-sha256'], false],
    ['curve25519-sha256, guessed', ['curve25519-sha256', 'mlkem768x25519-sha256'], true],
  ])('agrees with: %s', async (_, kex, guess) => {
    const server = await start();
    const client = server.tcp();
    expect(await exchangeKeys(client, { kex, guess })).toBe(true);
    client.socket.destroy();
  });

  it('refuses a share that is no key', async () => {
    const kem = ml_kem768.keygen().publicKey;
    const x25519 = Buffer.alloc(32, 9);
    expect(answerHybrid(Buffer.concat([kem, x25519])).share).toHaveLength(1088 + 32);
    for (const share of [
      Buffer.alloc(0),
      Buffer.concat([kem, x25519.subarray(1)]),
      // Numbers above ML-KEM's modulus (FIPS 203 7.2), and a point of X25519 that gives no secret.
      Buffer.concat([Buffer.alloc(1184, 0xff), x25519]),
      Buffer.concat([kem, Buffer.alloc(32)]),
    ]) {
      expect(() => answerHybrid(share)).toThrow();
    }
  });

  it.runIf(encapsulateNatively !== undefined)('is the same by Node as by script', () => {
    for (const encapsulate of [encapsulateNatively ?? encapsulateInScript, encapsulateInScript]) {
      const { publicKey, secretKey } = ml_kem768.keygen();
      const { cipherText, sharedSecret } = encapsulate(publicKey);
      expect(Buffer.from(ml_kem768.decapsulate(cipherText, secretKey))).toEqual(Buffer.from(sharedSecret));
      expect(() => encapsulate(Buffer.alloc(1184, 0xff))).toThrow();
    }
  });
});

describe('a new key exchange', () => {
  it('over and over, end the connection with a sentence', async () => {
    const server = await start();
    const client = await connectSsh2(server, 'TOKEN');
    const errors: string[] = [];
    client.on('error', (error) => errors.push(error.message));
    client.shell(() => undefined);
    await server.joiner();
    const protocol = protocolOf(client);
    await until('the end', () => {
      if (protocol._kexinit === undefined) protocol.rekey();
      return server.ends.length > 0;
    });
    expect(server.ends[0]?.reason).toBe('limit');
    // The first, and those of the burst.
    expect(server.negotiated).toHaveLength(1 + REKEY_BURST);
    client.destroy();
  });

  it('are told what would be right', async () => {
    const server = await start();
    const client = server.ssh('TOKEN', ['-tt', '-o', 'RekeyLimit=16']);
    clients.push(client);
    const { channel } = await server.joiner();
    // Each of ssh's keys lasts for 16 bytes, and what it is sent is more.
    await until('ssh to give up', () => {
      channel.write(Buffer.from('0123456789abcdef'));
      return client.stderr.includes(TOO_MANY_REKEYS);
    });
  });

  /** A joiner whose client asks for new keys and then does nothing for them; it has a window of 4 GiB. */
  async function stallExchange(server: TestServer): Promise<{ client: Client; joiner: Joined; seen: () => string }> {
    const client = await connectSsh2(server, 'TOKEN');
    client.on('error', () => undefined);
    const protocol = protocolOf(client);
    const open = protocol.session.bind(protocol);
    protocol.session = (channel, _, packet) => open(channel, 2 ** 32 - 1, packet);
    let text = '';
    const stream = await new Promise<ClientChannel>((resolve) => client.shell((_, opened) => resolve(opened)));
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const joiner = await server.joiner();
    protocol.rekey();
    socketOf(client).pause();
    // Until what is written has to wait for the new keys.
    for (let n = 0; joiner.channel.held < 1024; n++) {
      joiner.channel.write(Buffer.from(`${n} `.padStart(1024)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(joiner.channel.ready).toBe(false);
    return { client, joiner, seen: () => text };
  }

  it('hold up a joiner as a full line does, and what waited for them comes after them', async () => {
    const server = await start();
    const { client, joiner, seen } = await stallExchange(server);
    const written = joiner.channel.unacknowledged;
    expect(joiner.closed).toBeUndefined();
    // What waits in ssh2 for the new keys is what its owner counts for this joiner.
    expect(joiner.channel.held).toBeGreaterThanOrEqual(1024);
    socketOf(client).resume();
    await until('the new keys', () => server.negotiated.length === 2);
    await until('ready again', () => joiner.channel.ready);
    await until('nothing held', () => joiner.channel.held === 0);
    await until('all of it', () => seen().length === written);
    expect(seen().trim().split(/ +/)).toEqual(Array.from({ length: written / 1024 }, (_, n) => String(n)));
    client.destroy();
  });

  it('must be exchanged in time', async () => {
    const clock = new FakeClock();
    const server = await start({ clock, handshakeTimeoutMs: 20_000 });
    const { client, joiner } = await stallExchange(server);
    clock.advance(20_000);
    await until('the end', () => joiner.closed);
    expect(joiner.closed).toBe('handshake-timeout');
    client.destroy();
  });

  it('are waited for with a megabyte of unread frames at most', async () => {
    const server = await start();
    const { client, joiner } = await stallExchange(server);
    joiner.channel.write(Buffer.alloc(MAX_WAITING_BYTES));
    expect(joiner.closed).toBe('limit');
    client.destroy();
  });

  it('are free again with time and with bytes', () => {
    const allowance = new RekeyAllowance(0);
    const taken = (count: number, nowMs: number): boolean[] =>
      Array.from({ length: count }, () => allowance.take(nowMs));
    expect(taken(REKEY_BURST + 1, 0)).toEqual([...Array<boolean>(REKEY_BURST).fill(true), false]);
    expect(taken(2, REKEY_EARNED_MS)).toEqual([true, false]);
    allowance.passed(REKEY_EARNED_BYTES);
    expect(taken(2, REKEY_EARNED_MS)).toEqual([true, false]);
  });
});

describe('KEXINIT', () => {
  it('of any bytes is read without a fault, and changed only in its first list', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const read = readKexInit(bytes);
        if (read === undefined) return;
        const changed = readKexInit(withKex(read, 'x'));
        expect(changed).toMatchObject({ kex: ['x', ...read.kex], serverHostKey: read.serverHostKey });
        expect(changed?.firstFollows).toBe(read.firstFollows);
      }),
    );
  });
});
