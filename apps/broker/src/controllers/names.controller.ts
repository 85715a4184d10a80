import { Controller, Inject } from '@nestjs/common';
import { sessionId, ShipmateError } from '#kernel';
import type { NameHolder } from '#directory';
import { By, Checked, deleteOperation, getOperation, postOperation, Operation, type Input } from '../api/operation.js';
import { Problem } from '../api/problem.js';
import { BROKER, type Broker } from '../broker.js';
import type { Caller } from '../callers.js';
import * as schema from '../schemas.js';
import { iso, paged } from '../views.js';

const LIST = getOperation('/names', 'listNames', 'Names and the sessions that have them', {
  scopes: ['read', 'user'],
  query: schema.NamesQuery,
  answer: schema.Names,
});
const RELEASE = deleteOperation(
  '/names/{user}/{name}',
  'releaseName',
  "Take a name from its session; the session's tokens keep working",
  { scopes: ['user'] },
);
const STEAL = postOperation(
  '/names/{user}/{name}/steal',
  'stealName',
  'Give a name to a session, even if another session has it',
  { scopes: ['user'], body: schema.Steal, answer: schema.Name, problems: [409] },
);

/** The names of sessions. */
@Controller()
export class NamesController {
  constructor(@Inject(BROKER) private readonly broker: Broker) {}

  @Operation(LIST)
  async list(@Checked() { query }: Input<typeof LIST>, @By() by: Caller) {
    const user = by.scope === 'user' ? by.user : query.user;
    if (by.scope === 'user' && query.user !== undefined) mayTouch(by, query.user);
    const found = await this.broker.fleet.directory.listNames(user === undefined ? '' : `${user}/`, query);
    return paged(found, query.limit, ({ name }) => name, toName);
  }

  @Operation(RELEASE)
  async release(@Checked() { params }: Input<typeof RELEASE>, @By() by: Caller): Promise<void> {
    mayTouch(by, params.user);
    const holder = await this.#holder(`${params.user}/${params.name}`);
    if (holder === undefined) throw new ShipmateError('not-found', 'Nobody holds this name');
    await this.broker.fleet.directory.releaseName(holder.name, holder.sessionId);
    this.broker.audit.note('name-released', { by: by.name, session: holder.sessionId }, { name: holder.name });
  }

  @Operation(STEAL)
  async steal(@Checked() { params, body }: Input<typeof STEAL>, @By() by: Caller) {
    mayTouch(by, params.user);
    const name = `${params.user}/${params.name}`;
    const { session } = await this.broker.fleet.session(sessionId(body.session));
    if (by.scope === 'user' && session.labels['user'] !== by.user) {
      throw new Problem(403, 'forbidden', 'That session is not yours');
    }
    if (session.edgeId === undefined) throw new ShipmateError('conflict', 'That session has no home now');
    const before = await this.#holder(name);
    const { id, edgeId, generation } = session;
    await this.broker.fleet.directory.claimName(
      { sessionId: id, edgeId, generation },
      { name, role: body.role, steal: true },
    );
    this.broker.audit.note('name-stolen', { by: by.name, session: id }, { name, from: before?.sessionId ?? '' });
    await Promise.all([id, before?.sessionId].map(async (one) => one && (await this.broker.fleet.namesChanged(one))));
    const now = await this.#holder(name);
    if (now === undefined) throw new ShipmateError('conflict', 'Meanwhile, the name was given to another session');
    return toName(now);
  }

  async #holder(name: string): Promise<NameHolder | undefined> {
    const [first] = await this.broker.fleet.directory.listNames(name, { limit: 1 });
    return first?.name === name ? first : undefined;
  }
}

function mayTouch(by: Caller, user: string): void {
  if (by.scope === 'user' && by.user !== user) throw new Problem(403, 'forbidden', 'Your key is for another user');
}

const toName = ({ name, role, sessionId: session, claimedAt }: NameHolder) => ({
  name,
  role,
  session,
  since: iso(claimedAt),
});
