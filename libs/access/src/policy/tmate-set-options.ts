import { exactText } from '#kernel';
import { MAX_ALLOW_RULES, MAY, readAllowList, type AllowRule } from './allow.js';
import { parseDuration } from './durations.js';
import { isTypable, LOCKED_PASSWORD, MAX_PASSWORD_BYTES } from './password.js';

/** The rules that a host may set besides keys; each is the least strict one by default. */
export interface SessionRules {
  /** What joiners must know, as `hashPassword` makes it; undefined: nothing. */
  readonly password: string | undefined;
  /** How long after its beginning the session ends, in ms. */
  readonly expiresMs: number | undefined;
  /** How many people may be in it at once, over all edges. */
  readonly maxJoiners: number | undefined;
  /** After how long without input and output it ends, in ms. */
  readonly idleMs: number | undefined;
  /** After how long without a key a seat locks, in ms; undefined: none does by itself. */
  readonly seatLockMs: number | undefined;
  /** Writers' tokens are readers'. */
  readonly readersOnly: boolean;
  /** Whether browsers may join. */
  readonly web: boolean;
  /** The host lets in each joiner. */
  readonly approve: boolean;
  /** So many different people must agree before somebody joins; undefined: one, if `approve`. At least 2. */
  readonly approvals?: number | undefined;
  /** Joiners must say who they are. */
  readonly signIn: boolean;
  /** Only these people may join, each with what they may do at most; undefined: everyone may. They must say who they are. */
  readonly allow: readonly AllowRule[] | undefined;
  /** People may type only while a moderator is in the session. */
  readonly moderated: boolean;
}

export const NO_RULES: SessionRules = {
  password: undefined,
  expiresMs: undefined,
  maxJoiners: undefined,
  idleMs: undefined,
  seatLockMs: undefined,
  readersOnly: false,
  web: true,
  approve: false,
  signIn: false,
  allow: undefined,
  moderated: false,
};

/** More people than a session ever has. */
export const MOST_JOINERS = 1_000;

/** More people than ever have to agree about one joiner. */
export const MAX_APPROVALS = 5;

/** The effect of a value: the rules that change, or a password that must still be hashed, and what the host is told. */
export interface GrantedSetting {
  readonly rules: Partial<SessionRules>;
  /** The password itself: a secret that is kept only until it is hashed. */
  readonly password?: string;
  readonly told: string;
}

interface Setting {
  /** The valid values after `=`, for people to read. */
  readonly expects: string;
  /** Undefined if the value is invalid. */
  read(value: string): GrantedSetting | undefined;
  /** The effect of an invalid value: a typing error must not lift a restriction. */
  readonly instead: GrantedSetting | undefined;
}

const YES = new Set(['true', 'on', 'yes']);
const NO = new Set(['false', 'off', 'no']);

function choice(
  rule: 'readersOnly' | 'web' | 'approve' | 'signIn' | 'moderated',
  stricter: boolean,
  texts: { yes: string; no: string },
): Setting {
  const granted = (value: boolean): GrantedSetting => ({
    rules: { [rule]: value },
    told: value ? texts.yes : texts.no,
  });
  return {
    expects: 'true or false',
    read: (value) => (YES.has(value) ? granted(true) : NO.has(value) ? granted(false) : undefined),
    instead: granted(stricter),
  };
}

function duration(
  rule: 'expiresMs' | 'idleMs' | 'seatLockMs',
  texts: { on: (time: string) => string; off: string },
): Setting {
  return {
    expects: 'a time such as 30m, 2h or 1d, at most 30d, or off',
    read: (value) => {
      if (NO.has(value)) return { rules: { [rule]: undefined }, told: texts.off };
      const ms = parseDuration(value);
      return ms === undefined ? undefined : { rules: { [rule]: ms }, told: texts.on(exactText(ms)) };
    },
    instead: undefined,
  };
}

const ALLOW_FORM = `WHO:look, WHO:type or WHO:moderate, with commas between them, at most ${MAX_ALLOW_RULES}, or off`;
const EVERYONE = 'joiners do not have to be named';

/** A list of people is kept even where a part of it makes no sense: its author wanted to keep the others out. */
function allowed(value: string): GrantedSetting {
  const { rules: allow, faulty } = readAllowList(value);
  const counts = MAY.flatMap((may) => {
    const count = allow.filter((rule) => rule.may === may).length;
    return count === 0 ? [] : [`${count} may ${may}`];
  });
  const who = allow.length === 0 ? 'nobody can join' : `only the people you named can join: ${counts.join(', ')}`;
  // The text is not repeated: it may be a secret after a mistyped name.
  const wrong =
    faulty.length === 0 ? '' : `; entries that were not understood admit nobody: ${faulty.slice(0, 8).join(', ')}`;
  return { rules: { allow }, told: `${who}${wrong}${faulty.length === 0 ? '' : `. Expected ${ALLOW_FORM}`}` };
}

const APPROVE = choice('approve', true, {
  yes: 'you will be asked to approve each joiner',
  no: 'joiners need no approval',
});

const approvals = (count: number): GrantedSetting => ({
  rules: { approve: true, approvals: count === 1 ? undefined : count },
  told: count === 1 ? 'one person must approve each joiner' : `${count} different people must approve each joiner`,
});

/** What `tmate-set KEY=VALUE` may set, besides authorized keys. A new option is an entry here, and a rule in `SessionRules` above. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  password: {
    expects: `1 to ${MAX_PASSWORD_BYTES} bytes`,
    read: (value) =>
      isTypable(value)
        ? { rules: { password: LOCKED_PASSWORD }, password: value, told: 'joiners must know the password' }
        : undefined,
    instead: { rules: { password: LOCKED_PASSWORD }, told: 'nobody can join' },
  },
  expires: duration('expiresMs', {
    on: (time) => `the session ends ${time} after it began`,
    off: 'the session ends when you end it',
  }),
  'idle-timeout': duration('idleMs', {
    on: (time) => `the session ends after ${time} without input or output`,
    off: 'the session may be idle for any length of time',
  }),
  'seat-lock': duration('seatLockMs', {
    on: (time) => `a joiner's terminal locks after ${time} without a key`,
    off: "joiners' terminals do not lock by themselves",
  }),
  'max-joiners': {
    expects: `a number from 1 to ${MOST_JOINERS}, or off`,
    read: (value) => {
      if (NO.has(value)) return { rules: { maxJoiners: undefined }, told: 'any number of people may join' };
      const most = /^[1-9]\d{0,3}$/.test(value) ? Number(value) : Number.NaN;
      if (!(most <= MOST_JOINERS)) return undefined;
      return { rules: { maxJoiners: most }, told: `at most ${most} people may be in the session at once` };
    },
    instead: undefined,
  },
  'readers-only': choice('readersOnly', true, {
    yes: 'everyone who joins may only watch',
    no: 'people with the writer token may type',
  }),
  web: choice('web', false, { yes: 'browsers may join', no: 'nobody can join in a browser' }),
  approve: {
    ...APPROVE,
    read: (value) =>
      NO.has(value)
        ? { rules: { approve: false, approvals: undefined }, told: 'joiners need no approval' }
        : APPROVE.read(value),
  },
  approvals: {
    expects: `a number from 1 to ${MAX_APPROVALS}, or off`,
    read: (value) => {
      if (NO.has(value)) return { rules: { approvals: undefined }, told: 'one person may approve joiners' };
      const count = /^\d$/.test(value) ? Number(value) : Number.NaN;
      return count >= 1 && count <= MAX_APPROVALS ? approvals(count) : undefined;
    },
    instead: approvals(2),
  },
  'sign-in': choice('signIn', true, {
    yes: 'joiners must sign in',
    no: 'joiners do not have to sign in',
  }),
  moderated: choice('moderated', true, {
    yes: 'joiners may type only while a moderator is in the session',
    no: 'joiners may type without a moderator',
  }),
  allow: {
    expects: ALLOW_FORM,
    read: (value) => (NO.has(value.toLowerCase()) ? { rules: { allow: undefined }, told: EVERYONE } : allowed(value)),
    instead: { rules: { allow: [] }, told: 'nobody can join' },
  },
};

/** The names that a host may use, for a message about an unknown one. */
export const SETTING_NAMES: readonly string[] = Object.keys(SETTINGS);

/** Reads the value of a setting in the table. */
export function readSetting(name: string, value: string): GrantedSetting {
  const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
  if (setting === undefined) return { rules: {}, told: 'not known' };
  const granted = setting.read(valueOf(name, value));
  if (granted !== undefined) return { ...granted, told: `tmate-set ${name}: ${granted.told}` };
  const instead = setting.instead?.told ?? 'it stays unchanged';
  // The text is not repeated: it may be a password after a mistyped name.
  const told = `tmate-set ${name}: expected ${setting.expects}: ${instead}`;
  return { rules: setting.instead?.rules ?? {}, told };
}

/** A value without what does not count: blanks around it, and capitals, except in passwords and names. */
function valueOf(name: string, value: string): string {
  const text = value.trim();
  if (text === '' || name === 'allow') return text;
  return name === 'password' ? value : text.toLowerCase();
}
