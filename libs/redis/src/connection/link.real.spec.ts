import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer, until } from '#testing';
import { Link } from './link.js';
import { realClock } from '../real-clock.fixture.js';

describe('a connection to Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(async () => {
    await server.stop();
  });

  it("sends a tick's first command at once and the others with one write at its end, in their order", async () => {
    const login = { username: undefined, password: undefined, db: 0, name: 'test', tls: undefined };
    const locate = async (): Promise<{ host: string; port: number }> => ({ host: '127.0.0.1', port: server.port });
    const link = new Link({ clock: realClock, observer: {} }, { login, cluster: false, locate });
    link.start();
    await until(() => link.up, { what: 'the connection' });
    const stream = link.redis?.stream;
    if (stream === undefined) throw new Error('there is no connection');
    for (let round = 0; round < 2; round++) {
      const before = stream.bytesWritten;
      const replies = [link.call('echo', '1')];
      expect([stream.bytesWritten - before > 0, stream.writableCorked]).toEqual([true, 0]);
      replies.push(link.call('echo', '2'), link.call('echo', '3'));
      expect(stream.writableCorked).toBe(1);
      expect(await Promise.all(replies)).toEqual(['1', '2', '3']);
      expect(stream.writableCorked).toBe(0);
    }
    link.close();
  });
});
