import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from '#testing';
import { inspectRedis } from './inspect.js';
import { leastRights, PASSWORD } from './least-rights.fixture.js';
import { realClock } from './real-clock.fixture.js';

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(async () => {
  await server.stop();
});

const inspect = async (user = '', clock = realClock) =>
  await inspectRedis(
    { url: `redis://${user}127.0.0.1:${server.port}`, name: 'doctor' },
    { clock, startTimeoutMs: 5_000 },
  );

describe('what is to know of a Redis', () => {
  it('is its version, its settings and its clock, and leaves nothing behind', async () => {
    const { masters, refused, clockAheadMs, roundTripMs } = await inspect();
    expect(masters).toEqual([
      {
        id: 'master',
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
        evictionPolicy: 'noeviction',
        subscriberLimit: 32 * 1024 * 1024,
        idleSeconds: 0,
      },
    ]);
    expect(refused).toEqual([]);
    // One machine has one clock: what is between is the way there and back.
    expect(Math.abs(clockAheadMs)).toBeLessThanOrEqual(roundTripMs + 10);
    expect(await server.cli('dbsize')).toBe('0');
  });

  it('is how far the clocks are apart', async () => {
    const late = { ...realClock, now: () => realClock.now() - 60_000, monotonic: () => realClock.monotonic() };
    const { clockAheadMs } = await inspect('', Object.assign(Object.create(realClock) as typeof realClock, late));
    expect(Math.round(clockAheadMs / 1000)).toBe(60);
  });

  it('is that the least rights are enough, and settings cannot be asked for with them', async () => {
    await server.cli('acl', 'setuser', ...leastRights());
    const { masters, refused } = await inspect(`shipmate:${PASSWORD}@`);
    expect(refused).toEqual([]);
    expect(masters).toMatchObject([{ evictionPolicy: undefined, subscriberLimit: undefined }]);
    expect(await server.cli('dbsize')).toBe('0');
  });

  it('is which rights are missing', async () => {
    const rights = leastRights().filter((rule) => !['+zadd', '+xrevrange', '+time'].includes(rule));
    await server.cli('acl', 'setuser', 'poor', ...rights.slice(1), 'resetchannels', '&other:*');
    const { refused } = await inspect(`poor:${PASSWORD}@`);
    expect(refused).toEqual(['time', 'zadd', 'xrevrange', 'spublish', 'ssubscribe']);
  });
});
