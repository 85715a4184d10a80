import { afterEach, describe, expect, it } from 'vitest';
import type { ServerSettings } from './settings.js';
import { TestServer, until, type RawClient } from './ssh.fixture.js';

let running: TestServer | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

/** A server behind a proxy, at loopback, that announces clients. */
async function start(options: Partial<ServerSettings> = {}): Promise<TestServer> {
  running = await TestServer.start({ proxyProtocol: 'optional', trustedProxies: ['127.0.0.1'], ...options });
  return running;
}

/** A connection that the proxy brings for `address`. */
function come(server: TestServer, address: string): RawClient {
  const client = server.tcp();
  client.socket.write(`PROXY TCP4 ${address} 10.0.0.1 50000 2222\r\nSSH-2.0-x\r\n`);
  return client;
}

/** A private address stands for one client if a proxy announces it, and for many if it is the peer's own. */
describe.each(['203.0.113.7', '10.1.2.3'])('a client that a trusted proxy announces as %s', (address) => {
  it('may have so many connections without a session, and loses its oldest', async () => {
    const server = await start({ maxNewcomersPerAddress: 3 });
    for (let n = 0; n < 5; n++) {
      const client = server.tcp();
      await until('the greeting', () => client.received.length > 0);
    }
    for (let n = 0; n < 3; n++) {
      const client = come(server, address);
      await until('the greeting', () => client.received.length > 0);
    }
    expect(server.ends).toEqual([]);
    come(server, address);
    expect(await server.end(0)).toBe('too-many');
    expect(server.ends[0]?.info.address).toBe(address);
    expect(server.server.newcomers).toBe(8);
  });

  it('is told for how long it has to wait when its connections failed over and over', async () => {
    const server = await start();
    for (let n = 0; n < 4; n++) {
      come(server, address).socket.write(Buffer.alloc(64, 0xff));
      expect(await server.end(n)).toBe('protocol');
    }
    const client = come(server, address);
    await until('the sentence', () =>
      client.received.includes('Too many connections from your address failed: try again in'),
    );
    expect(await server.end(4)).toBe('turned-away');
  });
});
