import { z } from 'zod';
import { MAX_PERSON_LOCKS, MAX_PERSON_NAME_BYTES, MAX_REASON_BYTES, MAX_USES, parseDuration } from '#access';
import { isEventId, MAX_LABEL, MAX_MESSAGE } from '#control';

/** Everything that goes in and out of the API. A meta id makes a component of the description. */

const namePart = z
  .string()
  .min(1)
  .max(50)
  .regex(/^[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*$/);
const time = z.iso.datetime();
const id = z.string().regex(/^[0-9A-Za-z-]{1,64}$/);
const noControl = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/);

/** Path parameters, by the names in braces. */
export const PATH_PARTS = {
  user: namePart,
  name: namePart,
  key: id,
  token: id,
  session: id,
  participant: id,
  edge: id,
  invitation: z.string().regex(/^[0-9A-Za-z]{1,32}$/),
  delivery: z.string().regex(/^\d{1,15}-\d{1,10}$/),
} as const;

export const Page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50).meta({ description: 'The most items to return.' }),
  after: z.string().min(1).max(128).optional().meta({ description: 'The `next` of the previous page.' }),
});
const next = z.string().optional().meta({ description: 'Where the next page begins. Absent on the last page.' });
const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next });

export const User = z.object({ name: namePart, createdAt: time }).meta({ id: 'User' });
export const NewUser = z.strictObject({ name: namePart }).meta({ id: 'NewUser' });
export const Users = listOf(User).meta({ id: 'Users' });

const label = noControl(MAX_LABEL);
export const ApiKey = z.object({ id, label, createdAt: time }).meta({ id: 'ApiKey' });
export const NewApiKey = z.strictObject({ label: label.default('') }).meta({ id: 'NewApiKey' });
export const MadeApiKey = ApiKey.extend({
  key: z.string().meta({ description: 'Shown only once: the server keeps only its hash.' }),
}).meta({ id: 'MadeApiKey' });
export const ApiKeys = listOf(ApiKey).meta({ id: 'ApiKeys' });

const scope = z.enum(['admin', 'read']);
export const Token = z.object({ id, scope, label, createdAt: time }).meta({ id: 'Token' });
export const NewToken = z.strictObject({ scope, label: label.default('') }).meta({ id: 'NewToken' });
export const MadeToken = Token.extend({
  token: z.string().meta({ description: 'Shown only once: the server keeps only its hash.' }),
}).meta({ id: 'MadeToken' });
export const Tokens = listOf(Token).meta({ id: 'Tokens' });

export const Caller = z
  .object({
    scope: z.enum(['admin', 'read', 'user', 'host']),
    name: z.string().meta({ description: 'The same as `by` in events.' }),
    user: z.string().optional(),
    session: z.string().optional().meta({ description: 'For the scope `host`: the only session that it may see.' }),
  })
  .meta({ id: 'Caller' });

const role = z.enum(['writer', 'reader']);
export const Name = z
  .object({ name: z.string(), role, session: z.string(), since: time })
  .meta({ id: 'Name', description: 'A name and the session that has it.' });
export const Names = listOf(Name).meta({ id: 'Names' });
export const NamesQuery = Page.extend({ user: namePart.optional() });
export const Steal = z.strictObject({ session: id, role: role.default('writer') }).meta({ id: 'Steal' });

export const Exchange = z
  .strictObject({
    token: z.string().min(1).max(8192).meta({ description: 'The token (JWT) of the job.' }),
    key: z.string().min(1).max(4096).meta({ description: "The machine's SSH public key, as in `id_ed25519.pub`." }),
  })
  .meta({ id: 'Exchange' });
export const Exchanged = z
  .object({ name: z.string(), provider: z.string(), until: time.meta({ description: 'When the key expires.' }) })
  .meta({ id: 'Exchanged' });

const state = z.enum(['live', 'reconnecting', 'closed']);
export const Session = z
  .object({
    id: z.string(),
    state,
    region: z.string(),
    edge: z.string().optional().meta({ description: 'The edge that is its home, while that edge is running.' }),
    user: z.string().optional().meta({ description: 'The user whose API key its host used.' }),
    address: z.string().optional().meta({ description: "The host's address." }),
    clientVersion: z.string().optional(),
    createdAt: time,
    reconnectingSince: time.optional(),
    closedAt: time.optional(),
    closeReason: z.string().optional(),
    generation: z.number().int(),
  })
  .meta({ id: 'Session' });
export const Sessions = listOf(Session).meta({ id: 'Sessions' });
export const SessionsQuery = Page.extend({
  region: z.string().max(64).optional(),
  state: state.optional(),
  user: namePart.optional(),
});
const person = {
  id: z.string(),
  role,
  transport: z.enum(['ssh', 'web']),
  address: z.string(),
  key: z.string().optional().meta({ description: 'The fingerprint of the SSH key that let them in.' }),
  certificate: z.string().optional().meta({
    description: "Their certificate's key ID, serial number and CA, as a text for people.",
  }),
  name: z.string().optional().meta({ description: 'Who they are, if they signed in or were invited.' }),
  provider: z.string().optional().meta({ description: 'Who vouches for `name`: a provider, or `invitation`.' }),
  subject: z.string().optional().meta({ description: "The provider's permanent ID for them." }),
  proved: z.enum(['sign-in', 'remembered-key', 'machine', 'invitation']).optional(),
  moderator: z.boolean().optional(),
  locked: z.boolean().optional().meta({ description: 'Whether their terminal is locked.' }),
};
const since = time.optional().meta({ description: 'When they joined, if their edge reports it.' });
const Participant = z.object({ ...person, since }).meta({ id: 'Participant' });
const agreed = z
  .array(z.string())
  .meta({ description: 'Who has agreed so far: `host`, or a caller as events name it in `by`.' });
const needed = z.int().meta({ description: 'How many different people must agree.' });
const WaitingPerson = z.object({ ...person, since: time, agreed, needed }).meta({ id: 'WaitingPerson' });
export const Waiting = z
  .object({ items: z.array(WaitingPerson) })
  .meta({ id: 'Waiting', description: 'The people who are waiting to be let in, in order.' });
export const AccessRequest = z
  .object({
    session: z.string(),
    person: WaitingPerson,
    by: z.string().meta({ description: 'Who decides: `link`, or who has signed in, `person:PROVIDER:SUBJECT`.' }),
    signsIn: z.boolean().meta({ description: 'Whether people can sign in at this server.' }),
  })
  .meta({ id: 'AccessRequest' });
export const AccessDecision = z
  .strictObject({ decision: z.enum(['writer', 'reader', 'refuse']) })
  .meta({ id: 'AccessDecision' });
export const AccessDecided = z
  .object({ decision: z.enum(['admitted', 'refused', 'agreed']), agreed, needed })
  .meta({ id: 'AccessDecided' });
export const ApproveQuery = z.object({
  as: role.optional().meta({ description: '`reader`: they may only watch. Default: what their link allows.' }),
});
const locked = z
  .enum(['typing', 'all'])
  .optional()
  .meta({ description: 'Whether it is locked: nobody but its host types; with `all`, nobody sees it either.' });
export const SessionDetails = Session.extend({ locked, participants: z.array(Participant) }).meta({
  id: 'SessionDetails',
});
const duration = z
  .string()
  .max(16)
  .refine((text) => parseDuration(text) !== undefined, 'not a time such as 30m, 2h or 1d, at most 30d');
export const ForQuery = z.object({
  for: duration.optional().meta({ description: 'For how long: `90s`, `30m`, `2h` or `1d`, at most `30d`.' }),
});
const may = z.enum(['nothing', 'look']);
const who = noControl(320).min(1).meta({
  description:
    "An address, a range of addresses (CIDR), a key's fingerprint (`SHA256:…`), a CA's fingerprint, a space and a certificate's key ID, `user:NAME`, or `person:PROVIDER:SUBJECT`.",
});
export const NewBan = z
  .strictObject({ who, may: may.default('nothing'), for: duration.optional() })
  .meta({ id: 'NewBan' });
export const Bans = z
  .object({ items: z.array(z.object({ who, may, until: time.optional() }).meta({ id: 'Ban' })) })
  .meta({
    id: 'Bans',
    description: 'The people who are banned from a session (`nothing`) or may only watch (`look`), at most 256.',
  });
export const BanQuery = z.object({ who });
export const NewInvitation = z
  .strictObject({
    name: noControl(MAX_PERSON_NAME_BYTES)
      .min(1)
      .meta({ description: 'The name under which the invited person appears.' }),
    role: role.default('writer'),
    for: duration.optional().meta({
      description: 'How long it lasts; then whoever joined with it is disconnected. Default: as long as the session.',
    }),
    uses: z.int().min(1).max(MAX_USES).default(1).meta({ description: 'How often it can be used to join.' }),
  })
  .meta({ id: 'NewInvitation' });
export const Invitation = z
  .object({ id: z.string(), name: z.string(), role, until: time.optional(), uses: z.int(), used: z.int() })
  .meta({ id: 'Invitation' });
export const MadeInvitation = Invitation.extend({
  link: z.string().optional().meta({ description: 'For a browser. Shown only once, like the command.' }),
  ssh: z.string().meta({ description: 'For a terminal.' }),
}).meta({ id: 'MadeInvitation' });
export const Invitations = z.object({ items: z.array(Invitation) }).meta({ id: 'Invitations' });
export const Rotate = z.strictObject({ leave: z.boolean().default(false) }).meta({ id: 'Rotate' });
export const SessionLock = z
  .strictObject({
    hide: z.boolean().default(false).meta({ description: 'Whether to hide the screen, too.' }),
  })
  .meta({ id: 'SessionLock' });
export const Message = z.strictObject({ text: noControl(MAX_MESSAGE).min(1) }).meta({ id: 'Message' });

export const Edge = z
  .object({
    id: z.string(),
    region: z.string(),
    sshHost: z.string(),
    sshPort: z.number().int(),
    webUrl: z.string(),
    sessions: z.number().int(),
    participants: z.number().int(),
    draining: z.boolean(),
  })
  .meta({ id: 'Edge' });
export const Edges = z.object({ items: z.array(Edge) }).meta({ id: 'Edges' });

const ChainLink = z
  .object({
    id: z.string().meta({ description: "The chain's ID. A process begins two chains when it starts." }),
    number: z.number().int(),
    before: z.string().meta({ description: 'The hash of the previous event; empty for the first one.' }),
    beforeAt: z.number().int().meta({ description: 'When the previous event happened, in ms since the epoch.' }),
    signature: z.string().meta({ description: 'The Ed25519 signature of the event and its place.' }),
  })
  .meta({ id: 'ChainLink', description: 'The place of an event among the events of its process.' });
export const EventKey = z
  .object({
    key: z.string().meta({ description: '`ed25519:` and the public key, base64url.' }),
    accepted: z.array(z.string()).meta({ description: 'The public keys of the other secrets that the fleet accepts.' }),
  })
  .meta({ id: 'EventKey' });
export const Event = z
  .object({
    id: z.string(),
    at: time,
    type: z.string(),
    session: z.string().optional(),
    by: z.string().optional(),
    details: z.record(z.string(), z.string()),
    chain: ChainLink.optional(),
  })
  .meta({ id: 'Event' });
export const Events = listOf(Event).meta({ id: 'Events' });
export const EventsPage = Page.extend({
  after: z
    .string()
    .max(32)
    .regex(/^\d{1,15}-\d{1,10}$/)
    .refine(isEventId)
    .optional()
    .meta({ description: 'The `next` of the previous page: older events follow.' }),
});
export const EventsQuery = EventsPage.extend({
  type: z
    .string()
    .max(64)
    .regex(/^[a-z-]+$/)
    .optional()
    .meta({ description: '`joined`, `refused`, `key-added` and so on.' }),
  session: id.optional(),
  user: namePart.optional().meta({ description: 'Events that this user caused, or that concern this user.' }),
  from: time.optional(),
  until: time.optional(),
});

export const Reaper = z
  .object({
    by: z.string().meta({ description: 'The broker that did this round.' }),
    beganAt: time,
    tookMs: z.number().int(),
    orphans: z.number().int().meta({ description: 'Sessions that were ended: no host came back in time.' }),
    wills: z.number().int().meta({ description: 'Sessions whose end was reported to webhooks late.' }),
    leftovers: z.record(z.string(), z.number().int()).meta({ description: 'What was removed, by kind.' }),
    events: z.number().int().meta({ description: 'Events that were removed because of their age.' }),
    faults: z.array(z.string()),
  })
  .meta({ id: 'ReaperReport' });

export const Webhooks = z
  .object({ waiting: z.number().int(), dead: z.number().int() })
  .meta({ id: 'Webhooks', description: 'Sessions with waiting deliveries, and deliveries that failed for good.' });
const of = z.enum(['fleet', 'session']).meta({ description: "The operator's receiver, or a session's own." });
const receiver = z.string().optional().meta({ description: 'Its URL, without the parts that may be secret.' });
const WaitingReceiver = z
  .object({
    of,
    receiver,
    sessions: z.number().int().meta({ description: 'How many sessions have waiting deliveries.' }),
    session: z.string().meta({ description: 'The session whose delivery is tried next, or is being tried.' }),
    type: z.string(),
    at: time,
    tries: z.number().int(),
    nextTryAt: time,
  })
  .meta({ id: 'WaitingReceiver' });
export const WaitingReceivers = z.object({ items: z.array(WaitingReceiver) }).meta({ id: 'WaitingReceivers' });
export const ReceiversQuery = Page.pick({ limit: true });
const DeadDelivery = z
  .object({
    id: z.string(),
    delivery: z.string().meta({ description: 'Its `webhook-id`.' }),
    session: z.string(),
    of,
    type: z.string(),
    at: time,
    diedAt: time,
    tries: z.number().int(),
    why: z.string(),
    receiver,
  })
  .meta({ id: 'DeadDelivery' });
export const DeadDeliveries = listOf(DeadDelivery).meta({ id: 'DeadDeliveries' });

export const ProblemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    errors: z.array(z.object({ at: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

/** As long as a request may be. */
const MAX_BODY = 16 * 1024;
const lockedWho = noControl(400).min(1).meta({
  description:
    "`person:PROVIDER:SUBJECT`, `user:NAME`, `group:NAME`, a key's fingerprint (`SHA256:…`), an address, or a range of addresses (CIDR).",
});
const reason = noControl(MAX_REASON_BYTES)
  .min(1)
  .refine((text) => Buffer.byteLength(text) <= MAX_REASON_BYTES, `longer than ${MAX_REASON_BYTES} bytes`);
export const NewLock = z.strictObject({ who: lockedWho, reason, for: duration.optional() }).meta({ id: 'NewLock' });
export const Lock = z
  .object({
    who: lockedWho,
    reason: reason.meta({ description: 'For operators: the locked person does not read it.' }),
    since: time,
    until: time.optional().meta({ description: 'Absent if it lasts until somebody lifts it.' }),
  })
  .meta({ id: 'Lock' });
export const Locks = z
  .object({ items: z.array(Lock) })
  .meta({ id: 'Locks', description: `All locks, at most ${MAX_PERSON_LOCKS}.` });
export const LockQuery = z.object({ who: lockedWho });
export const NewPolicy = z
  .strictObject({
    text: z.string().max(MAX_BODY).meta({ description: 'YAML or JSON, as docs/policy.md describes it.' }),
  })
  .meta({ id: 'NewPolicy' });
export const PolicyFaults = z
  .object({
    faults: z.array(z.string()).meta({ description: 'Each fault, with its place. Empty if the policy is right.' }),
  })
  .meta({ id: 'PolicyFaults' });
export const Policy = z
  .object({
    text: z.string().meta({ description: 'Empty if there is none.' }),
    source: z.enum(['file', 'api', 'none']),
    faults: z.array(z.string()).meta({ description: 'What is wrong with a newer text, which is not in force.' }),
  })
  .meta({ id: 'Policy' });
