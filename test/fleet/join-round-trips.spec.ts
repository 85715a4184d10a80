import { describe, expect, it } from 'vitest';
import { FakeClock, type Clock, type Disposable } from '#kernel';
import { DEFAULT_TIMINGS, type Directory } from '#directory';
import { MemoryBus, type Bus, type BusListener } from '#relay';
import { simulatedDirectory, SimulatedStore } from '#redis/simulated';
import { settle } from '../../libs/fleet/src/fleet.fixture.js';
import { Stage } from '../../libs/fleet/src/stage.fixture.js';

/** One round trip to Redis, in ms of simulated time; what processes do takes no time. */
const TRIP_MS = 1_000;

/** Everything that goes to Redis takes half a trip there and half a trip back. */
class FarBus implements Bus {
  readonly #bus = new MemoryBus();

  constructor(private readonly clock: Clock) {}

  async publish(channel: string, bytes: Uint8Array): Promise<number> {
    await half(this.clock);
    const receivers = await this.#bus.publish(channel, bytes);
    await half(this.clock);
    return receivers;
  }

  async subscribe(channel: string, listener: BusListener): Promise<Disposable> {
    await half(this.clock);
    const subscription = await this.#bus.subscribe(channel, {
      message: (bytes) => void this.clock.after(TRIP_MS / 2, () => listener.message(bytes)),
    });
    await half(this.clock);
    return subscription;
  }
}

async function half(clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => void clock.after(TRIP_MS / 2, resolve));
}

/** Two edges far from their Redis. */
class FarFleet {
  readonly clock = new FakeClock();
  readonly #store = new SimulatedStore(this.clock);
  readonly #bus = new FarBus(this.clock);

  async edge(): Promise<Stage> {
    const way = {
      reach: async <T>(_: string, work: (store: SimulatedStore) => T): Promise<T> => {
        await half(this.clock);
        const answer = work(this.#store);
        await half(this.clock);
        return answer;
      },
    };
    const directory: Directory = simulatedDirectory(way, this.clock, new MemoryBus(), DEFAULT_TIMINGS);
    const failed = (): void => undefined;
    const stage = new Stage({ clock: this.clock, directory, bus: this.#bus, failed });
    await this.during(stage.sessions.start());
    return stage;
  }

  /** Lets time pass until `work` is done; how many round trips that was, one after another. */
  async during<T>(work: Promise<T>): Promise<{ readonly value: T; readonly trips: number }> {
    let done = false;
    const finish = (): void => void (done = true);
    void work.then(finish, finish);
    const began = this.clock.monotonic();
    for (let steps = 0; steps < 10_000; steps++) {
      await settle();
      if (done) break;
      this.clock.advance(TRIP_MS / 20);
    }
    return { value: await work, trips: (this.clock.monotonic() - began) / TRIP_MS };
  }
}

describe('a join at another edge than the host’s', () => {
  it('takes few round trips to Redis, one after another', async () => {
    const fleet = new FarFleet();
    const [one, two] = [await fleet.edge(), await fleet.edge()];
    const { value: host } = await fleet.during(one.host());
    for (let n = 0; n < 50 && host.env('tmate_ssh') === undefined; n++) {
      fleet.clock.advance(TRIP_MS / 2);
      await settle();
    }
    const token = /(\S+)@/.exec(host.env('tmate_ssh') ?? '')?.[1] ?? '';
    const first = await fleet.during(two.sessions.find(token));
    const again = await fleet.during(two.sessions.find(token));
    const joined = await fleet.during(two.join(host));
    await fleet.during(new Promise<void>((resolve) => void fleet.clock.after(30 * TRIP_MS, resolve)));
    const second = await fleet.during(two.join(host));
    // Token, session and the lease of its home, which Redis keeps in three places; known ones are read at once.
    expect([first.trips, again.trips]).toEqual([3, 1]);
    // To look again, to follow, and to ask; the answer comes behind the first screen.
    expect(joined.trips).toBe(1 + 1 + 3);
    // To look again, and to ask.
    expect(second.trips).toBe(1 + 2);
    expect(joined.value.line(23)).toMatch(/^\[0\] 0:/);
  });
});
