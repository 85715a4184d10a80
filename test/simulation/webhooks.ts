import { randomUUID } from 'node:crypto';
import type { Delivery, WebhookQueue } from '#control';
import type { SessionHook } from '#session';
import type { SimLink, SimRedis } from './redis.js';

/** A delivery that says what the judge must know. */
export const delivery = ({ session }: SessionHook, at: number, type: string): Delivery => ({
  lane: { kind: 'fleet', group: 'all', session },
  id: randomUUID(),
  type,
  at,
  sealed: '',
});

interface Will {
  readonly deliveries: readonly Delivery[];
  readonly generation: number;
}

/** What receivers are told, session by session, and what is to be said at their end. It is never lost. */
export class SimWebhooks {
  readonly #wills = new Map<SimRedis, Map<string, Will>>();

  constructor(private readonly told: (delivery: Delivery) => void) {}

  /** The queue as a process has it, over its connection to Redis. */
  over(link: SimLink, redis: SimRedis): Pick<WebhookQueue, 'append' | 'setWill' | 'runWill' | 'listWills'> {
    const wills = this.#wills.get(redis) ?? new Map<string, Will>();
    this.#wills.set(redis, wills);
    const reach = async <T>(work: () => T): Promise<T> => await link.reach('shipmate:{webhooks}:wills', work);
    return {
      append: async (delivery) => await reach(() => (this.told(delivery), true)),
      setWill: async (session, deliveries, generation) =>
        await reach(() => {
          const known = wills.get(session);
          if (known === undefined || known.generation <= generation) wills.set(session, { deliveries, generation });
          return true;
        }),
      runWill: async (session, _at, generation = Infinity) =>
        await reach(() => {
          const will = wills.get(session);
          if (will === undefined || will.generation > generation) return 0;
          wills.delete(session);
          for (const delivery of will.deliveries) this.told(delivery);
          return will.deliveries.length;
        }),
      listWills: async () => await reach(() => ({ sessions: [...wills.keys()] })),
    };
  }
}
