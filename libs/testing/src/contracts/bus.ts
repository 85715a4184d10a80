import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Disposable } from '#kernel';
import type { Bus } from '#relay';

/** One backplane and connections to it, made for each test. */
export interface BusHarness {
  /** Another client of the same backplane, as another process would have. */
  connect(): Promise<Bus>;
  /** Waits until `done`, and fails when that takes too long for this backplane. */
  eventually(done: () => boolean): Promise<void>;
  /**
   * Breaks the subscriptions of all clients for a moment, as a restart of the backplane does. Left out if nothing can break.
   */
  interrupt?(): Promise<void>;
  dispose(): Promise<void>;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

/**
 * What every `Bus` must do while nothing fails, and how it must come back when something did.
 * `breaks`: the harness has `interrupt`, for a bus whose subscriptions can be cut.
 */
export function busContract(name: string, make: () => Promise<BusHarness>, { breaks = false } = {}): void {
  describe(`${name}: the bus' contract`, () => {
    let harness: BusHarness;
    let one: Bus;
    let two: Bus;
    const open: Disposable[] = [];

    beforeEach(async () => {
      harness = await make();
      one = await harness.connect();
      two = await harness.connect();
    });
    afterEach(async () => {
      for (const subscription of open.splice(0)) subscription.dispose();
      await harness.dispose();
    });

    /** Subscribes, and keeps what is heard. */
    const listen = async (bus: Bus, channel: string): Promise<{ heard: string[]; subscription: Disposable }> => {
      const heard: string[] = [];
      const subscription = await bus.subscribe(channel, {
        message: (message) => void heard.push(text(message)),
        interrupted: () => void heard.push('(interrupted)'),
      });
      open.push(subscription);
      return { heard, subscription };
    };

    it('says that nobody listens', async () => {
      expect(await one.publish('relay:{1}', bytes('x'))).toBe(0);
    });

    it('hands a message to all who listen, on any client, and counts them', async () => {
      const a = await listen(one, 'relay:{1}');
      const b = await listen(two, 'relay:{1}');
      const other = await listen(two, 'relay:{2}');
      expect(await one.publish('relay:{1}', bytes('x'))).toBe(2);
      await harness.eventually(() => a.heard.length > 0 && b.heard.length > 0);
      expect([a.heard, b.heard, other.heard]).toEqual([['x'], ['x'], []]);
    });

    it('hears what is published from the moment on that subscribing has resolved', async () => {
      for (let i = 0; i < 20; i++) {
        const { heard, subscription } = await listen(one, `relay:{${i}}`);
        expect(await two.publish(`relay:{${i}}`, bytes('first'))).toBe(1);
        await harness.eventually(() => heard.length > 0);
        subscription.dispose();
      }
    });

    it('does not keep what came before a subscription', async () => {
      await one.publish('relay:{1}', bytes('early'));
      const { heard } = await listen(two, 'relay:{1}');
      await one.publish('relay:{1}', bytes('late'));
      await harness.eventually(() => heard.length > 0);
      expect(heard).toEqual(['late']);
    });

    it('hears nothing within the call that publishes', async () => {
      let within = false;
      let during = false;
      open.push(await one.subscribe('relay:{1}', { message: () => (during = within) }));
      within = true;
      const published = one.publish('relay:{1}', bytes('x'));
      within = false;
      await published;
      expect(during).toBe(false);
    });

    it('keeps the order of a client on a channel', async () => {
      const { heard } = await listen(two, 'relay:{1}');
      const sent = Array.from({ length: 300 }, (_, i) => String(i));
      for (const value of sent) await one.publish('relay:{1}', bytes(value));
      await harness.eventually(() => heard.length >= sent.length);
      expect(heard).toEqual(sent);
    });

    it('carries every byte, and messages of half a megabyte', async () => {
      const heard: Uint8Array[] = [];
      open.push(await two.subscribe('relay:{1}', { message: (message) => void heard.push(message.slice()) }));
      const every = Uint8Array.from({ length: 512 * 1024 }, (_, i) => (i * 7) % 256);
      await one.publish('relay:{1}', every);
      await one.publish('relay:{1}', new Uint8Array());
      await harness.eventually(() => heard.length === 2);
      expect(Buffer.compare(heard[0] ?? new Uint8Array(), every)).toBe(0);
      expect(heard[1]).toHaveLength(0);
    });

    it('hears nothing after a dispose, which leaves other listeners of the channel alone', async () => {
      const a = await listen(one, 'relay:{1}');
      const b = await listen(one, 'relay:{1}');
      a.subscription.dispose();
      a.subscription.dispose();
      await two.publish('relay:{1}', bytes('x'));
      await harness.eventually(() => b.heard.length > 0);
      expect([a.heard, b.heard]).toEqual([[], ['x']]);
      b.subscription.dispose();
      let receivers = 1;
      await harness.eventually(() => {
        two.publish('relay:{1}', bytes('y')).then(
          (count) => (receivers = count),
          () => undefined, // One of these may be under way when the test is over.
        );
        return receivers === 0;
      });
      expect(a.heard.concat(b.heard)).toEqual(['x']);
    });

    it('tells a listener that has left of what was counted for it all the same', async () => {
      for (let i = 0; i < 20; i++) {
        const [heard, late]: [string[], string[]] = [[], []];
        const subscription = await two.subscribe(`relay:{${i}}`, {
          message: (message) => void heard.push(text(message)),
          late: (message) => void late.push(text(message)),
        });
        const published = one.publish(`relay:{${i}}`, bytes('x'));
        subscription.dispose();
        const counted = await published;
        await harness.eventually(() => late.length === counted);
        expect(heard).toEqual([]);
      }
    });

    it('lets a channel be left and joined again', async () => {
      for (let i = 0; i < 5; i++) {
        const { heard, subscription } = await listen(one, 'relay:{1}');
        await two.publish('relay:{1}', bytes('x'));
        await harness.eventually(() => heard.length === 1);
        subscription.dispose();
      }
    });

    if (breaks) {
      it('reports an interruption before it brings what came after it', async () => {
        const { heard } = await listen(two, 'relay:{1}');
        await one.publish('relay:{1}', bytes('before'));
        await harness.eventually(() => heard.length === 1);
        await harness.interrupt?.();
        await harness.eventually(() => {
          one.publish('relay:{1}', bytes('after')).catch(() => undefined);
          return heard.includes('after');
        });
        expect(heard.slice(0, 2)).toEqual(['before', '(interrupted)']);
      });
    }
  });
}
