import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { edgeId, generation, participantId, sessionId, type Disposable } from '#kernel';
import type { HomeLink, LostInput, Relay, ReplicaLink } from '#relay';

/** One backplane and relays over it, made for each test. */
export interface RelayHarness {
  /** Another relay over the same backplane, as another edge would have. */
  connect(): Promise<Relay>;
  /** Lets time pass until `done`, and fails when that takes too long for this backplane. */
  eventually(done: () => boolean): Promise<void>;
  /** As `BusHarness.interrupt`. */
  interrupt?(): Promise<void>;
  dispose(): Promise<void>;
}

const ID = sessionId('6f0fbd1e-6c5c-4b7e-9f66-0a4dd1f9b3aa');
const ANN = participantId('ann');
const BOB = participantId('bob');
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A home whose state is all that it ever said. */
interface Home {
  readonly link: HomeLink;
  readonly typed: string[];
  readonly superseded: number[];
  takes: boolean;
  state: string;
  say(words: string): void;
}

/** A replica that does what its home says. */
interface Replica {
  readonly link: ReplicaLink;
  readonly lost: LostInput[];
  readonly homes: number[];
  state: string;
  snapshots: number;
}

/**
 * What every `Relay` must do. `make` gives each test a fresh backplane.
 * `breaks`: the harness has `interrupt`, for a bus whose subscriptions can be cut.
 */
export function relayContract(name: string, make: () => Promise<RelayHarness>, { breaks = false } = {}): void {
  describe(`${name}: the relay's contract`, () => {
    let harness: RelayHarness;
    const open: Disposable[] = [];

    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => {
      for (const link of open.splice(0)) link.dispose();
      await harness.dispose();
    });

    const home = async (gen: number, state = ''): Promise<Home> => {
      const relay = await harness.connect();
      const self = { typed: [] as string[], superseded: [] as number[], takes: true, state };
      const link = await relay.home(ID, generation(gen), {
        snapshot: () => bytes(self.state),
        input: ({ participantId, bytes }) => {
          if (self.takes) self.typed.push(`${participantId}:${text(bytes)}`);
          return self.takes;
        },
        superseded: (by) => void self.superseded.push(by),
      });
      open.push(link);
      const say = (words: string): void => {
        self.state += words;
        link.publish(bytes(words));
      };
      return Object.assign(self, { link, say });
    };

    const replica = async (gen: number, edge = 'edge-b'): Promise<Replica> => {
      const relay = await harness.connect();
      const self = { lost: [] as LostInput[], homes: [] as number[], state: '(nothing)', snapshots: 0 };
      const link = await relay.replica(ID, generation(gen), edgeId(edge), {
        snapshot: (state) => {
          self.state = text(state);
          self.snapshots++;
        },
        data: (more) => void (self.state += text(more)),
        home: (newer) => void self.homes.push(newer),
        lost: (lost) => void self.lost.push(lost),
      });
      open.push(link);
      return Object.assign(self, { link });
    };

    it('publishes nothing while nobody listens', async () => {
      const a = await home(1);
      a.say('one');
      expect(a.link.interested).toBe(false);
    });

    it('gives a newcomer the state and then what follows', async () => {
      const a = await home(1, 'before ');
      const b = await replica(1);
      await harness.eventually(() => !b.link.waiting);
      expect(b.state).toBe('before ');
      for (let i = 0; i < 50; i++) a.say(`${i} `);
      await harness.eventually(() => b.state === a.state);
      expect(b.snapshots).toBe(1);
      expect(b.link.position?.generation).toBe(1);
    });

    it('serves many replicas that come at different times', async () => {
      const a = await home(1);
      const replicas: Replica[] = [];
      for (let i = 0; i < 5; i++) {
        replicas.push(await replica(1, `edge-${i}`));
        a.say(`${i} `);
      }
      await harness.eventually(() => replicas.every(({ state, link }) => !link.waiting && state === a.state));
      replicas[0]?.link.dispose();
      a.say('end');
      await harness.eventually(() => replicas.slice(1).every(({ state }) => state === a.state));
    });

    it('carries a state of several megabytes', async () => {
      const a = await home(1, 'x'.repeat(3_000_000));
      const b = await replica(1);
      await harness.eventually(() => !b.link.waiting);
      a.say('y');
      await harness.eventually(() => b.state.length === 3_000_001);
      expect(b.state === a.state).toBe(true);
    });

    it('repaints replicas after a burst that is more than it carries', async () => {
      const a = await home(1);
      const b = await replica(1);
      await harness.eventually(() => !b.link.waiting);
      for (let i = 0; i < 40; i++) a.say(`${i}`.repeat(20_000));
      a.say('end');
      await harness.eventually(() => b.state === a.state);
    });

    it('stops when the last replica has left, and begins again with the next', async () => {
      const a = await home(1);
      const b = await replica(1);
      await harness.eventually(() => !b.link.waiting && a.link.interested);
      b.link.dispose();
      await harness.eventually(() => {
        if (a.link.interested) a.say('.');
        return !a.link.interested;
      });
      a.say('unheard ');
      const c = await replica(1);
      await harness.eventually(() => c.state === a.state);
    });

    it("brings each participant's input to the home once and in order", async () => {
      const a = await home(1);
      const [b, c] = [await replica(1, 'edge-b'), await replica(1, 'edge-c')];
      for (let i = 0; i < 200; i++) {
        b.link.send(ANN, bytes(String(i)));
        c.link.send(BOB, bytes(String(i)));
      }
      await harness.eventually(() => a.typed.length >= 400);
      const expected = Array.from({ length: 200 }, (_, i) => String(i));
      for (const who of ['ann', 'bob']) {
        expect(a.typed.filter((typed) => typed.startsWith(who)).map((typed) => typed.slice(4))).toEqual(expected);
      }
      expect(b.lost.concat(c.lost)).toEqual([]);
    });

    it('continues with a link that is opened again in one generation', async () => {
      const a = await home(1);
      const relay = await harness.connect();
      const lost: LostInput[] = [];
      const open = async (): Promise<ReplicaLink> =>
        await relay.replica(ID, generation(1), edgeId('edge-b'), {
          snapshot: () => undefined,
          data: () => undefined,
          lost: (input) => void lost.push(input),
        });
      const one = await open();
      for (const key of 'hello') one.send(ANN, bytes(key));
      await harness.eventually(() => a.typed.length === 5);
      one.dispose();
      const two = await open();
      for (const key of 'ABCDEFG') two.send(ANN, bytes(key));
      await harness.eventually(() => a.typed.length >= 12);
      expect(a.typed.map((typed) => typed.slice(4)).join('')).toBe('helloABCDEFG');
      expect(lost).toEqual([]);
      two.dispose();
    });

    it('tells a former home and its replicas that the session is out of its reach', async () => {
      const a = await home(1, 'here');
      const b = await replica(1);
      await harness.eventually(() => !b.link.waiting);
      const relay = await harness.connect();
      await harness.eventually(() => {
        // Each time may be lost.
        relay.moved(ID, generation(2)).catch(() => undefined);
        return a.superseded.length > 0 && b.homes.length > 0;
      });
      expect([a.superseded, b.homes]).toEqual([[2], [2]]);
    });

    it('passes on nothing more after it was asked to start again, until there is a snapshot', async () => {
      const a = await home(1, 'one ');
      const b = await replica(1);
      await harness.eventually(() => !b.link.waiting);
      b.link.resync(20);
      b.state = '(damaged)';
      a.say('two ');
      await harness.eventually(() => !b.link.waiting && b.state === a.state);
      expect(b.snapshots).toBe(2);
    });

    it('holds input while nobody is home, and tells that', async () => {
      const b = await replica(1);
      expect(b.link.send(ANN, bytes('early'))).toBe(true);
      const a = await home(1);
      await harness.eventually(() => a.typed.length > 0);
      b.link.send(ANN, bytes('late'));
      await harness.eventually(() => a.typed.length > 1);
      expect(a.typed).toEqual(['ann:early', 'ann:late']);
    });

    it('holds input that the home does not take, until it does', async () => {
      const a = await home(1);
      const b = await replica(1);
      a.takes = false;
      b.link.send(ANN, bytes('1'));
      b.link.send(ANN, bytes('2'));
      a.say('still here');
      await harness.eventually(() => b.state === a.state);
      expect(a.typed).toEqual([]);
      a.takes = true;
      await harness.eventually(() => a.typed.length === 2);
      expect(a.typed).toEqual(['ann:1', 'ann:2']);
    });

    it('follows a session to its next home, which supersedes the former', async () => {
      const a = await home(1, 'A');
      const b = await replica(1);
      await harness.eventually(() => b.state === 'A');
      const next = await home(2, 'B');
      await harness.eventually(() => b.state === 'B' && a.superseded.length > 0);
      next.say(' goes on');
      a.say(' from the grave');
      await harness.eventually(() => b.state === 'B goes on');
      b.link.send(ANN, bytes('x'));
      await harness.eventually(() => next.typed.length > 0);
      expect([b.homes, a.superseded, a.typed]).toEqual([[2], [2], []]);
    });

    it('brings input that no home has taken to the next one', async () => {
      const a = await home(1);
      const b = await replica(1);
      await harness.eventually(() => !b.link.waiting);
      a.link.dispose();
      b.link.send(ANN, bytes('held'));
      const next = await home(2);
      await harness.eventually(() => next.typed.length > 0);
      expect(next.typed).toEqual(['ann:held']);
      expect(b.lost).toEqual([]);
    });

    it('is not misled by a home that is older than the directory says', async () => {
      const old = await home(1, 'old');
      const b = await replica(2);
      await harness.eventually(() => old.superseded.length > 0);
      await home(2, 'new');
      await harness.eventually(() => b.state === 'new');
    });

    if (breaks) {
      it('is whole again after an interruption, with nothing typed lost or doubled', async () => {
        const a = await home(1);
        const b = await replica(1);
        await harness.eventually(() => !b.link.waiting);
        for (let i = 0; i < 100; i++) {
          a.say(`${i} `);
          b.link.send(ANN, bytes(String(i)));
          if (i % 25 === 10) await harness.interrupt?.();
        }
        await harness.eventually(() => b.state === a.state && a.typed.length >= 100);
        expect(a.typed).toEqual(Array.from({ length: 100 }, (_, i) => `ann:${i}`));
        expect(b.lost).toEqual([]);
      });
    }
  });
}
