import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Disposable } from '#kernel';
import { until } from '#testing';
import { RedisWorld, worldOf } from '../redis-world.fixture.js';

const CHANNELS = ['relay:{a}:out', 'relay:{b}:out', 'relay:{c}:out'] as const;

interface Member {
  readonly heard: string[];
  readonly joined: Promise<Disposable>;
  left: boolean;
}

describe('subscriptions', () => {
  const world = worldOf(async () => await RedisWorld.standalone(), 'empty');

  it('are what is wanted in the end, whoever joins, leaves or is cut off in whatever order', async () => {
    const step = fc.record({
      act: fc.constantFrom('join', 'join', 'leave', 'leave', 'rejoin', 'cut', 'wait'),
      channel: fc.constantFrom(...CHANNELS),
    });
    const run = async (steps: readonly { act: string; channel: string }[]): Promise<void> => {
      const { bus } = await world().connect();
      const members = new Map<string, Member[]>(CHANNELS.map((channel) => [channel, []]));
      const join = (channel: string): void => {
        const heard: string[] = [];
        const joined = bus.subscribe(channel, { message: (bytes) => void heard.push(new TextDecoder().decode(bytes)) });
        members.get(channel)?.push({ heard, joined, left: false });
      };
      const leave = (channel: string): void => {
        const member = members.get(channel)?.find(({ left }) => !left);
        if (member === undefined) return;
        member.left = true;
        // Also one that has not got in yet.
        void member.joined.then((subscription) => subscription.dispose());
      };
      for (const { act, channel } of steps) {
        if (act === 'join' || act === 'rejoin') join(channel);
        if (act === 'leave' || act === 'rejoin') leave(channel);
        if (act === 'cut') await world().killSubscribers();
        if (act === 'wait') await Promise.allSettled((members.get(channel) ?? []).map(async ({ joined }) => joined));
      }
      const all = [...members.values()].flat();
      await Promise.all(all.map(async ({ joined }) => joined));
      const wanted = CHANNELS.map((channel) => (members.get(channel)?.some(({ left }) => !left) === true ? 1 : 0));
      const present = async (): Promise<boolean> => {
        const reply = await world().admins[0]?.call('pubsub', 'shardnumsub', ...CHANNELS);
        const counts = (reply as unknown[]).filter((_, i) => i % 2 === 1);
        return JSON.stringify(counts) === JSON.stringify(wanted);
      };
      await until(present, { what: `Redis to have ${JSON.stringify(wanted)} subscriptions` });
      for (const channel of CHANNELS) await bus.publish(channel, Buffer.from('end'));
      await until(() => all.every(({ left, heard }) => left || heard.at(-1) === 'end'), {
        what: 'all members to hear',
      });
      expect(all.filter(({ left, heard }) => left && heard.includes('end'))).toEqual([]);
      world().close();
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), run), { numRuns: 25 });
  });
});
