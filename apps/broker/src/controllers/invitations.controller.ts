import { Controller, Inject } from '@nestjs/common';
import { mintInvitation, parseDuration, readPolicy } from '#access';
import { sshCommand } from '#edge';
import type { SessionView } from '#directory';
import { By, Checked, deleteOperation, getOperation, Operation, postOperation, type Input } from '../api/operation.js';
import { Problem } from '../api/problem.js';
import { BROKER, type Broker } from '../broker.js';
import type { Caller } from '../callers.js';
import * as schema from '../schemas.js';
import { toInvitation } from '../views.js';
import { viewFor } from './view-for.js';

const LIST = getOperation('/sessions/{session}/invitations', 'listInvitations', "A session's invitations", {
  scopes: ['read', 'user', 'host'],
  answer: schema.Invitations,
});
const ADD = postOperation(
  '/sessions/{session}/invitations',
  'addInvitation',
  'Invite one person: the answer has a link and a command for them',
  {
    scopes: ['user', 'host'],
    body: schema.NewInvitation,
    answer: schema.MadeInvitation,
    status: 201,
    problems: [409, 410],
  },
);
const REVOKE = deleteOperation(
  '/sessions/{session}/invitations/{invitation}',
  'revokeInvitation',
  'Revoke an invitation, and disconnect whoever joined with it',
  { scopes: ['user', 'host'], problems: [409, 410] },
);

/** Invitations to a session, for one person each. */
@Controller()
export class InvitationsController {
  constructor(@Inject(BROKER) private readonly broker: Broker) {}

  @Operation(LIST)
  async list(@Checked() { params }: Input<typeof LIST>, @By() by: Caller) {
    const { policy } = (await this.#view(params.session, by)).session;
    return { items: (readPolicy(policy).invitations ?? []).map(toInvitation) };
  }

  @Operation(ADD)
  async add(@Checked() { params, body }: Input<typeof ADD>, @By() by: Caller) {
    const view = await this.#view(params.session, by);
    const { name, role, uses } = body;
    const { id: session, addresses } = view.session;
    const forMs = body.for === undefined ? undefined : parseDuration(body.for);
    const until = forMs === undefined ? undefined : this.broker.clock.now() + forMs;
    const { invitation, token } = mintInvitation({ session, name, role, until, uses });
    if (invitation.name === '') throw new Problem(400, 'bad-request', 'The name has no characters that can be shown');
    await this.broker.fleet.invite(view, invitation, by.name);
    const details = { invitation: invitation.id, person: invitation.name, role, uses: String(uses) };
    this.broker.audit.note('invited', { by: by.name, session }, details);
    const link = addresses.webUrl === '' ? {} : { link: `${addresses.webUrl}/t/${token}` };
    return {
      ...toInvitation(invitation),
      ...link,
      ssh: sshCommand({ ...addresses, sshPublicPort: addresses.sshPort }, token),
    };
  }

  @Operation(REVOKE)
  async revoke(@Checked() { params }: Input<typeof REVOKE>, @By() by: Caller): Promise<void> {
    const view = await this.#view(params.session, by);
    const revoked = await this.broker.fleet.revoke(view, params.invitation);
    if (revoked === undefined) throw new Problem(404, 'not-found', 'There is no such invitation');
    const details = { invitation: revoked.id, person: revoked.name };
    this.broker.audit.note('invitation-revoked', { by: by.name, session: view.session.id }, details);
  }

  async #view(id: string, by: Caller): Promise<SessionView> {
    return await viewFor(this.broker, id, by);
  }
}
