import { Controller, Inject } from '@nestjs/common';
import { current, KICK_MS, parseDuration, personText, readPerson, readPolicy, type Person } from '#access';
import { participantId, ShipmateError } from '#kernel';
import type { SessionView } from '#directory';
import { By, Checked, deleteOperation, getOperation, postOperation, Operation, type Input } from '../api/operation.js';
import { Problem } from '../api/problem.js';
import { BROKER, type Broker } from '../broker.js';
import type { Caller } from '../callers.js';
import * as schema from '../schemas.js';
import type { Word } from '../fleet.js';
import { noteDecision } from './note-decision.js';
import { viewFor } from './view-for.js';
import { iso, lockOf, toBan, toParticipant, toSession, toWaiting } from '../views.js';

const LIST = getOperation('/sessions', 'listSessions', 'Sessions, including those that ended in the last 24 hours', {
  scopes: ['read', 'user'],
  query: schema.SessionsQuery,
  answer: schema.Sessions,
});
const GET = getOperation('/sessions/{session}', 'getSession', 'One session and its people', {
  scopes: ['read', 'user', 'host'],
  answer: schema.SessionDetails,
});
const CLOSE = deleteOperation('/sessions/{session}', 'closeSession', 'End a session for everyone', {
  scopes: ['user', 'host'],
  problems: [409],
});
const MESSAGE = postOperation(
  '/sessions/{session}/messages',
  'sendMessage',
  'Show a message to everyone in a session',
  { scopes: ['user', 'host'], body: schema.Message, problems: [409, 410] },
);
const KICK = deleteOperation(
  '/sessions/{session}/participants/{participant}',
  'kickParticipant',
  'Disconnect somebody and keep them away, by default for an hour',
  { scopes: ['user', 'host'], query: schema.ForQuery, problems: [409, 410] },
);
const MAKE_READER = postOperation(
  '/sessions/{session}/participants/{participant}/make-reader',
  'makeReader',
  'Make a writer a reader, by default until you lift it',
  { scopes: ['user', 'host'], query: schema.ForQuery, problems: [409, 410] },
);
const BANS = getOperation(
  '/sessions/{session}/bans',
  'listBans',
  'The people who are banned from a session, or may only watch',
  { scopes: ['read', 'user', 'host'], answer: schema.Bans },
);
const BAN = postOperation(
  '/sessions/{session}/bans',
  'addBan',
  'Ban somebody from a session or make them a reader, at every edge',
  { scopes: ['user', 'host'], body: schema.NewBan, problems: [409, 410] },
);
const UNBAN = deleteOperation('/sessions/{session}/bans', 'liftBan', 'Lift a ban, or let somebody type again', {
  scopes: ['user', 'host'],
  query: schema.BanQuery,
  problems: [409, 410],
});
const ROTATE = postOperation(
  '/sessions/{session}/rotate',
  'rotateTokens',
  "Replace a session's tokens; only its host gets the new ones",
  { scopes: ['user', 'host'], body: schema.Rotate, problems: [409, 410] },
);
const LOCK = postOperation(
  '/sessions/{session}/lock',
  'lockSession',
  'Lock a session: only its host may type until it is unlocked',
  { scopes: ['user', 'host'], body: schema.SessionLock, problems: [409, 410] },
);
const UNLOCK = deleteOperation('/sessions/{session}/lock', 'unlockSession', 'Unlock a session', {
  scopes: ['user', 'host'],
  problems: [409, 410],
});
const WAITING = getOperation(
  '/sessions/{session}/waiting',
  'listWaiting',
  "The people who wait for the host's approval",
  { scopes: ['read', 'user', 'host'], answer: schema.Waiting },
);
const APPROVE = postOperation(
  '/sessions/{session}/waiting/{participant}/approve',
  'approveWaiting',
  'Let a waiting person in, or agree to it where several people must',
  { scopes: ['user', 'host'], query: schema.ApproveQuery, problems: [409] },
);
const REFUSE = postOperation(
  '/sessions/{session}/waiting/{participant}/refuse',
  'refuseWaiting',
  'Refuse a waiting person, instead of the host',
  { scopes: ['user', 'host'] },
);

/** Sessions, and what can be done to them. */
@Controller()
export class SessionsController {
  constructor(@Inject(BROKER) private readonly broker: Broker) {}

  @Operation(LIST)
  async list(@Checked() { query }: Input<typeof LIST>, @By() by: Caller) {
    const { region, state, limit, after } = query;
    const user = by.scope === 'user' ? by.user : query.user;
    const filter = { ...(region === undefined ? {} : { region }), ...(state === undefined ? {} : { state }), user };
    const { found, next } = await this.broker.fleet.sessions(filter, { limit, after });
    return { items: found.map(toSession), next };
  }

  @Operation(GET)
  async get(@Checked() { params }: Input<typeof GET>, @By() by: Caller) {
    const view = await this.#view(params.session, by);
    const participants = view.state === 'closed' ? [] : await this.broker.fleet.people(view.session.id);
    return { ...toSession(view), locked: lockOf(view), participants: participants.map(toParticipant) };
  }

  @Operation(CLOSE)
  async close(@Checked() { params }: Input<typeof CLOSE>, @By() by: Caller): Promise<void> {
    const view = await this.#view(params.session, by);
    await this.broker.fleet.close(view);
    this.broker.audit.note('session-closed-by', { by: by.name, session: view.session.id });
  }

  @Operation(MESSAGE)
  async message(@Checked() { params, body }: Input<typeof MESSAGE>, @By() by: Caller): Promise<void> {
    const view = await this.#view(params.session, by);
    if (view.state === 'closed') throw new ShipmateError('closed', 'The session has ended');
    await this.broker.fleet.message(view.session.id, body.text);
    this.broker.audit.note('message-sent', { by: by.name, session: view.session.id });
  }

  @Operation(KICK)
  async kick(@Checked() { params, query }: Input<typeof KICK>, @By() by: Caller): Promise<void> {
    await this.#sendAway(params, by, 'nothing', query.for === undefined ? KICK_MS : parseDuration(query.for));
  }

  @Operation(MAKE_READER)
  async makeReader(@Checked() { params, query }: Input<typeof MAKE_READER>, @By() by: Caller): Promise<void> {
    await this.#sendAway(params, by, 'look', query.for === undefined ? undefined : parseDuration(query.for));
  }

  @Operation(BANS)
  async bans(@Checked() { params }: Input<typeof BANS>, @By() by: Caller) {
    const { policy } = (await this.#view(params.session, by)).session;
    return { items: current(readPolicy(policy).sentAway ?? [], this.broker.clock.now()).map(toBan) };
  }

  @Operation(BAN)
  async ban(@Checked() { params, body }: Input<typeof BAN>, @By() by: Caller): Promise<void> {
    const view = await this.#view(params.session, by);
    const forMs = body.for === undefined ? undefined : parseDuration(body.for);
    const entry = { ...personIn(body.who), may: body.may, until: this.#until(forMs) };
    await this.broker.fleet.sendAway(view, [entry]);
    this.broker.audit.note('sent-away', { by: by.name, session: view.session.id }, given(toBan(entry)));
  }

  @Operation(UNBAN)
  async unban(@Checked() { params, query }: Input<typeof UNBAN>, @By() by: Caller): Promise<void> {
    const view = await this.#view(params.session, by);
    const lifted = await this.broker.fleet.lift(view, { who: personIn(query.who) });
    if (lifted.length === 0) throw new Problem(404, 'not-found', 'This session has no entry for them');
    for (const entry of lifted) {
      this.broker.audit.note('lifted', { by: by.name, session: view.session.id }, given(toBan(entry)));
    }
  }

  @Operation(ROTATE)
  async rotate(@Checked() { params, body }: Input<typeof ROTATE>, @By() by: Caller): Promise<void> {
    const view = await this.#view(params.session, by);
    await this.broker.fleet.rotate(view, body.leave);
    this.broker.audit.note('tokens-replaced', { by: by.name, session: view.session.id }, { leave: String(body.leave) });
  }

  @Operation(LOCK)
  async lock(@Checked() { params, body }: Input<typeof LOCK>, @By() by: Caller): Promise<void> {
    const view = await this.#view(params.session, by);
    const lock = body.hide ? 'all' : 'typing';
    await this.broker.fleet.lock(view, lock);
    this.broker.audit.note('session-locked', { by: by.name, session: view.session.id }, { lock });
  }

  @Operation(UNLOCK)
  async unlock(@Checked() { params }: Input<typeof UNLOCK>, @By() by: Caller): Promise<void> {
    const view = await this.#view(params.session, by);
    await this.broker.fleet.lock(view, undefined);
    this.broker.audit.note('session-unlocked', { by: by.name, session: view.session.id });
  }

  @Operation(WAITING)
  async waiting(@Checked() { params }: Input<typeof WAITING>, @By() by: Caller) {
    const waiting = await this.broker.fleet.waiting(await this.#view(params.session, by));
    return { items: waiting.map(toWaiting) };
  }

  @Operation(APPROVE)
  async approve(@Checked() { params, query }: Input<typeof APPROVE>, @By() by: Caller): Promise<void> {
    await this.#decide(params, by, { admit: true, as: query.as });
  }

  @Operation(REFUSE)
  async refuse(@Checked() { params }: Input<typeof REFUSE>, @By() by: Caller): Promise<void> {
    await this.#decide(params, by, { admit: false });
  }

  async #sendAway(
    params: { session: string; participant: string },
    by: Caller,
    may: 'nothing' | 'look',
    forMs: number | undefined,
  ): Promise<void> {
    const view = await this.#view(params.session, by);
    const until = this.#until(forMs);
    const known = await this.broker.fleet.sendAwayParticipant(view, participantId(params.participant), { may, until });
    const details = {
      participant: params.participant,
      who: known.map(personText).join(', '),
      ...(until === undefined ? {} : { until: iso(until) }),
    };
    const looks = may === 'look';
    this.broker.audit.note(looks ? 'made-reader' : 'kicked', { by: by.name, session: view.session.id }, details);
  }

  async #decide(params: { session: string; participant: string }, by: Caller, word: Omit<Word, 'by'>): Promise<void> {
    const view = await this.#view(params.session, by);
    const decided = await this.broker.fleet.decide(view, participantId(params.participant), { ...word, by: by.name });
    noteDecision(this.broker.audit, { by: by.name, session: view.session.id }, decided);
  }

  #until(forMs: number | undefined): number | undefined {
    return forMs === undefined ? undefined : this.broker.clock.now() + forMs;
  }

  async #view(id: string, by: Caller): Promise<SessionView> {
    return await viewFor(this.broker, id, by);
  }
}

/** Whom a request means; 400 with the reason for what means nobody. */
function personIn(who: string): Person {
  const read = readPerson(who);
  if ('fault' in read) throw new Problem(400, 'bad-request', read.fault);
  return read.person;
}

/** What is there of some fields, for an event. */
const given = (fields: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
