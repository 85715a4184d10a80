import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { eventsOf, isPaused, type Event } from './admission-rules.fixture.js';
import { START, type State } from './admission-state.fixture.js';
import { explore, wayToNew, type Moment } from './admission-tours.fixture.js';
import { AdmissionWorld, JOINER } from './admission-world.fixture.js';

// A model of the door: every order of up to DEPTH events is played against a fleet and compared with the specification in
// `admission-rules.fixture.ts`: nobody has a seat whom the rules of that moment refuse, and nobody types who may only watch.
//
// What is left out, and why nothing is lost by it:
// - Orders that lead to the same moment of the specification go on as one. A moment is all that the specification looks at, and a
//   step is checked in the real thing from each moment once. That the real thing remembers no more than that is tried by the tours,
//   which reach moments by other and longer orders than the shortest, and by orders that are drawn at random.
// - What cannot matter any more is no part of a moment: see `essence`.
// - A last event before and after which nobody is inside, and by which nobody asks for a seat, has nothing to be checked. As an
//   earlier event it is played, and what follows is checked.
// - An event that needs something (a session, a connection, somebody who waits) does not happen without it.
// - One person has one connection: with another they are two people, of whom the specification says the same.

// The real hash takes 40 ms of a core; every order sets some.
vi.mock('../../../libs/access/src/policy/password.js', async (original) => {
  let salts = 0;
  const hash = (text: string): string =>
    `scrypt$14$8$${String(++salts).padStart(22, 'A')}$${Buffer.from(text.padEnd(32, ' ')).toString('base64url')}`;
  const textOf = (known: string): string =>
    Buffer.from(known.split('$')[4] ?? '', 'base64url')
      .toString()
      .trimEnd();
  return {
    ...(await original<object>()),
    hashPassword: async (text: string) => await Promise.resolve(hash(text)),
    isPassword: async (known: string, given: string) => await Promise.resolve(textOf(known) === given),
  };
});

/** How many events an order has. 6 take half an hour of a core. */
const DEPTH = Number(process.env['SHIPMATE_MODEL_DEPTH'] ?? 4);
/** How many long orders are drawn. */
const LONG_ORDERS = 75 * 4 ** Math.max(0, DEPTH - 4);
/**
 * How many passwords one connection of a host may set, and how often it may replace tokens in ten minutes: a sequence ends
 * before that.
 */
const MAX_COSTLY = 7;
/** Events of one tour: no list that a world keeps grows large. */
const MAX_TOUR = 60;
/** How far a tour goes for a new step; from further away, it is cheaper to start again. */
const MAX_DETOUR = 3;

const EVENTS = eventsOf(JOINER);

describe('admission', () => {
  it('is what the policy of the moment says, after every order of events', async () => {
    const { moments, orders } = explore(EVENTS, DEPTH);
    const [start] = moments;
    if (start === undefined) throw new Error('nothing can happen');
    const [all, once] = [moments.length, moments.reduce((sum, { left }) => sum + left, 0)];
    let [played, tours] = [0, 0];
    for (; wayToNew(start, DEPTH) !== undefined; tours++) played += await tour(start);
    console.info(
      `${orders} orders of up to ${DEPTH} events: ${once} steps from ${all} moments, ${played} in ${tours} tours`,
    );
    expect(moments.filter(({ left }) => left > 0)).toEqual([]);
  }, 7_200_000);

  it('is so after long orders, too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 10, maxLength: 30 }), async (choices) => {
        const world = await AdmissionWorld.make();
        const path: Event[] = [];
        let state = START;
        for (const choice of choices) {
          const possible = EVENTS.filter(({ may }) => may(state));
          const event = possible[choice % possible.length];
          if (event === undefined || path.filter(isCostly).length === MAX_COSTLY) break;
          path.push(event);
          state = event.next(state);
          await event.run(world);
          await check(world, state, path);
        }
      }),
      { numRuns: LONG_ORDERS, seed: 7 },
    );
  }, 7_200_000);
});

/** Goes from one moment to the next by new steps, as long as that is shorter than starting again; returns how many. */
async function tour(start: Moment): Promise<number> {
  const world = await AdmissionWorld.make();
  const path: Event[] = [];
  for (let at = start; path.length < MAX_TOUR && path.filter(isCostly).length < MAX_COSTLY;) {
    const way = wayToNew(at, path.length === 0 ? DEPTH : MAX_DETOUR);
    if (way === undefined) break;
    for (const step of way) {
      path.push(step.event);
      await step.event.run(world);
      await check(world, step.to.state, path);
      if (!step.done) at.left -= 1;
      step.done = true;
      at = step.to;
    }
  }
  return path.length;
}

const isCostly = ({ name }: Event): boolean => name.startsWith('password=') || name.startsWith('rotate=');

/** Checks that the joiner, and everyone else in the session, is where the specification says. */
async function check(world: AdmissionWorld, expected: State, path: readonly Event[]): Promise<void> {
  const place = await world.place();
  const isHeard = !isPaused(expected) || expected.broken;
  const should = expected.place === 'writer' && !isHeard ? 'reader' : expected.place;
  const inside = world.inside ?? 0;
  const seats = Number(expected.resident) + Number(expected.place === 'reader' || expected.place === 'writer');
  if (place === should && inside === seats && world.faults.length === 0) return;
  const order = path.map(({ name }) => name).join(', ');
  throw new Error(`${order}: ${place}, not ${should}; ${inside} inside, not ${seats}; ${world.faults.join()}`);
}
