import type { Role } from '#kernel';

/** The joiner's password; hosts may set it, or another. */
export const PASSWORD = 'sesame';
export const OTHER_PASSWORD = 'other';
/** Answers that a page may give before it is sent away. */
export const TRIES = 3;

/** How the joiner comes. Edge 0 is the session's first home; it moves to edge 2. */
export interface Way {
  readonly edge: 0 | 1;
  readonly transport: 'ssh' | 'web';
  readonly by: 'name' | 'token' | 'invitation';
  /** They have said who they are. */
  readonly signedIn?: boolean;
}

/** What happened to the joiner. `form`: a page asks for the password. */
export type Place = 'out' | 'form' | 'waits' | Role;

/** What the host and the operator say of joiners. */
export interface Rules {
  readonly keys: 'any' | 'ann' | 'none';
  readonly password: string | undefined;
  readonly web: boolean;
  /** The joiner's address is kept away; it may only watch; their key is kept away. */
  readonly addressAway: boolean;
  readonly addressLooks: boolean;
  readonly keyAway: boolean;
  /** The host wants everybody to sign in; lets only the joiner in, to look, and the other one, to moderate. */
  readonly signIn: boolean;
  readonly allow: boolean;
  /** The operator lets whoever has signed in look, and nobody else join. */
  readonly operator: boolean;
  /** For the joiner, for one use; `gone`: revoked. */
  readonly invitation: 'none' | 'open' | 'used' | 'gone';
  /** Nobody may type, or look either. */
  readonly locked: 'off' | 'typing' | 'all';
  /** The operator has locked out whoever comes from the joiner's address. */
  readonly lockedOut: boolean;
}

/** All there is to know of one moment. */
export interface State extends Rules {
  readonly session: 'not yet' | 'here' | 'moved' | 'over';
  readonly approve: boolean;
  readonly readersOnly: boolean;
  readonly onlyOne: boolean;
  /** Nobody may type unless somebody is inside who may moderate. */
  readonly moderated: boolean;
  /** Somebody else is inside. */
  readonly resident: boolean;
  /** The joiner's connection; undefined: they have none. */
  readonly way: Way | undefined;
  /** Their provider has signed them out since they said who they are. */
  readonly signedOut: boolean;
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
  signedOut: false,
  stale: false,
  showedKey: false,
  gave: undefined,
  found: undefined,
  tries: TRIES,
  broken: false,
  place: 'out',
} as const;

/** No host and no operator asks for anything. */
export const NO_RULES = {
  keys: 'any',
  password: undefined,
  web: true,
  addressAway: false,
  addressLooks: false,
  keyAway: false,
  signIn: false,
  allow: false,
  operator: false,
  invitation: 'none',
  locked: 'off',
  lockedOut: false,
  approve: false,
  readersOnly: false,
  onlyOne: false,
  moderated: false,
} as const;

export const START: State = { session: 'not yet', resident: false, ...NO_RULES, ...NOBODY };

/** There is a session. */
export const isOn = ({ session }: State): boolean => session === 'here' || session === 'moved';
/** The joiner is in it. */
export const isSeated = ({ place }: State): boolean => place === 'writer' || place === 'reader';
/** The joiner came by a browser. */
export const isPage = ({ way }: State): boolean => way?.transport === 'web';
/** The joiner came with an invitation. */
export const isInvited = ({ way }: State): boolean => way?.by === 'invitation';
/** The same without the joiner. */
export const gone = (s: State): State => ({ ...s, ...NOBODY });
