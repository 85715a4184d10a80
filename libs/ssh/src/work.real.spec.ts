import { connect } from 'node:net';
import ssh2, { type Client } from 'ssh2';
import type Protocol from 'ssh2/lib/protocol/Protocol.js';
import { afterEach, describe, expect, it } from 'vitest';
import { Work, type WorkSizes } from '#kernel';
import { sshString } from '#keys';
import { certify, ed25519Key } from '#keys/fixtures';
import { exchangeKeys } from './raw-exchange.fixture.js';
import { connectSsh2, realClock, TestServer, until } from './ssh.fixture.js';

let running: TestServer | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

interface World {
  readonly server: TestServer;
  /** How often each was computed. */
  readonly computed: Record<string, number>;
}

/** A server whose clients may cost so much; what was used does not come back while a test lasts. */
async function start(sizes: Partial<WorkSizes>, reject = false): Promise<World> {
  const computed: Record<string, number> = {};
  const still = { ...realClock, monotonic: () => 0 };
  const work = new Work({
    clock: still,
    sizes,
    source: (address) => address,
    spent: (kind) => (computed[kind] = (computed[kind] ?? 0) + 1),
  });
  const options = { work, proxyProtocol: 'optional', trustedProxies: ['127.0.0.1'] } as const;
  running = await TestServer.start(options, reject ? { authenticate: () => 'reject' } : {});
  return { server: running, computed };
}

/** The parts of ssh2's client that exchange keys again, and write packets. */
interface Inside {
  readonly _protocol: Pick<Protocol, '_packetRW' | '_kexinit'> & {
    readonly _cipher: { encrypt(packet: Buffer): void };
    rekey(): void;
  };
}
const protocolOf = (client: Client): Inside['_protocol'] => (client as unknown as Inside)._protocol;

function send(client: Client, payload: Buffer): void {
  const { _packetRW: packets, _cipher: cipher } = protocolOf(client);
  const packet = packets.write.alloc(payload.length, true);
  packet.set(payload, packets.write.allocStartKEX);
  cipher.encrypt(packets.write.finalize(packet, true));
}

describe('a flood of new connections', () => {
  it('of one address costs so many key exchanges, and one of another address comes in', async () => {
    const { server, computed } = await start({ 'crypto-per-address': 10 });
    for (let n = 0; n < 20; n++) {
      const client = server.tcp();
      const agreed = await exchangeKeys(client, { kex: ['curve25519-sha256'] }).catch(() => false);
      expect(agreed).toBe(n < 5);
      if (n >= 5) expect(client.received.toString()).toContain('Your address makes the server compute too much');
      client.socket.destroy();
    }
    expect([computed['key-exchange'], server.negotiated.length]).toEqual([5, 0]);
    // It was refused for what others cost: that is no fault of a connection, and nobody has to wait for it.
    await until('all ends', () => server.ends.length === 20);
    expect(server.ends.slice(5).map(({ reason }) => reason)).toEqual(Array(15).fill('turned-away'));
    const socket = connect(server.port, '127.0.0.1');
    socket.write('PROXY TCP4 203.0.113.7 10.0.0.1 50000 2222\r\n');
    (await connectSsh2(server, 'TOKEN', { sock: socket })).destroy();
  });

  it('of all addresses costs so many, and whoever has a session stays', async () => {
    const { server, computed } = await start({ 'crypto-in-process': 6 });
    const joiner = await connectSsh2(server, 'TOKEN');
    joiner.shell(() => undefined);
    const seated = await server.joiner();
    for (let n = 0; n < 8; n++) {
      const client = server.tcp();
      client.socket.write(`PROXY TCP4 203.0.113.${n} 10.0.0.1 50000 2222\r\n`);
      await exchangeKeys(client, { kex: ['curve25519-sha256'] }).catch(() => false);
      client.socket.destroy();
    }
    expect(computed['key-exchange']).toBe(3);
    expect(seated.closed).toBeUndefined();
    joiner.destroy();
  });
});

describe('a flood of new keys', () => {
  it('of a session costs its connection so many, however many bytes it sends for them', async () => {
    const { server, computed } = await start({ 'crypto-per-connection': 8 });
    const client = await connectSsh2(server, 'TOKEN');
    const errors: string[] = [];
    client.on('error', (error) => errors.push(error.message));
    client.shell(() => undefined);
    const joiner = await server.joiner();
    const protocol = protocolOf(client);
    await until('the end', () => {
      if (protocol._kexinit === undefined) protocol.rekey();
      return joiner.closed;
    });
    expect(joiner.closed).toBe('limit');
    expect([computed['key-exchange'], server.negotiated.length]).toEqual([4, 4]);
    client.destroy();
  });
});

describe('a flood of keys', () => {
  it('with signatures costs an address so many checks', async () => {
    const { server, computed } = await start({ 'crypto-per-address': 22 }, true);
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    const login = async (): Promise<void> => {
      await connectSsh2(server, 'TOKEN', { privateKey: pair.private }).catch(() => undefined);
    };
    for (let n = 0; n < 12; n++) await login();
    // The last client may know before the server.
    await until('all ends', () => server.ends.length === 12);
    const checked = server.attempts.filter(({ signed }) => signed).length;
    expect(2 * (computed['key-exchange'] ?? 0) + (computed['signature'] ?? 0)).toBeLessThanOrEqual(22);
    expect(checked).toBeLessThanOrEqual(computed['signature'] ?? 0);
    expect(server.ends.at(-1)?.reason).toBe('turned-away');
  });

  it('of certificates without signatures costs a check each: that of their authority', async () => {
    const { server, computed } = await start({ 'crypto-per-connection': 7 }, true);
    const client = new ssh2.Client();
    client.on('error', () => undefined);
    const probe = Buffer.concat([
      Buffer.of(50),
      ...['TOKEN', 'ssh-connection', 'publickey'].map((text) => sshString(text)),
      Buffer.of(0),
      sshString('ssh-ed25519-cert-v01@openssh.com'),
      sshString(certify(ed25519Key(), ed25519Key())),
    ]);
    client.connect({
      host: '127.0.0.1',
      port: server.port,
      username: 'TOKEN',
      authHandler: () => {
        for (let n = 0; n < 7; n++) send(client, probe);
        // It has more to say in a moment, as far as ssh2 knows.
        return undefined;
      },
    });
    expect(await server.end()).toBe('limit');
    expect([computed['key-exchange'], computed['signature']]).toEqual([1, 5]);
    expect(server.attempts.filter(({ method }) => method === 'publickey')).toHaveLength(5);
    client.destroy();
  });
});
