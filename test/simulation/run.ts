import { randomSource } from './random.js';
import type { SimEdge } from './edge.js';
import type { Violation } from './judge.js';
import type { StoreStep } from '#redis/simulated';
import type { SimRedis } from './redis.js';
import type { Schedule } from './schedule.js';
import type { Twin } from './twin.js';
import { SimWorld } from './world.js';

/** How long a world may take to be whole again, once no fault is there any more. */
export const RECOVERY_MS = 90_000;
/** What is typed waits for so long at most, and a little more. */
const HOLD_MS = 36_000;
const LOOK_MS = 1_000;

export interface Outcome {
  readonly violation: Violation | undefined;
  /** Simulated time, in ms. */
  readonly simulatedMs: number;
  /** From the end of the last fault until all was whole, in ms. */
  readonly recoveryMs: number;
  readonly steps: number;
  /** Commands and scripts that a real Redis answered as well. */
  readonly compared: number;
}

/** What a schedule is played with. */
export interface PlayOptions {
  /** Hears of all that happens. */
  readonly trace?: ((text: string) => void) | undefined;
  /** A real Redis that then does the same as the simulated ones. */
  readonly twin?: Twin | undefined;
  /** The edges of another build, which run next to this one's. */
  readonly Other?: typeof SimEdge | undefined;
}

/** Plays a schedule to its end, or to the first violation. */
export async function play(schedule: Schedule, { trace, twin, Other }: PlayOptions = {}): Promise<Outcome> {
  const steps = new Map<SimRedis, StoreStep[]>();
  const restore = randomSource(schedule.seed);
  let outcome: Outcome;
  try {
    const world = new SimWorld(schedule, trace, Other);
    if (twin !== undefined) {
      for (const { redis } of world.regions) {
        const own: StoreStep[] = [];
        steps.set(redis, own);
        redis.store.onStep = (step) => void own.push(step);
      }
    }
    outcome = await playWith(world, schedule);
  } finally {
    restore();
  }
  for (const own of steps.values()) {
    const difference = await twin?.play(own);
    if (difference === undefined || outcome.violation !== undefined) continue;
    const { step, simulated, real } = difference;
    const what = `a real Redis answers ${real}, the simulated one ${simulated}, to ${step}`;
    outcome = { ...outcome, violation: { rule: 'same-redis', what, atMs: outcome.simulatedMs } };
  }
  const compared = [...steps.values()].reduce((sum, { length }) => sum + length, 0);
  return { ...outcome, compared };
}

async function playWith(world: SimWorld, schedule: Schedule): Promise<Outcome> {
  const { time, judge } = world;
  const stopped = (): boolean => judge.done;
  const run = async (ms: number): Promise<void> => {
    if (!stopped()) await time.runUntil(time.nowMs + ms, stopped);
  };
  world.start();
  for (const event of schedule.events) time.after(event.atMs, () => world.apply(event));
  const look = (): void => {
    judge.look();
    time.after(LOOK_MS, look);
  };
  time.after(LOOK_MS, look);
  await run(schedule.quietMs);
  const quietMs = time.nowMs;
  let wound = await woundOf(world, run);
  while (wound !== undefined && time.nowMs - quietMs < RECOVERY_MS && !stopped()) {
    await run(500);
    wound = await woundOf(world, run);
  }
  const recoveryMs = time.nowMs - quietMs;
  if (wound !== undefined && !stopped()) judge.note('recovers', wound);
  // Only as long as something typed is owed.
  for (const untilMs = time.nowMs + HOLD_MS; judge.owesKeys && time.nowMs < untilMs && !stopped();) await run(1_000);
  if (!stopped()) judge.settle();
  await end(world, run);
  return { violation: judge.violations[0], simulatedMs: time.nowMs, recoveryMs, steps: time.steps, compared: 0 };
}

type Run = (ms: number) => Promise<void>;

/** What is not whole yet: what the judge sees, or a key that does not lead where it should from every edge. */
async function woundOf(world: SimWorld, run: Run): Promise<string | undefined> {
  const { judge } = world;
  const wound = judge.wound;
  if (wound !== undefined) return wound;
  const answers: { readonly right: () => boolean; readonly what: () => string }[] = [];
  for (const host of world.hosts) {
    const session = judge.sessionOf(host);
    if (session === undefined || host.endedSilently) continue;
    for (const [role, user] of Object.entries(host.tokens)) {
      for (const edge of world.edges)
        answers.push(lookUp(edge, user, host.wants ? session : undefined, `${host.name}'s ${role}'s key`));
    }
  }
  await run(300);
  return answers.find(({ right }) => !right())?.what();
}

function lookUp(edge: SimEdge, user: string, session: string | undefined, name: string) {
  let found = 'no answer';
  edge.process.deliver(() => {
    edge.sessions.find(user).then(
      (target) => (found = target.kind === 'session' ? target.id : target.kind),
      (error: unknown) => (found = String(error)),
    );
  });
  return {
    right: () => (session === undefined ? found === 'closed' || found === 'unknown' : found === session),
    what: () => `${name} leads to ${found} at an edge of ${edge.region.name}`,
  };
}

/** All go home: nothing may stay. */
async function end(world: SimWorld, run: Run): Promise<void> {
  const { judge } = world;
  for (const joiner of world.joiners) joiner.leave();
  for (const host of world.hosts) host.fin();
  await run(15_000);
  for (const edge of world.edges) void edge.leave();
  for (const broker of world.brokers) broker.stop();
  await run(40_000);
  if (judge.done) return;
  for (const region of world.regions) {
    const { redis, name } = region;
    judge.lookAtStore(region);
    const [left] = redis.channels;
    if (left !== undefined) judge.note('nothing-left', `somebody still listens in ${name} to ${left}`);
  }
}
