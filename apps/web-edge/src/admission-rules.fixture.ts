import {
  gone,
  isInvited,
  isOn,
  isPage,
  isSeated,
  OTHER_PASSWORD,
  PASSWORD,
  type Place,
  type State,
  type Way,
} from './admission-state.fixture.js';

/** The specification: what people may do because of who they are; `out`: not even be there. */
function asWho(s: State): Place {
  const isKnown = s.way?.signedIn === true;
  if (!isKnown && (s.signIn || s.operator || (s.allow && !isInvited(s)))) return 'out';
  return s.operator || (s.allow && isKnown) ? 'reader' : 'writer';
}

/** The specification: what the rules of this moment say of somebody who sits down now. */
export function allowed(s: State, approved: boolean): Place {
  if (!isOn(s) || s.way === undefined || s.stale || s.signedOut || (isInvited(s) && s.invitation !== 'open'))
    return 'out';
  if (s.lockedOut || s.addressAway || (s.keyAway && s.showedKey)) return 'out';
  if (isPage(s) && !s.web) return 'out';
  // An invitation counts in place of a key.
  if (!isInvited(s) && s.keys !== 'any' && (isPage(s) || s.keys === 'none' || !s.showedKey)) return 'out';
  if (asWho(s) === 'out') return 'out';
  if (s.password !== undefined && s.gave !== s.password) return isPage(s) ? 'form' : 'out';
  if (s.locked === 'all' || (s.onlyOne && s.resident)) return 'out';
  if (s.approve && !approved) return 'waits';
  return s.readersOnly || s.addressLooks ? 'reader' : asWho(s);
}

/** Whoever has a seat by an invitation has used it. */
const seatedAs = (s: State, place: Place): State => {
  const seated = { ...s, place };
  return isSeated(seated) && isInvited(s) ? { ...seated, invitation: 'used' } : seated;
};

/** The specification: somebody asks for a seat. People who get none are sent away; a page may answer a few times. */
function asks(s: State): State {
  const place = allowed(s, false);
  return place === 'out' || (place === 'form' && s.tries === 0) ? gone(s) : seatedAs(s, place);
}

/**
 * The specification: the rules are others now. Whoever is inside stays, unless the rules are about who people are; whoever waits may be
 * let in or sent away.
 */
function changed(before: State, change: Partial<State>): State {
  const s = { ...before, ...change };
  if (isSeated(s) && (s.lockedOut || asWho(s) === 'out' || (isInvited(s) && s.invitation === 'gone'))) return gone(s);
  if (s.place === 'writer' && (s.readersOnly || asWho(s) === 'reader')) return { ...s, place: 'reader' };
  if (s.place !== 'waits') return s;
  // Someone who waits for the host continues to wait while the session is full.
  const isFull = s.approve && allowed({ ...s, onlyOne: false }, false) === 'waits';
  return isFull ? s : asks(s);
}

/** The specification: whether what people type who may type goes nowhere now. */
export const isPaused = (s: State): boolean =>
  s.locked !== 'off' || (s.moderated && !(s.resident && s.allow && !s.operator));

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
  invite(): Promise<void>;
  revoke(): Promise<void>;
  /** The joiner's provider signs them out. */
  signOut(): Promise<void>;
  /** The operator has another policy, or none. */
  demand(policy: string): Promise<void>;
  /** The operator locks the joiner's address out, or no longer. */
  lockOut(locked: boolean): Promise<void>;
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
const demands = (name: string, policy: string, operator: boolean): Event => ({
  name,
  may: ({ session }) => session !== 'over',
  next: (s) => changed(s, { operator }),
  run: async (world) => await world.demand(policy),
});
const locksOut = (locked: boolean): Event => ({
  name: locked ? "the operator locks the joiner's address out" : 'the operator locks nobody out',
  may: ({ session, lockedOut }) => session !== 'over' && lockedOut !== locked,
  next: (s) => changed(s, { lockedOut: locked }),
  run: async (world) => await world.lockOut(locked),
});
const connects = (way: Way): Event => ({
  name: `${way.transport} connects at ${way.edge === 0 ? 'home' : 'another edge'} by ${way.by}${way.signedIn === true ? ', signed in' : ''}`,
  asks: way.transport === 'web',
  may: (s) =>
    s.way === undefined && (way.by === 'name' || isOn(s)) && (way.by !== 'invitation' || s.invitation !== 'none'),
  next: (s) => {
    const here = { ...s, way };
    if (way.transport === 'web') return asks(here);
    const { keys, password, web, addressAway, addressLooks, keyAway, signIn, allow, operator, invitation } = s;
    const { locked, lockedOut } = s;
    const who = { keys, addressAway, addressLooks, keyAway, signIn, allow, operator, invitation, lockedOut };
    const rules = { ...who, password, web, locked };
    const elsewhere = way.edge === 1 || s.session === 'moved';
    return {
      ...here,
      found:
        isOn(s) && (way.by !== 'invitation' || invitation !== 'gone') ? { ...rules, elsewhere, old: false } : undefined,
      showedKey: isOn(s) && keys !== 'any' && !addressAway && !lockedOut && way.by !== 'invitation',
    };
  },
  run: async (world) => await world.connect(way),
});
const decides = (admitted: boolean): Event => ({
  name: admitted ? 'the host lets them in' : 'the host refuses them',
  may: ({ place }) => place === 'waits',
  next: (s) => {
    if (!admitted) return gone(s);
    return s.onlyOne && s.resident ? s : seatedAs(s, allowed(s, true));
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
    { edge: 0, transport: 'ssh', by: 'invitation' },
    { edge: 1, transport: 'web', by: 'invitation' },
    { edge: 0, transport: 'ssh', by: 'name', signedIn: true },
    { edge: 1, transport: 'ssh', by: 'token', signedIn: true },
    { edge: 0, transport: 'web', by: 'name', signedIn: true },
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
    rule('sign-in=on', { signIn: true }),
    rule('allow=ann:look,bob:moderate', { allow: true }),
    demands(
      'the operator lets whoever has signed in look',
      'people: [{who: anyone, may: host}, {who: signed-in, may: look}]',
      true,
    ),
    demands('the operator demands nothing more', '', false),
    {
      name: 'the host invites them',
      may: (s) => isOn(s) && s.invitation === 'none',
      next: (s) => ({ ...s, invitation: 'open' }),
      run: async (world) => await world.invite(),
    },
    {
      name: 'the invitation is revoked',
      may: (s) => isOn(s) && (s.invitation === 'open' || s.invitation === 'used'),
      next: (s) => changed(s, { invitation: 'gone' }),
      run: async (world) => await world.revoke(),
    },
    rule('approve=true', { approve: true }),
    rule('approve=false', { approve: false }),
    rule('readers-only=true', { readersOnly: true }),
    rule('readers-only=false', { readersOnly: false }),
    rule('web=off', { web: false }),
    rule('lock=all', { locked: 'all' }),
    rule('lock=typing', { locked: 'typing' }),
    rule('lock=off', { locked: 'off' }),
    rule('moderated=true', { moderated: true }),
    locksOut(true),
    locksOut(false),
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
      name: "the joiner's provider signs them out",
      may: ({ way, signedOut }) => way?.signedIn === true && !signedOut,
      // Whatever the session asks for: they are not who they were shown to be any more.
      next: (s) => (isSeated(s) || s.place === 'waits' ? gone(s) : { ...s, signedOut: true }),
      run: async (world) => await world.signOut(),
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
        const invitation = s.invitation === 'used' ? 'open' : s.invitation;
        const now = allowed({ ...s, approve: false, onlyOne: false, invitation }, true);
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
