import type { Role } from '#kernel';

/** The joiner's password; hosts may set it, or another. */
export const PASSWORD = 'sesame';
export const OTHER_PASSWORD = 'other';
/** Answers that a page may give before it is sent away. */
const TRIES = 3;

/** How the joiner comes. Edge 0 is the session's first home; it moves to edge 2. */
export interface Way {
  readonly edge: 0 | 1;
  readonly transport: 'ssh' | 'web';
  readonly by: 'name' | 'token';
}

/** What happened to the joiner. `form`: a page asks for the password. */
export type Place = 'out' | 'form' | 'waits' | Role;

interface Rules {
  readonly keys: 'any' | 'ann' | 'none';
  readonly password: string | undefined;
  readonly web: boolean;
  /** The joiner's address is kept away; it may only look; their key is kept away. */
  readonly addressAway: boolean;
  readonly addressLooks: boolean;
  readonly keyAway: boolean;
}

/** All there is to know of one moment. */
export interface State extends Rules {
  readonly session: 'not yet' | 'here' | 'moved' | 'over';
  readonly approve: boolean;
  readonly readersOnly: boolean;
  readonly onlyOne: boolean;
  /** Somebody else is inside. */
  readonly resident: boolean;
  /** The joiner's connection; undefined: they have none. */
  readonly way: Way | undefined;
  /** They came with a token that was replaced. */
  readonly stale: boolean;
  readonly showedKey: boolean;
  readonly gave: string | undefined;
  /** The rules as they were when they connected by ssh. `old`: a password was set since then. */
  readonly found: (Rules & { readonly elsewhere: boolean; readonly old: boolean }) | undefined;
  /** How many answers a page has left. */
  readonly tries: number;
  /** The page's connection is broken; its seat is kept. */
  readonly broken: boolean;
  readonly place: Place;
}

const NOBODY = {
  way: undefined,
  stale: false,
  showedKey: false,
  gave: undefined,
  found: undefined,
  tries: TRIES,
  broken: false,
  place: 'out',
} as const;

const NO_RULES = {
  keys: 'any',
  password: undefined,
  web: true,
  addressAway: false,
  addressLooks: false,
  keyAway: false,
  approve: false,
  readersOnly: false,
  onlyOne: false,
} as const;

export const START: State = { session: 'not yet', resident: false, ...NO_RULES, ...NOBODY };

const isOn = ({ session }: State): boolean => session === 'here' || session === 'moved';
const isSeated = ({ place }: State): boolean => place === 'writer' || place === 'reader';
const isPage = ({ way }: State): boolean => way?.transport === 'web';
const gone = (s: State): State => ({ ...s, ...NOBODY });

/** The specification: what the rules of this moment say of somebody who sits down now. */
export function allowed(s: State, approved: boolean): Place {
  if (!isOn(s) || s.way === undefined || s.stale) return 'out';
  if (s.addressAway || (s.keyAway && s.showedKey)) return 'out';
  if (isPage(s) && (s.keys !== 'any' || !s.web)) return 'out';
  if (s.keys === 'none' || (s.keys === 'ann' && !s.showedKey)) return 'out';
  if (s.password !== undefined && s.gave !== s.password) return isPage(s) ? 'form' : 'out';
  if (s.onlyOne && s.resident) return 'out';
  if (s.approve && !approved) return 'waits';
  return s.readersOnly || s.addressLooks ? 'reader' : 'writer';
}

/** The specification: somebody asks for a seat. People who get none are sent away; a page may answer a few times. */
function asks(s: State): State {
  const place = allowed(s, false);
  return place === 'out' || (place === 'form' && s.tries === 0) ? gone(s) : { ...s, place };
}

/** The specification: the rules are others now. Whoever is inside stays; whoever waits may be let in or sent away. */
function changed(before: State, change: Partial<State>): State {
  const s = { ...before, ...change };
  if (s.place === 'writer' && s.readersOnly) return { ...s, place: 'reader' };
  if (s.place !== 'waits') return s;
  // Someone who waits for the host continues to wait while the session is full.
  const isFull = s.approve && allowed({ ...s, onlyOne: false }, false) === 'waits';
  return isFull ? s : asks(s);
}

/** What happens; `run` names the world's part in it. */
export interface Event {
  readonly name: string;
  /** Somebody who has no seat asks for one. */
  readonly asks?: boolean;
  readonly may: (s: State) => boolean;
  readonly next: (s: State) => State;
  readonly run: (world: World) => Promise<void>;
}

/** What can be done to the real thing. */
export interface World {
  start(): Promise<void>;
  move(): Promise<void>;
  end(): Promise<void>;
  /** The host sets an option, or orders something, by `tmate-set`. */
  set(pair: string): Promise<void>;
  residentLeaves(): Promise<void>;
  connect(way: Way): Promise<void>;
  givePassword(): Promise<void>;
  sit(late: boolean): Promise<void>;
  decide(admitted: boolean): Promise<void>;
  leave(): Promise<void>;
  kick(): Promise<void>;
  breakOff(): Promise<void>;
  comeBack(): Promise<void>;
  stayAway(): Promise<void>;
}

const rule = (pair: string, change: Partial<State>): Event => ({
  name: pair.slice(0, 32),
  may: ({ session }) => session !== 'over',
  next: (s) => changed(s, change),
  run: async (world) => await world.set(pair),
});
/** People who gave a password have to give it again, even if it is the same. */
const anew = (s: State): State => ({ ...s, gave: undefined, found: s.found && { ...s.found, old: true } });
const sets = (password: string): Event => ({
  ...rule(`password=${password}`, { password }),
  next: (s) => changed(anew(s), { password }),
});
/** Keeps somebody away, or lets them only look: those who are inside, too. */
const sends = (pair: string, change: Partial<State>, meant: (s: State) => boolean): Event => ({
  ...rule(pair, change),
  next: (s) => {
    const after = changed(s, change);
    if (!isSeated(s) || !meant(s)) return after;
    return change.addressLooks === true ? { ...after, place: 'reader' } : gone(after);
  },
});
const rotates = (pair: string, leave: boolean): Event => ({
  name: pair,
  may: isOn,
  next: (s) => {
    const after = changed(s, { stale: s.stale || s.way?.by === 'token', ...(leave && { resident: false }) });
    return leave && isSeated(after) ? gone(after) : after;
  },
  run: async (world) => await world.set(pair),
});
const connects = (way: Way): Event => ({
  name: `${way.transport} connects at ${way.edge === 0 ? 'home' : 'another edge'} by ${way.by}`,
  asks: way.transport === 'web',
  may: (s) => s.way === undefined && (way.by === 'name' || isOn(s)),
  next: (s) => {
    const here = { ...s, way };
    if (way.transport === 'web') return asks(here);
    const { keys, password, web, addressAway, addressLooks, keyAway } = s;
    const elsewhere = way.edge === 1 || s.session === 'moved';
    return {
      ...here,
      found: isOn(s) ? { keys, password, web, addressAway, addressLooks, keyAway, elsewhere, old: false } : undefined,
      showedKey: isOn(s) && keys !== 'any' && !addressAway,
    };
  },
  run: async (world) => await world.connect(way),
});
const decides = (admitted: boolean): Event => ({
  name: admitted ? 'the host lets them in' : 'the host refuses them',
  may: ({ place }) => place === 'waits',
  next: (s) => {
    if (!admitted) return gone(s);
    return s.onlyOne && s.resident ? s : { ...s, place: allowed(s, true) };
  },
  run: async (world) => await world.decide(admitted),
});

/** Needs the joiner's public key, of which `key` is the line and `fingerprint` the name. */
export function eventsOf({ key, fingerprint, address }: Readonly<Record<'key' | 'fingerprint' | 'address', string>>) {
  const byAddress = (): boolean => true;
  const byKey = ({ showedKey }: State): boolean => showedKey;
  // A token is looked up at home and at another edge in different ways, but by ssh as by a page.
  const ways: readonly Way[] = [
    ...([0, 1] as const).flatMap((edge) =>
      (['ssh', 'web'] as const).map((transport) => ({ edge, transport, by: 'name' as const })),
    ),
    { edge: 0, transport: 'web', by: 'token' },
    { edge: 1, transport: 'ssh', by: 'token' },
  ];
  const events: readonly Event[] = [
    {
      name: 'the session starts',
      may: ({ session }) => session === 'not yet',
      next: (s) => ({ ...s, session: 'here', resident: true }),
      run: async (world) => await world.start(),
    },
    {
      name: 'the session moves',
      may: ({ session }) => session === 'here',
      // People who wait ask the new home again, and are told if there is no place; unless they ask from an edge at which nobody
      // has joined: then the new home does not know yet who else is in the session. When it lets them in, it will.
      next: (s) => {
        // The host says again what it asks for.
        const moved: State = { ...(s.password === undefined ? s : anew(s)), session: 'moved' };
        if (s.place !== 'waits') return moved;
        return s.way?.edge === 1 ? changed(moved, {}) : asks(moved);
      },
      run: async (world) => await world.move(),
    },
    {
      name: 'the session ends',
      may: isOn,
      next: (s) => {
        const over: State = { ...s, session: 'over', resident: false };
        return s.place === 'out' || s.place === 'form' ? over : gone(over);
      },
      run: async (world) => await world.end(),
    },
    rule(`authorized_keys=${key}`, { keys: 'ann' }),
    {
      ...rule('authorized_keys=none', { keys: 'none' }),
      may: ({ session, keys }) => session !== 'over' && keys === 'ann',
    },
    sets(PASSWORD),
    sets(OTHER_PASSWORD),
    rule('approve=true', { approve: true }),
    rule('approve=false', { approve: false }),
    rule('readers-only=true', { readersOnly: true }),
    rule('readers-only=false', { readersOnly: false }),
    rule('web=off', { web: false }),
    rule('max-joiners=1', { onlyOne: true }),
    sends(`kick=${address}`, { addressAway: true }, byAddress),
    sends(`reader=${address}`, { addressLooks: true }, byAddress),
    sends(`ban=${fingerprint}`, { keyAway: true }, byKey),
    rule('unban=all', { addressAway: false, keyAway: false }),
    rule('writer=all', { addressLooks: false }),
    rotates('rotate=tokens', false),
    rotates('rotate=tokens,leave', true),
    {
      name: 'the other one leaves',
      may: ({ resident }) => resident,
      next: (s) => ({ ...s, resident: false }),
      run: async (world) => await world.residentLeaves(),
    },
    ...ways.map(connects),
    {
      name: 'the joiner gives the password',
      may: (s) => s.place === 'form' || (s.place === 'out' && s.found?.password === PASSWORD),
      next: (s) => {
        if (s.place === 'out') return s.found?.old === true ? s : { ...s, gave: PASSWORD };
        const isRight = isOn(s) && s.password === PASSWORD;
        return asks({ ...s, tries: s.tries - 1, ...(isRight && { gave: PASSWORD }) });
      },
      run: async (world) => await world.givePassword(),
    },
    {
      name: 'the joiner sits down',
      asks: true,
      may: (s) => s.place === 'out' && s.way !== undefined,
      next: asks,
      run: async (world) => await world.sit(false),
    },
    {
      name: 'the joiner sits down in what was found before',
      asks: true,
      may: ({ place, found }) => place === 'out' && found !== undefined,
      // Another edge than the home also refuses what it knew to be missing then: whoever looks again gets in.
      next: (s) => {
        const then = { ...s, ...s.found, approve: false, onlyOne: false };
        return s.found?.elsewhere === true && allowed(then, true) === 'out' ? gone(s) : asks(s);
      },
      run: async (world) => await world.sit(true),
    },
    decides(true),
    decides(false),
    {
      name: 'the joiner leaves',
      may: ({ way, broken }) => way !== undefined && !broken,
      next: gone,
      run: async (world) => await world.leave(),
    },
    {
      name: 'an operator sends the joiner away',
      may: isSeated,
      next: gone,
      run: async (world) => await world.kick(),
    },
    {
      name: "the page's connection breaks",
      may: (s) => isPage(s) && !s.broken,
      next: (s) => (isSeated(s) ? { ...s, broken: true } : gone(s)),
      run: async (world) => await world.breakOff(),
    },
    {
      name: 'the page comes back',
      may: ({ broken }) => broken,
      // It has answered every question before.
      next: (s) => {
        const now = allowed({ ...s, approve: false, onlyOne: false }, true);
        return now === 'out' ? gone(s) : { ...s, broken: false };
      },
      run: async (world) => await world.comeBack(),
    },
    {
      name: 'the page stays away',
      may: ({ broken }) => broken,
      next: gone,
      run: async (world) => await world.stayAway(),
    },
  ];
  return events;
}

/**
 * The same moment without what cannot matter any more. People with a seat are not asked again for what they gave, nor, with
 * ssh, for their token; an ended session has no rules; and if nobody else is left in the session, there is a place.
 */
export function essence(s: State): State {
  const seated = isSeated(s) ? { found: undefined, gave: undefined, tries: TRIES } : {};
  const waits = s.place === 'waits' ? { found: undefined } : {};
  const ssh = isSeated(s) && s.way?.transport === 'ssh' ? { stale: false, way: { ...s.way, by: 'name' } as const } : {};
  const page = isPage(s) ? {} : { tries: TRIES };
  const over = s.session === 'over' ? { ...NO_RULES, stale: false, gave: undefined, showedKey: false } : {};
  const alone = isOn(s) && !s.resident ? { onlyOne: false } : {};
  return { ...s, ...seated, ...waits, ...ssh, ...page, ...over, ...alone };
}
