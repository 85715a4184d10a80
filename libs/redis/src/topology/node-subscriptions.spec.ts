import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { Emitter, FakeClock } from '#kernel';
import { Channel } from './channel.js';
import { NodeSubscriptions } from './node-subscriptions.js';
import type { Node, Topology } from './topology.js';

/** Enough microtasks for a command and what follows its reply. */
async function settle(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve();
}

describe('a subscription', () => {
  it('that its master ends right after it was confirmed is made again', async () => {
    const held = new Set<string>();
    const condition = { subscriber: { channels: () => [...held] } };
    const redis = Object.assign(new EventEmitter(), { condition }) as unknown as Redis;
    const calls: string[] = [];
    const subscriber = {
      redis,
      ups: new Emitter<Redis>(),
      downs: new Emitter<void>(),
      call: async (command: string, name: string) => {
        calls.push(`${command} ${name}`);
        held.add(name);
        // As ioredis does when both replies come in one packet.
        if (calls.length === 1) {
          held.delete(name);
          redis.emit('moved');
        }
        await Promise.resolve();
      },
    };
    const topology = { refresh: () => undefined } as unknown as Topology;
    const node = { subscriber } as unknown as Node;
    const subscriptions = new NodeSubscriptions({ clock: new FakeClock(), observer: {} }, node, topology);
    const channel = new Channel('relay:{1}:out');
    subscriptions.want(channel);
    await settle();
    expect(calls).toEqual(['ssubscribe relay:{1}:out', 'ssubscribe relay:{1}:out']);
    expect([...held]).toEqual([channel.name]);
    expect(channel.inForce).toBe(true);
    subscriptions.dispose();
  });
});
