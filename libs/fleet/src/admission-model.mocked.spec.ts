import { describe, expect, it, vi } from 'vitest';
import { ED25519 } from '#keys/fixtures';
import { AdmissionWorld, OTHER_PASSWORD, PASSWORD, type Place, type Way } from './admission-model.fixture.js';

// The real hash takes 40 ms of a core; every order sets some.
vi.mock('../../access/src/policy/password.js', async (original) => {
  const hash = (text: string): string =>
    `scrypt$14$8$${'A'.repeat(22)}$${Buffer.from(text.padEnd(32, ' ')).toString('base64url')}`;
  return {
    ...(await original<object>()),
    hashPassword: async (text: string) => await Promise.resolve(hash(text)),
    isPassword: async (known: string, given: string) => await Promise.resolve(known === hash(given)),
  };
});

/** All there is to know of one moment. */
interface State {
  readonly session: 'not yet' | 'here' | 'moved' | 'over';
  readonly keys: 'any' | 'ann' | 'none';
  readonly password: string | undefined;
  readonly approve: boolean;
  readonly readersOnly: boolean;
  readonly web: boolean;
  readonly onlyOne: boolean;
  readonly resident: boolean;
  /** What the joiner found and proved. */
  readonly way: Way | undefined;
  readonly found:
    { readonly keys: State['keys']; readonly password: string | undefined; readonly web: boolean } | undefined;
  readonly showedKey: boolean;
  readonly gave: string | undefined;
  readonly place: Place;
}

const START: State = {
  session: 'not yet',
  keys: 'any',
  password: undefined,
  approve: false,
  readersOnly: false,
  web: true,
  onlyOne: false,
  resident: false,
  way: undefined,
  found: undefined,
  showedKey: false,
  gave: undefined,
  place: 'out',
};

const isOn = ({ session }: State): boolean => session === 'here' || session === 'moved';

/** The specification: what the policy of this moment says of somebody who sits down now. */
function allowed(s: State, approved: boolean): Place {
  if (!isOn(s) || s.way === undefined) return 'out';
  const isPage = s.way.transport === 'web';
  if (isPage && (s.keys !== 'any' || !s.web)) return 'out';
  if (s.keys === 'none' || (s.keys === 'ann' && !s.showedKey)) return 'out';
  if (s.password !== undefined && s.gave !== s.password) return 'out';
  if (s.onlyOne && s.resident) return 'out';
  if (s.approve && !approved) return 'waits';
  return s.readersOnly ? 'reader' : 'writer';
}

/** The specification: the host has changed its policy. */
function changed(before: State, change: Partial<State>): State {
  const s = { ...before, ...change };
  if (s.place === 'writer' && s.readersOnly) return { ...s, place: 'reader' };
  if (s.place !== 'waits') return s;
  const now = allowed(s, false);
  // Whoever waits for the host does not lose the place because there is none just now.
  const full = now === 'out' && s.approve && allowed({ ...s, onlyOne: false }, false) === 'waits';
  return full ? s : { ...s, place: now };
}

interface Event {
  readonly name: string;
  readonly may: (s: State) => boolean;
  readonly next: (s: State) => State;
  readonly run: (world: AdmissionWorld) => Promise<void>;
}

const rule = (pair: string, change: Partial<State>): Event => ({
  name: pair.slice(0, 40),
  may: (s) => s.session !== 'over' && Object.entries(change).some(([name, value]) => s[name as keyof State] !== value),
  next: (s) => changed(s, change),
  run: async (world) => await world.set(pair),
});
const connects = (edge: 0 | 1, transport: 'ssh' | 'web'): Event => ({
  name: `${transport} connects at ${edge === 0 ? 'home' : 'another edge'}`,
  may: ({ place }) => place === 'out',
  next: (s) => ({
    ...s,
    way: { edge, transport },
    found: isOn(s) ? { keys: s.keys, password: s.password, web: s.web } : undefined,
    showedKey: isOn(s) && s.keys !== 'any' && transport === 'ssh',
    gave: undefined,
  }),
  run: async (world) => await world.connect({ edge, transport }),
});
const decides = (admitted: boolean): Event => ({
  name: admitted ? 'the host lets them in' : 'the host refuses them',
  may: ({ place }) => place === 'waits',
  next: (s) => {
    if (!admitted) return { ...s, place: 'out' };
    return { ...s, place: s.onlyOne && s.resident ? 'waits' : allowed(s, true) };
  },
  run: async (world) => await world.decide(admitted),
});
const goes = (name: string, run: Event['run'], may: Event['may']): Event => ({
  name,
  may,
  next: (s) => ({ ...s, place: 'out' }),
  run,
});

const EVENTS: readonly Event[] = [
  {
    name: 'the session starts',
    may: ({ session }) => session === 'not yet',
    next: (s) => ({ ...s, session: 'here', resident: true }),
    run: async (world) => await world.start(),
  },
  {
    name: 'the session moves',
    may: ({ session }) => session === 'here',
    // Whoever waits asks the new home anew, and hears it when there is no place.
    next: (s) => ({ ...s, session: 'moved', place: s.place === 'waits' && s.onlyOne && s.resident ? 'out' : s.place }),
    run: async (world) => await world.move(),
  },
  {
    name: 'the session ends',
    may: isOn,
    next: (s) => ({ ...s, session: 'over', place: 'out', resident: false }),
    run: async (world) => await world.end(),
  },
  rule(`authorized_keys=${ED25519}`, { keys: 'ann' }),
  { ...rule('authorized_keys=none', { keys: 'none' }), may: ({ keys }) => keys === 'ann' },
  rule(`password=${PASSWORD}`, { password: PASSWORD }),
  rule(`password=${OTHER_PASSWORD}`, { password: OTHER_PASSWORD }),
  rule('approve=true', { approve: true }),
  rule('approve=false', { approve: false }),
  rule('readers-only=true', { readersOnly: true }),
  rule('readers-only=false', { readersOnly: false }),
  rule('web=off', { web: false }),
  rule('max-joiners=1', { onlyOne: true }),
  {
    name: 'the other one leaves',
    may: ({ resident }) => resident,
    next: (s) => ({ ...s, resident: false }),
    run: async (world) => await world.residentLeaves(),
  },
  connects(0, 'ssh'),
  connects(0, 'web'),
  connects(1, 'ssh'),
  connects(1, 'web'),
  {
    name: 'the joiner gives the password',
    may: ({ place, found }) => place === 'out' && found?.password === PASSWORD,
    next: (s) => ({ ...s, gave: PASSWORD }),
    run: async (world) => await world.givePassword(),
  },
  {
    name: 'the joiner sits down',
    may: ({ place, way }) => place === 'out' && way !== undefined,
    next: (s) => ({ ...s, place: allowed(s, false) }),
    run: async (world) => await world.sit(false),
  },
  {
    name: 'the joiner sits down in what was found before',
    may: ({ place, found }) => place === 'out' && found !== undefined,
    // Another edge also refuses what it knew to be missing: whoever looks again gets in.
    next: (s) => {
      const known = allowed({ ...s, ...s.found, approve: false, onlyOne: false }, true);
      return { ...s, place: s.way?.edge === 1 && known === 'out' ? 'out' : allowed(s, false) };
    },
    run: async (world) => await world.sit(true),
  },
  decides(true),
  decides(false),
  goes(
    'the joiner leaves',
    async (world) => await world.leave(),
    ({ place }) => place !== 'out',
  ),
  goes(
    'the joiner is sent away',
    async (world) => await world.kick(),
    ({ place }) => place === 'writer' || place === 'reader',
  ),
];

/** Orders that lead to the same state are gone on with as one. */
interface Reached {
  readonly state: State;
  readonly path: readonly Event[];
  /** How many orders lead here. */
  orders: number;
}

/** How many events an order has; `SHIPMATE_MODEL_DEPTH=6` takes a quarter of an hour of one core. */
const DEPTH = Number(process.env['SHIPMATE_MODEL_DEPTH'] ?? 4);

describe('admission', () => {
  it('is what the policy of the moment says, after every order of events', async () => {
    let level = new Map<string, Reached>([['', { state: START, path: [], orders: 1 }]]);
    let [orders, runs] = [0, 0];
    for (let depth = 1; depth <= DEPTH; depth++) {
      const next = new Map<string, Reached>();
      for (const { state, path, orders: ways } of level.values()) {
        for (const event of EVENTS.filter(({ may }) => may(state))) {
          orders += ways;
          const reached = event.next(state);
          const key = JSON.stringify(reached);
          const same = next.get(key);
          const isQuiet = reached.place === 'out' && state.place === 'out' && !event.name.includes('sits');
          if (!isQuiet) {
            runs += 1;
            await check([...path, event], reached);
          }
          if (same === undefined) next.set(key, { state: reached, path: [...path, event], orders: ways });
          else same.orders += ways;
        }
      }
      level = next;
    }
    console.info(`${orders} orders of up to ${DEPTH} events, by ${runs} runs`);
    expect(runs).toBeGreaterThan(DEPTH);
  }, 1_800_000);
});

/** Plays an order, and looks whether the joiner is where the specification says. */
async function check(path: readonly Event[], expected: State): Promise<void> {
  const world = await AdmissionWorld.make();
  for (const { run } of path) await run(world);
  const place = await world.place();
  const told = `${path.map(({ name }) => name).join(', ')}: ${place}, not ${expected.place}; ${world.faults.join()}`;
  if (place !== expected.place) throw new Error(told);
}
