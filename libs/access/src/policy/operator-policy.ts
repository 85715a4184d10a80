import { isCollection, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { isCidr } from '#address';
import { exactText } from '#kernel';
import type { Identity } from '../admission/identity.js';
import { MAY, readWho, WHO_FORMS } from './allow.js';
import { parseDuration } from './durations.js';
import { MAX_APPROVALS, MOST_JOINERS } from './tmate-set-options.js';
import { DAY_MINUTES, DAYS, isZone, type Hours } from './hours.js';
import {
  combined,
  isWho,
  MAX_LISTS,
  MAX_PEOPLE_RULES,
  MAX_RANGES,
  NO_REQUIREMENTS,
  type PeopleRule,
  type PolicyWho,
  type Requirements,
} from './operator-rules.js';

/** Longest policy, in bytes: it is read whenever its file changes, and shown by the API. */
export const MAX_POLICY_BYTES = 256 * 1024;
/** Faults that are named; a file of another kind would have one in each line. */
const MAX_FAULTS = 50;

/** What people may do: in sessions, and besides that host, and operate the server. */
const RIGHTS = ['host', ...MAY, 'operate'] as const;
type Right = (typeof RIGHTS)[number];

interface Entry {
  readonly who: readonly PolicyWho[];
  readonly may: readonly Right[];
}

/** What an operator has written: who may do what, and what sessions must have. Immutable. */
export interface OperatorPolicy {
  /** Undefined: everybody may host and join, and nobody may operate. */
  readonly people: readonly Entry[] | undefined;
  readonly everySession: Requirements;
  /** For the sessions of certain hosts. */
  readonly sessions: readonly { readonly hosts: readonly PolicyWho[]; readonly demanded: Requirements }[];
}

/** The policy of an operator who has written none. */
export const NO_POLICY: OperatorPolicy = { people: undefined, everySession: NO_REQUIREMENTS, sessions: [] };

const mayAs = ({ people }: OperatorPolicy, identity: Identity | undefined, right: Right): boolean =>
  people?.some(({ who, may }) => may.includes(right) && who.some((one) => isWho(one, identity))) ?? false;

/** Whether somebody may host; `identity`: who they are, if they have proved it. */
export const mayHost = (policy: OperatorPolicy, identity: Identity | undefined): boolean =>
  policy.people === undefined || mayAs(policy, identity, 'host');

/** Whether somebody may operate the server: see and manage all sessions. */
export const mayOperate = (policy: OperatorPolicy, identity: Identity | undefined): boolean =>
  identity !== undefined && mayAs(policy, identity, 'operate');

/** The least that a session of this host must have. */
export function rulesFor(policy: OperatorPolicy, host: Identity | undefined): Requirements {
  const people = policy.people?.flatMap(({ who, may }) =>
    MAY.flatMap((one): PeopleRule[] => (may.includes(one) ? who.map((each) => ({ who: each, may: one })) : [])),
  );
  const start: Requirements = people === undefined ? policy.everySession : { ...policy.everySession, people };
  return policy.sessions
    .filter(({ hosts }) => hosts.some((one) => isWho(one, host)))
    .reduce((all, { demanded }) => combined(all, demanded), start);
}

/** What is demanded, in the words of `tmate-set` where there are some; empty if nothing is. */
export function requirementsInWords(demanded: Requirements): readonly string[] {
  const { signIn, approve, approvals, readersOnly, web, moderated, expiresMs, idleMs, seatLockMs, maxJoiners } =
    demanded;
  const { people, addresses, hours, bareTokens } = demanded;
  return [
    ...(signIn ? ['joiners sign in'] : []),
    ...(approve && approvals === undefined ? ['you approve each joiner'] : []),
    ...(approvals === undefined ? [] : [`${approvals} different people approve each joiner`]),
    ...(readersOnly ? ['joiners may only watch'] : []),
    ...(web ? [] : ['nobody joins in a browser']),
    ...(moderated ? ['joiners may type only while a moderator is in the session'] : []),
    ...(expiresMs === undefined ? [] : [`it ends ${exactText(expiresMs)} after it began`]),
    ...(idleMs === undefined ? [] : [`it ends after ${exactText(idleMs)} without input or output`]),
    ...(seatLockMs === undefined ? [] : [`terminals of joiners lock after ${exactText(seatLockMs)} without a key`]),
    ...(maxJoiners === undefined ? [] : [`at most ${maxJoiners} people at once`]),
    ...(people === undefined ? [] : ['only certain people may join, or type']),
    ...(addresses === undefined ? [] : ['people join from certain addresses only']),
    ...(hours === undefined ? [] : ['people join at certain hours only']),
    ...(bareTokens === false ? ['a token alone admits nobody'] : []),
  ];
}

/** A policy, or what is wrong with its text: a sentence each, with its place. */
export type ReadPolicyText = { readonly policy: OperatorPolicy } | { readonly faults: readonly string[] };

/** Reads a policy, in YAML or JSON. */
export function readOperatorPolicy(text: string): ReadPolicyText {
  if (Buffer.byteLength(text) > MAX_POLICY_BYTES) {
    return { faults: [`it is longer than ${MAX_POLICY_BYTES / 1024} KiB`] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placed = (offset: number, fault: string): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}: ${fault}`;
  };
  if (document.errors.length > 0) {
    return { faults: document.errors.slice(0, MAX_FAULTS).map(({ pos, message }) => placed(pos[0], message)) };
  }
  let value: unknown;
  try {
    // Without aliases: they can make a short text very long.
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    if (error instanceof ReferenceError) return { faults: ['aliases (*name) are not supported'] };
    throw error;
  }
  const read = POLICY.safeParse(value ?? {});
  if (read.success) return { policy: read.data };
  const offsetOf = (path: readonly PropertyKey[]): number => {
    let node: unknown = document.contents;
    for (const part of path) {
      const child: unknown = isCollection(node) ? node.get(part, true) : undefined;
      // A single value stands for a list of one.
      if (isNode(child)) node = child;
      else if (typeof part !== 'number') break;
    }
    return isNode(node) ? (node.range?.[0] ?? 0) : 0;
  };
  const faults = read.error.issues.flatMap((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const places = keys.length === 0 ? [issue.path] : keys.map((key) => [...issue.path, key]);
    return places.map((path) => {
      const what = keys.length === 0 ? issue.message : 'is not known';
      return placed(offsetOf(path), `${pathText(path)}: ${what}`);
    });
  });
  return { faults: faults.slice(0, MAX_FAULTS) };
}

const pathText = (path: readonly PropertyKey[]): string =>
  path.length === 0
    ? 'the policy'
    : path
        .map((part, at) => (typeof part === 'number' ? `[${part + 1}]` : `${at > 0 ? '.' : ''}${String(part)}`))
        .join('');

/** A text with the fault to report if it cannot be read. */
const read = <T>(reader: (value: string) => T | undefined, expected: string) =>
  z.string(`expected ${expected}`).transform((value, context): T => {
    const result = reader(value.trim());
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: `expected ${expected}` });
    return z.NEVER;
  });

const oneOrMore = <T extends z.ZodType>(type: T) =>
  z.preprocess(
    (value) => (Array.isArray(value) ? value : [value]),
    z.array(type).min(1, 'expected at least one').max(MAX_PEOPLE_RULES),
  );

const FLAGS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  ...[true, 'true', 'on', 'yes'].map((word) => [word, true] as const),
  ...[false, 'false', 'off', 'no'].map((word) => [word, false] as const),
]);
const flag = z.unknown().transform((value, context): boolean => {
  const result = FLAGS.get(value);
  if (result !== undefined) return result;
  context.addIssue({ code: 'custom', message: 'expected true or false' });
  return z.NEVER;
});

const who = read(
  (value): PolicyWho | undefined => (value === 'anyone' || value === 'signed-in' ? { by: value } : readWho(value)),
  `anyone, signed-in, ${WHO_FORMS}`,
);
const time = read(parseDuration, 'a time such as 30m, 2h or 1d, at most 30d');

const clockTime = read((value) => {
  const [, hours, minutes] = /^(\d\d?):(\d\d)$/.exec(value) ?? [];
  const all = Number(hours) * 60 + Number(minutes);
  return all <= DAY_MINUTES && Number(minutes) < 60 ? all : undefined;
}, 'a time of the day such as "07:30"');

/** `mon-fri`, `sat`, or a list of them. */
const days = oneOrMore(
  read((value) => {
    const [first = '', last = first, ...more] = value.toLowerCase().split('-');
    const [from, to] = [DAYS.findIndex((day) => day === first), DAYS.findIndex((day) => day === last)];
    if (from < 0 || to < 0 || more.length > 0) return undefined;
    const length = (to - from + DAYS.length) % DAYS.length;
    return DAYS.filter((_, at) => (at - from + DAYS.length) % DAYS.length <= length);
  }, 'days such as mon-fri'),
).transform((lists) => DAYS.filter((day) => lists.some((list) => list.includes(day))));

const hours = z
  .strictObject(
    {
      days: days.default([...DAYS]),
      from: clockTime,
      to: clockTime,
      zone: read((value) => (isZone(value) ? value : undefined), 'a time zone such as Europe/Berlin').default('UTC'),
    },
    'expected from, to, days and zone',
  )
  .transform((value): Hours => value);

const DEMANDS = {
  'sign-in': flag.optional(),
  approve: flag.optional(),
  approvals: z
    .int(`expected a number from 1 to ${MAX_APPROVALS}`)
    .min(1, 'expected at least 1')
    .max(MAX_APPROVALS, `expected at most ${MAX_APPROVALS}`)
    .optional(),
  'readers-only': flag.optional(),
  web: flag.optional(),
  moderated: flag.optional(),
  'bare-tokens': flag.optional(),
  expires: time.optional(),
  'idle-timeout': time.optional(),
  'seat-lock': time.optional(),
  'max-joiners': z
    .int(`expected a number from 1 to ${MOST_JOINERS}`)
    .min(1, 'expected at least 1')
    .max(MOST_JOINERS, `expected at most ${MOST_JOINERS}`)
    .optional(),
  addresses: z
    .array(
      read((value) => (isCidr(value) ? value : undefined), 'an address or a range such as 10.0.0.0/8'),
      'expected a list of addresses',
    )
    .min(1, 'expected at least one')
    .max(MAX_RANGES)
    .optional(),
  hours: z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(hours).min(1).max(MAX_LISTS).optional(),
  ),
};

type Demands = z.output<z.ZodObject<typeof DEMANDS>>;

const demanded = (given: Demands): Requirements => ({
  signIn: given['sign-in'] ?? false,
  approve: given.approve ?? given.approvals !== undefined,
  ...((given.approvals ?? 1) > 1 && { approvals: given.approvals }),
  readersOnly: given['readers-only'] ?? false,
  web: given.web ?? true,
  moderated: given.moderated ?? false,
  expiresMs: given.expires,
  idleMs: given['idle-timeout'],
  seatLockMs: given['seat-lock'],
  maxJoiners: given['max-joiners'],
  ...(given.addresses && { addresses: [given.addresses] }),
  ...(given.hours && { hours: [given.hours] }),
  ...(given['bare-tokens'] === false && { bareTokens: false }),
});

const POLICY = z
  .strictObject(
    {
      people: z
        .array(
          z.strictObject(
            {
              who: oneOrMore(who),
              may: z.preprocess(
                (value) => (Array.isArray(value) ? value : [value]),
                z.array(z.enum(RIGHTS, `expected ${RIGHTS.join(', ')}`)),
              ),
            },
            'expected who and may',
          ),
          'expected a list of people',
        )
        .refine((entries) => entries.reduce((sum, entry) => sum + entry.who.length, 0) <= MAX_PEOPLE_RULES, {
          message: `expected at most ${MAX_PEOPLE_RULES} people and groups`,
        })
        .optional(),
      'every-session': z.strictObject(DEMANDS, 'expected what every session must have').optional(),
      sessions: z
        .array(
          z.strictObject({ hosts: oneOrMore(who), ...DEMANDS }, 'expected hosts, and what their sessions must have'),
          'expected a list',
        )
        .max(MAX_LISTS, `expected at most ${MAX_LISTS} entries`)
        .optional(),
    },
    'expected people, every-session and sessions',
  )
  .transform(({ people, sessions = [], ...rest }): OperatorPolicy => ({
    people,
    everySession: demanded(rest['every-session'] ?? {}),
    sessions: sessions.map(({ hosts, ...given }) => ({ hosts, demanded: demanded(given) })),
  }));
