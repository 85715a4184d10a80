import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeId, FakeClock, generation, participantId, sessionId, type Clock } from '#kernel';
import { BusRelay, QUEUE_MS, MemoryBus, type Bus, type HomeLink, type LostInput, type ReplicaLink } from '#relay';
import { busContract, relayContract } from '#testing';
import { FaultyBus, pass, settle, type Fate } from './faulty-bus.fixture.js';

const eventuallyOn =
  (clock: FakeClock) =>
  async (done: () => boolean): Promise<void> => {
    for (let i = 0; i < 5_000 && !done(); i++) await pass(clock, 5);
    expect(done()).toBe(true);
  };

busContract('memory', async () => {
  const bus = new MemoryBus();
  return { connect: async () => bus, eventually: eventuallyOn(new FakeClock()), dispose: async () => {} };
});

relayContract('memory', async () => {
  const [bus, clock] = [new MemoryBus(), new FakeClock()];
  const connect = async (): Promise<BusRelay> => new BusRelay(bus, clock);
  return { connect, eventually: eventuallyOn(clock), dispose: async () => {} };
});

/** A clock that moves with whoever waits: the faulty bus answers on its time, so that `connect` must not wait for it. */
function faulty() {
  const clock = new FakeClock();
  const bus = new FaultyBus(clock);
  let clients = 0;
  return { clock, bus, client: () => `client-${clients++}` };
}

/** Resolves what needs the fake clock to move. */
async function driven<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  const state = { done: false };
  const finished = work.finally(() => (state.done = true));
  finished.catch(() => undefined);
  for (let i = 0; i < 1_000 && !state.done; i++) await pass(clock, 1);
  return finished;
}

relayContract(
  'faulty, faults apart',
  async () => {
    const { clock, bus, client } = faulty();
    const clients: string[] = [];
    const impatient = (relay: BusRelay): BusRelay =>
      Object.assign(Object.create(relay) as BusRelay, {
        home: async (...args: Parameters<BusRelay['home']>) => driven(clock, relay.home(...args)),
        replica: async (...args: Parameters<BusRelay['replica']>) => driven(clock, relay.replica(...args)),
      });
    return {
      connect: async () => {
        clients.push(client());
        return impatient(new BusRelay(bus.connect(clients.at(-1) ?? ''), clock));
      },
      eventually: eventuallyOn(clock),
      interrupt: async () => {
        for (const each of clients) bus.cut(each, 20);
        await pass(clock, 50);
      },
      dispose: async () => {},
    };
  },
  { breaks: true },
);

const ID = sessionId('s');
const encode = (value: string): Uint8Array => new TextEncoder().encode(value);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** One session under faults: the host's truth, its homes one after another, and replicas with a writer each. */
class World {
  readonly clock = new FakeClock();
  readonly bus = new FaultyBus(this.clock);
  /** What the host has shown, and what it has been typed. */
  state = '';
  readonly typed = new Map<string, number[]>();
  generation = 0;
  home: { link: HomeLink; client: string; alive: boolean } | undefined;
  readonly zombies: HomeLink[] = [];
  readonly replicas: { link: ReplicaLink; state: string; name: string; next: number; lost: LostInput[] }[] = [];

  async moveHome(how: 'clean' | 'killed' | 'paused'): Promise<void> {
    const old = this.home;
    if (old !== undefined) {
      old.alive = false;
      if (how === 'clean') old.link.dispose();
      else if (how === 'killed') this.bus.kill(old.client);
      else this.zombies.push(old.link);
    }
    const next = ++this.generation;
    const client = `home-${next}`;
    const self: { link: HomeLink | undefined; client: string; alive: boolean } = {
      link: undefined,
      client,
      alive: true,
    };
    const link = await driven(
      this.clock,
      relayOf(this.bus.connect(client), this.clock).home(ID, generation(next), {
        snapshot: () => encode(self.alive ? this.state : 'a state that nobody may see'),
        input: ({ participantId, bytes }) => {
          // A home whose host went elsewhere has a dead link to it: it cannot take anything.
          if (!self.alive) return false;
          const all = this.typed.get(participantId) ?? [];
          this.typed.set(participantId, all);
          all.push(Number(decode(bytes)));
          return true;
        },
        superseded: (by) => {
          expect(by).toBeGreaterThan(next);
        },
      }),
    );
    this.home = Object.assign(self, { link });
  }

  async addReplica(): Promise<void> {
    if (this.replicas.length >= 3) return;
    const name = `replica-${this.replicas.length}`;
    const self = { state: '(nothing)', name, next: 0, lost: [] as LostInput[] };
    const link = await driven(
      this.clock,
      relayOf(this.bus.connect(name), this.clock).replica(ID, generation(this.generation), edgeId(name), {
        snapshot: (bytes) => void (self.state = decode(bytes)),
        data: (bytes) => void (self.state += decode(bytes)),
        lost: (lost) => void self.lost.push(lost),
      }),
    );
    this.replicas.push(Object.assign(self, { link }));
  }

  show(text: string): void {
    this.state += text;
    this.home?.link.publish(encode(text));
    for (const zombie of this.zombies) zombie.publish(encode('what no joiner may see'));
  }

  type(replica: number): void {
    const who = this.replicas[replica % Math.max(1, this.replicas.length)];
    if (who?.link.send(participantId(who.name), encode(String(who.next))) === true) who.next++;
  }

  check(): void {
    for (const { link, state, name, next, lost } of this.replicas) {
      expect({ name, state, waiting: link.waiting }).toEqual({ name, state: this.state, waiting: false });
      const typed = this.typed.get(name) ?? [];
      // Once and in order …
      expect(typed).toEqual([...new Set(typed)].sort((a, b) => a - b));
      // … and what did not arrive was reported.
      const reported = lost.reduce((sum, { count }) => sum + count, 0);
      expect(next - typed.length).toBeLessThanOrEqual(reported);
      if (lost.length === 0) expect(typed).toHaveLength(next);
    }
  }
}

const relayOf = (bus: Bus, clock: Clock): BusRelay => new BusRelay(bus, clock);

type Step =
  | { do: 'show'; text: string }
  | { do: 'type'; who: number }
  | { do: 'cut'; who: number }
  | { do: 'wait'; ms: number }
  | { do: 'move'; how: 'clean' | 'killed' | 'paused' }
  | { do: 'join' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('show' as const), text: fc.string({ minLength: 1, maxLength: 5 }) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('type' as const), who: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 3, 20, 100, 700) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), who: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      how: fc.constantFrom('clean' as const, 'killed', 'paused'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('join' as const) }) },
);

async function play(world: World, steps: readonly Step[]): Promise<void> {
  await world.moveHome('clean');
  await world.addReplica();
  for (const each of steps) {
    if (each.do === 'show') world.show(each.text);
    else if (each.do === 'type') world.type(each.who);
    else if (each.do === 'wait') await pass(world.clock, each.ms);
    else if (each.do === 'cut') world.bus.cut(each.who === 3 ? (world.home?.client ?? '') : `replica-${each.who}`, 30);
    else if (each.do === 'join') await world.addReplica();
    else await world.moveHome(each.how);
  }
}

describe('BusRelay under faults', () => {
  const fates = fc.infiniteStream(
    fc.oneof(
      { weight: 10, arbitrary: fc.constant<Fate>('heard') },
      { weight: 4, arbitrary: fc.constantFrom<Fate>('late', 'double', 'lost', 'refused', 'unsure') },
    ),
  );

  /** Plays the steps on a bus with these fates, then on one without faults, and checks that all is well in the end. */
  const survive = async (steps: Parameters<typeof play>[1], stream: Iterator<Fate>): Promise<World> => {
    const world = new World();
    world.bus.fate = () => stream.next().value as Fate;
    await play(world, steps);
    world.bus.fate = () => 'heard';
    await pass(world.clock, QUEUE_MS + 10_000, 50);
    world.check();
    return world;
  };

  it('leaves every replica as its home is, and every input arrived once, in order, or reported', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fates, async (steps, stream) => {
        await survive(steps, stream);
      }),
      { numRuns: 150 },
    );
  });

  it('loses no input at all while one home stays, whatever the bus does', async () => {
    const calm = step.filter((each) => each.do !== 'move');
    await fc.assert(
      fc.asyncProperty(fc.array(calm, { maxLength: 40 }), fates, async (steps, stream) => {
        const world = await survive(steps, stream);
        expect(world.replicas.flatMap(({ lost }) => lost)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('is idle when nothing happens: no message, no timer that runs forever', async () => {
    const world = new World();
    await play(world, [
      { do: 'show', text: 'x' },
      { do: 'type', who: 0 },
    ]);
    await pass(world.clock, 60_000, 100);
    const before = world.bus.published;
    await pass(world.clock, 600_000, 1_000);
    expect(world.bus.published).toBe(before);
    expect(world.clock.pending).toBe(0);
    world.check();
  });

  it('costs two messages a key: the input, and the echo that acknowledges it', async () => {
    const world = new World();
    await play(world, []);
    await pass(world.clock, 30_000, 100);
    const before = world.bus.published;
    for (let key = 0; key < 20; key++) {
      world.type(0);
      await pass(world.clock, 4);
      world.show('k');
      await pass(world.clock, 30);
    }
    expect(world.bus.published - before).toBe(40);
  });

  it('sends again at once what was on its way to a home that was interrupted', async () => {
    const world = new World();
    await play(world, [{ do: 'wait', ms: 2_000 }]);
    world.type(0);
    world.bus.cut('home-1', 20);
    await pass(world.clock, 30, 1);
    expect(world.typed.get('replica-0')).toEqual([0]);
  });

  it('gives nothing of an older home to a joiner, however late it comes', async () => {
    const world = new World();
    await play(world, [
      { do: 'show', text: 'one' },
      { do: 'wait', ms: 100 },
      { do: 'move', how: 'paused' },
    ]);
    await pass(world.clock, 1_000);
    world.show(' two');
    await pass(world.clock, 1_000);
    world.check();
    expect(world.zombies[0]?.interested).toBe(false);
  });

  it('ignores what is no relay message', async () => {
    const [bus, clock, faults] = [new MemoryBus(), new FakeClock(), [] as unknown[]];
    const relay = new BusRelay(bus, clock, { fault: (error) => void faults.push(error) });
    const handlers = { snapshot: () => encode('state'), input: () => true, superseded: () => {} };
    const home = await relay.home(ID, generation(1), handlers);
    let state = '';
    const replica = await relay.replica(ID, generation(1), edgeId('e'), {
      snapshot: (bytes) => void (state = decode(bytes)),
      data: () => {},
      lost: () => {},
    });
    for (const channel of ['in', 'out']) await bus.publish(`relay:{s}:${channel}`, encode('garbage'));
    await settle();
    expect(state).toBe('state');
    expect(faults).toHaveLength(2);
    home.dispose();
    replica.dispose();
    await settle();
    expect(bus.channels).toBe(0);
  });
});
