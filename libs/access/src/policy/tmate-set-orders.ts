import { exactText } from '#kernel';
import { parseDuration } from './durations.js';
import { SESSION_LOCKS, type SessionLock } from './session-lock.js';
import { KICK_MS, readPerson, type Lifting, type Person, type SentAway } from './sent-away.js';

/** A command that a host wants carried out once, as it wrote it: `tmate-set NAME=VALUE`. */
export interface WrittenOrder {
  readonly name: OrderName;
  readonly value: string;
}

/** A valid command. */
export type Order =
  | {
      readonly kind: 'send-away';
      readonly who: Person;
      readonly may: SentAway['may'];
      /** For how long, in ms; undefined: until it is lifted. */
      readonly forMs: number | undefined;
    }
  | { readonly kind: 'lift'; readonly lifting: Lifting }
  /** Undefined: it is unlocked. */
  | { readonly kind: 'lock'; readonly lock: SessionLock | undefined }
  /** `leave`: the people inside must leave. */
  | { readonly kind: 'rotate'; readonly leave: boolean };

type Read = (value: string) => Order | { readonly fault: string };

const sending =
  (may: SentAway['may'], forMs: number | undefined): Read =>
  (value) => {
    const [, who = '', time] = /^(.*?)(?:\s+for\s+(\S+))?$/s.exec(value) ?? [];
    const ms = time === undefined ? forMs : parseDuration(time);
    if (time !== undefined && ms === undefined) {
      return { fault: 'after "for", give a time such as 30m, 2h or 1d, at most 30d' };
    }
    const read = readPerson(who);
    return 'fault' in read ? read : { kind: 'send-away', who: read.person, may, forMs: ms };
  };

const lifting =
  (may: SentAway['may']): Read =>
  (value) => {
    if (value === 'all') return { kind: 'lift', lifting: { who: 'all', may } };
    const read = readPerson(value);
    return 'fault' in read ? read : { kind: 'lift', lifting: { who: read.person, may } };
  };

const READERS = {
  kick: sending('nothing', KICK_MS),
  ban: sending('nothing', undefined),
  unban: lifting('nothing'),
  reader: sending('look', undefined),
  writer: lifting('look'),
  lock: (value: string) => {
    if (value === 'off') return { kind: 'lock', lock: undefined } as const;
    const lock = SESSION_LOCKS.find((one) => one === value);
    if (lock !== undefined) return { kind: 'lock', lock } as const;
    return { fault: 'expected "typing", "all" to hide the session too, or "off"' };
  },
  rotate: (value: string) => {
    if (value === 'tokens') return { kind: 'rotate', leave: false } as const;
    if (value === 'tokens,leave') return { kind: 'rotate', leave: true } as const;
    return { fault: 'expected "tokens", or "tokens,leave" to disconnect everyone' };
  },
} as const satisfies Record<string, Read>;

/** The name of a command that a host gives with `tmate-set`, such as `kick`. */
export type OrderName = keyof typeof READERS;

/** The names of commands, for a message about an unknown one. */
export const ORDER_NAMES = Object.keys(READERS) as readonly OrderName[];

/** The command in a host's option; undefined if the option is not a command. */
export function orderIn(option: string, value: string): WrittenOrder | undefined {
  const at = value.indexOf('=');
  const name = value.slice(0, Math.max(0, at));
  if (option !== 'tmate-set' || !Object.hasOwn(READERS, name)) return undefined;
  return { name: name as OrderName, value: value.slice(at + 1).trim() };
}

/** Reads a command, or returns what is wrong with it. */
export const readOrder = ({ name, value }: WrittenOrder): Order | { readonly fault: string } => READERS[name](value);

/** `for 2 hours`, or `until it is lifted`. */
export const forText = (forMs: number | undefined): string =>
  forMs === undefined ? 'until you lift it' : `for ${exactText(forMs)}`;
