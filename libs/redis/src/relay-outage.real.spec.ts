import { describe, expect, it } from 'vitest';
import { edgeId, generation, participantId, sessionId } from '#kernel';
import { BusRelay, type HomeLink, type LostInput, type ReplicaLink } from '#relay';
import { until } from '#testing';
import { pause, RedisWorld, worldOf } from './redis-world.fixture.js';
import { realClock } from './real-clock.fixture.js';

const ID = sessionId('6f0fbd1e-6c5c-4b7e-9f66-0a4dd1f9b3aa');
const ANN = participantId('ann');
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A home that shows what it is typed, and replicas of it on other edges, one of which types. */
class Session {
  state = '';
  readonly typed: string[] = [];
  readonly replicas: { link: ReplicaLink; state: string }[] = [];
  readonly lost: LostInput[] = [];
  #home: HomeLink | undefined;
  #next = 0;

  static async start(world: RedisWorld, replicas: number): Promise<Session> {
    const self = new Session();
    self.#home = await new BusRelay((await world.connect()).bus, realClock).home(ID, generation(1), {
      snapshot: () => bytes(self.state),
      input: (input) => {
        self.typed.push(text(input.bytes));
        self.state += `${text(input.bytes)}\n`;
        self.#home?.publish(bytes(`${text(input.bytes)}\n`));
        return true;
      },
      superseded: () => undefined,
    });
    for (let i = 0; i < replicas; i++) {
      const relay = new BusRelay((await world.connect()).bus, realClock);
      const replica = { state: '', link: undefined as ReplicaLink | undefined };
      const link = await relay.replica(ID, generation(1), edgeId(`edge-${i}`), {
        snapshot: (state) => void (replica.state = text(state)),
        data: (more) => void (replica.state += text(more)),
        lost: (lost) => void self.lost.push(lost),
      });
      self.replicas.push(Object.assign(replica, { link }));
    }
    await until(() => self.replicas.every(({ link }) => !link.waiting), { what: 'replicas to follow' });
    return self;
  }

  /** Types numbered lines for a while, as fast as a fast writer pastes. */
  async type(forMs: number): Promise<void> {
    const startMs = performance.now();
    while (performance.now() - startMs < forMs) {
      this.replicas[0]?.link.send(ANN, bytes(String(this.#next++)));
      await pause(2);
    }
  }

  async expectWhole(): Promise<void> {
    const whole = (): boolean =>
      this.typed.length >= this.#next && this.replicas.every(({ state }) => state === this.state);
    await until(whole, { what: 'all to be everywhere', deadlineMs: 20_000 });
    expect(this.typed).toEqual(Array.from({ length: this.#next }, (_, i) => String(i)));
    expect(this.lost).toEqual([]);
  }
}

describe('a session between edges, while Redis fails', () => {
  const world = worldOf(async () => await RedisWorld.standalone(), 'empty');

  it('loses and doubles nothing that is typed while connections are killed again and again', async () => {
    const session = await Session.start(world(), 2);
    const typing = session.type(4_000);
    for (let i = 0; i < 12; i++) {
      await pause(300);
      await world().admins[0]?.call('client', 'kill', 'type', i % 3 === 2 ? 'normal' : 'pubsub', 'skipme', 'yes');
    }
    await typing;
    await session.expectWhole();
    expect(session.typed.length).toBeGreaterThan(100);
  });

  it('loses and doubles nothing that is typed while Redis crashes and comes back empty', async () => {
    const session = await Session.start(world(), 2);
    const typing = session.type(2_500);
    await pause(500);
    await world().servers[0]?.crash();
    await pause(700);
    await world().servers[0]?.restart();
    await world().allow();
    await typing;
    await session.expectWhole();
  });

  it('brings what is typed as a home leaves to the next one', async () => {
    const [former, other, next] = [await world().connect(), await world().connect(), await world().connect()];
    const typed: string[] = [];
    const handlers = {
      snapshot: () => new Uint8Array(),
      input: (input: { readonly bytes: Uint8Array }) => {
        typed.push(text(input.bytes));
        return true;
      },
      superseded: () => undefined,
    };
    const home = await new BusRelay(former.bus, realClock).home(ID, generation(1), handlers);
    const lost: LostInput[] = [];
    const replica = await new BusRelay(other.bus, realClock).replica(ID, generation(1), edgeId('edge-b'), {
      snapshot: () => undefined,
      data: () => undefined,
      lost: (input) => void lost.push(input),
    });
    await until(() => !replica.waiting);
    // The home's edge is subscribing to something else at that moment: its unsubscribe reaches Redis after that.
    const joining = former.bus.subscribe('relay:{other}:in', { message: () => undefined });
    home.dispose();
    replica.send(ANN, bytes('held'));
    await joining;
    await new BusRelay(next.bus, realClock).home(ID, generation(2), handlers);
    await until(() => typed.length + lost.length > 0);
    expect([typed, lost]).toEqual([['held'], []]);
  });
});
