import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StoreStep } from '#redis/simulated';
import { play } from './run.js';
import { drawSchedule } from './schedule.js';
import { Twin } from './twin.js';

let twin: Twin;
beforeAll(async () => void (twin = await Twin.start()));
afterAll(async () => await twin.stop());

it('answers what a fleet asks of its Redis as the simulated one does, through failovers and lost keys', async () => {
  const faults = ['redis-failover', 'keys-evicted', 'redis-emptied', 'host-moves', 'redis-clock-jumps'] as const;
  const { violation, compared } = await play(drawSchedule(3, { faults }), { twin });
  expect(violation).toBeUndefined();
  expect(compared).toBeGreaterThan(200);
});

it('finds where it does not, ends of keys too', async () => {
  const ran = (nowMs: number, reply: unknown, ...args: string[]): StoreStep => {
    return { kind: 'ran', nowMs, lua: undefined, keys: args.slice(1, 2), args, reply };
  };
  const steps = [ran(1000, 'OK', 'set', 'key', 'value', 'PX', '5000'), ran(3000, 3000, 'pttl', 'key')];
  expect(await twin.play([...steps, ran(5999, 'value', 'get', 'key'), ran(6000, null, 'get', 'key')])).toBeUndefined();
  expect(await twin.play([...steps, ran(5999, null, 'get', 'key')])).toMatchObject({
    simulated: 'null',
    real: '"value"',
  });
});
