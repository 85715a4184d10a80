import { Controller, Inject } from '@nestjs/common';
import { participantId, sessionId, ShipmateError } from '#kernel';
import type { EventWriter } from '#control';
import type { SessionView } from '#directory';
import { By, Checked, Operation, type Input, type OperationSpec } from '../api/operation.js';
import { Problem } from '../api/problem.js';
import type { Caller } from '../callers.js';
import type { Fleet } from '../fleet.js';
import * as schema from '../schemas.js';
import { AUDIT, FLEET } from '../tokens.js';
import { toSession, toWaiting } from '../views.js';

const LIST = {
  method: 'get',
  path: '/sessions',
  id: 'listSessions',
  summary: 'Sessions, also those that ended lately',
  scopes: ['read', 'user'],
  query: schema.SessionsQuery,
  status: 200,
  answer: schema.Sessions,
} as const satisfies OperationSpec;
const GET = {
  method: 'get',
  path: '/sessions/{session}',
  id: 'getSession',
  summary: 'One session with who is in it',
  scopes: ['read', 'user'],
  params: schema.SessionParams,
  status: 200,
  answer: schema.SessionDetails,
  problems: [404],
} as const satisfies OperationSpec;
const CLOSE = {
  method: 'delete',
  path: '/sessions/{session}',
  id: 'closeSession',
  summary: 'End a session for everybody',
  scopes: ['user'],
  params: schema.SessionParams,
  status: 204,
  problems: [404, 409],
} as const satisfies OperationSpec;
const MESSAGE = {
  method: 'post',
  path: '/sessions/{session}/messages',
  id: 'sendMessage',
  summary: 'Show a line to everybody in a session',
  scopes: ['user'],
  params: schema.SessionParams,
  body: schema.Message,
  status: 204,
  problems: [404, 409, 410],
} as const satisfies OperationSpec;
const KICK = {
  method: 'delete',
  path: '/sessions/{session}/participants/{participant}',
  id: 'kickParticipant',
  summary: 'Send somebody away',
  scopes: ['user'],
  params: schema.ParticipantParams,
  status: 204,
  problems: [404],
} as const satisfies OperationSpec;
const MAKE_READER = {
  method: 'post',
  path: '/sessions/{session}/participants/{participant}/make-reader',
  id: 'makeReader',
  summary: "Take a writer's right to type",
  scopes: ['user'],
  params: schema.ParticipantParams,
  status: 204,
  problems: [404],
} as const satisfies OperationSpec;

const WAITING = {
  method: 'get',
  path: '/sessions/{session}/waiting',
  id: 'listWaiting',
  summary: 'Who waits to be let in, where the host asked to decide on each',
  scopes: ['read', 'user'],
  params: schema.SessionParams,
  status: 200,
  answer: schema.Waiting,
  problems: [404],
} as const satisfies OperationSpec;
const APPROVE = {
  method: 'post',
  path: '/sessions/{session}/waiting/{participant}/approve',
  id: 'approveWaiting',
  summary: "Let somebody in who waits, in the host's place",
  scopes: ['user'],
  params: schema.ParticipantParams,
  status: 204,
  problems: [404, 409],
} as const satisfies OperationSpec;
const REFUSE = {
  method: 'post',
  path: '/sessions/{session}/waiting/{participant}/refuse',
  id: 'refuseWaiting',
  summary: "Refuse somebody who waits, in the host's place",
  scopes: ['user'],
  params: schema.ParticipantParams,
  status: 204,
  problems: [404],
} as const satisfies OperationSpec;

/** Sessions, and what can be done to them. */
@Controller()
export class SessionsController {
  constructor(
    @Inject(FLEET) private readonly fleet: Fleet,
    @Inject(AUDIT) private readonly audit: EventWriter,
  ) {}

  @Operation(LIST)
  async list(@Checked() { query }: Input<typeof LIST>, @By() by: Caller) {
    const { region, state, limit, after } = query;
    const user = by.scope === 'user' ? by.user : query.user;
    const filter = { ...(region === undefined ? {} : { region }), ...(state === undefined ? {} : { state }), user };
    const { found, next } = await this.fleet.sessions(filter, { limit, after });
    return { items: found.map(toSession), next };
  }

  @Operation(GET)
  async get(@Checked() { params }: Input<typeof GET>, @By() by: Caller) {
    const view = await this.#view(params.session, by);
    const participants = view.state === 'closed' ? [] : await this.fleet.people(view.session.id);
    return { ...toSession(view), participants };
  }

  @Operation(CLOSE)
  async close(@Checked() { params }: Input<typeof CLOSE>, @By() by: Caller): Promise<void> {
    const view = await this.#view(params.session, by);
    await this.fleet.close(view);
    this.audit.note('session-closed-by', { by: by.name, session: view.session.id });
  }

  @Operation(MESSAGE)
  async message(@Checked() { params, body }: Input<typeof MESSAGE>, @By() by: Caller): Promise<void> {
    const view = await this.#view(params.session, by);
    if (view.state === 'closed') throw new ShipmateError('closed', 'The session has ended');
    await this.fleet.message(view.session.id, body.text);
    this.audit.note('message-sent', { by: by.name, session: view.session.id });
  }

  @Operation(KICK)
  async kick(@Checked() { params }: Input<typeof KICK>, @By() by: Caller): Promise<void> {
    const { id } = (await this.#view(params.session, by)).session;
    await this.fleet.kick(id, participantId(params.participant));
    this.audit.note('kicked', { by: by.name, session: id }, { participant: params.participant });
  }

  @Operation(MAKE_READER)
  async makeReader(@Checked() { params }: Input<typeof MAKE_READER>, @By() by: Caller): Promise<void> {
    const { id } = (await this.#view(params.session, by)).session;
    await this.fleet.makeReader(id, participantId(params.participant));
    this.audit.note('made-reader', { by: by.name, session: id }, { participant: params.participant });
  }

  @Operation(WAITING)
  async waiting(@Checked() { params }: Input<typeof WAITING>, @By() by: Caller) {
    const waiting = await this.fleet.waiting(await this.#view(params.session, by));
    return { items: waiting.map(toWaiting) };
  }

  @Operation(APPROVE)
  async approve(@Checked() { params }: Input<typeof APPROVE>, @By() by: Caller): Promise<void> {
    await this.#decide(params, by, true);
  }

  @Operation(REFUSE)
  async refuse(@Checked() { params }: Input<typeof REFUSE>, @By() by: Caller): Promise<void> {
    await this.#decide(params, by, false);
  }

  async #decide(params: { session: string; participant: string }, by: Caller, admit: boolean): Promise<void> {
    const view = await this.#view(params.session, by);
    const { id, role, transport, address, key } = await this.fleet.decide(
      view,
      participantId(params.participant),
      admit,
    );
    const who = { participant: id, role, transport, address, ...(key === undefined ? {} : { key }) };
    this.audit.note(admit ? 'let-in' : 'turned-away', { by: by.name, session: view.session.id }, who);
  }

  /** A session that the caller may see: who comes with an API key is not told of others' at all. */
  async #view(id: string, by: Caller): Promise<SessionView> {
    const view = await this.fleet.session(sessionId(id));
    if (by.scope === 'user' && view.session.labels['user'] !== by.user) {
      throw new Problem(404, 'not-found', 'There is no such session');
    }
    return view;
  }
}
