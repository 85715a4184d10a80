import type { Event } from './admission-rules.fixture.js';
import { isOn, isPage, isSeated, NO_RULES, START, TRIES, type State } from './admission-state.fixture.js';

/** One event in one moment, and the moment it leads to. */
export interface Step {
  readonly event: Event;
  readonly to: Moment;
  done: boolean;
}

/** A moment that some order of events leads to. Where only the longest orders lead there, `steps` are those that lead back. */
export interface Moment {
  readonly state: State;
  /** The fewest events that lead here. */
  readonly depth: number;
  steps: readonly Step[];
  /** How many of its steps remain. */
  left: number;
}

/** The moments that orders of up to `depth` events lead to, and how many such orders there are. */
export function explore(
  events: readonly Event[],
  depth: number,
): { readonly moments: Moment[]; readonly orders: number } {
  const known = new Map<string, Moment>();
  const at = (state: State, atDepth: number): Moment => {
    const key = JSON.stringify(state);
    const moment = known.get(key) ?? { state, depth: atDepth, steps: [], left: 0 };
    known.set(key, moment);
    return moment;
  };
  let level = [at(START, 0)];
  for (let n = 0; n < depth; n++) {
    for (const moment of level) {
      const { state } = moment;
      const possible = events.filter(({ may }) => may(state));
      moment.steps = possible.map((event) => {
        const to = at(essence(event.next(state)), n + 1);
        return { event, to, done: n === depth - 1 && isQuiet(state, event, to.state) };
      });
      moment.left = moment.steps.filter(({ done }) => !done).length;
    }
    level = [...known.values()].filter(({ depth: own }) => own === n + 1);
  }
  for (const moment of level) {
    moment.steps = events.flatMap((event) => {
      const to = event.may(moment.state) ? known.get(JSON.stringify(essence(event.next(moment.state)))) : undefined;
      return to === undefined ? [] : [{ event, to, done: true }];
    });
  }
  return { moments: [...known.values()], orders: countOrders(at(START, 0), depth) };
}

/** Nobody is inside before and after, and nobody asks. */
const isQuiet = (before: State, { asks = false }: Event, after: State): boolean =>
  before.place === 'out' && after.place === 'out' && !asks;

function countOrders(start: Moment, depth: number): number {
  let [orders, ways] = [0, new Map([[start, 1]])];
  for (let n = 0; n < depth; n++) {
    const next = new Map<Moment, number>();
    for (const [{ steps }, count] of ways) for (const { to } of steps) next.set(to, (next.get(to) ?? 0) + count);
    ways = next;
    for (const count of ways.values()) orders += count;
  }
  return orders;
}

/** The shortest way to a step that was not done, of at most `limit` steps, that step included. */
export function wayToNew(from: Moment, limit: number): readonly Step[] | undefined {
  const seen = new Set([from]);
  let ends: readonly { readonly at: Moment; readonly way: readonly Step[] }[] = [{ at: from, way: [] }];
  for (let length = 0; length < limit && ends.length > 0; length++) {
    for (const { at, way } of ends) {
      const open = at.left > 0 ? at.steps.filter(({ done }) => !done) : [];
      // One step that continues from there, if there is any.
      const step = open.find(({ to }) => to.left > 0) ?? open[0];
      if (step !== undefined) return [...way, step];
    }
    ends = ends.flatMap(({ at, way }) =>
      at.steps.flatMap((step) => {
        if (seen.has(step.to)) return [];
        seen.add(step.to);
        return [{ at: step.to, way: [...way, step] }];
      }),
    );
  }
  return undefined;
}

/**
 * The same moment without what cannot matter any more. People with a seat are not asked again for what they gave, nor, with
 * ssh, for their token; an ended session has no rules; and if nobody else is left in the session, there is a place.
 */
function essence(s: State): State {
  const seated = isSeated(s) ? { found: undefined, gave: undefined, tries: TRIES } : {};
  const waits = s.place === 'waits' ? { found: undefined } : {};
  const by = s.way?.by === 'invitation' ? s.way.by : 'name';
  const ssh = isSeated(s) && s.way?.transport === 'ssh' ? { stale: false, way: { ...s.way, by } as const } : {};
  const page = isPage(s) ? {} : { tries: TRIES };
  const over = s.session === 'over' ? { ...NO_RULES, stale: false, gave: undefined, showedKey: false } : {};
  const alone = isOn(s) && !s.resident ? { onlyOne: false } : {};
  return { ...s, ...seated, ...waits, ...ssh, ...page, ...over, ...alone };
}
