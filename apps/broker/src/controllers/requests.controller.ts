import { Controller, Inject } from '@nestjs/common';
import { By, Checked, getOperation, Operation, postOperation, type Input } from '../api/operation.js';
import { Problem } from '../api/problem.js';
import { BROKER, type Broker } from '../broker.js';
import { LINK_NAME, type Caller } from '../callers.js';
import type { LinkCaller } from '../fleet.js';
import * as schema from '../schemas.js';
import { toWaiting } from '../views.js';
import { noteDecision } from './note-decision.js';

const GET = getOperation('/access-request', 'getAccessRequest', 'The person whom a link to decide is about', {
  scopes: ['link'],
  answer: schema.AccessRequest,
  problems: [404],
});
const DECIDE = postOperation(
  '/access-request',
  'decideAccessRequest',
  'Decide about them; a link is good for one decision',
  {
    scopes: ['link'],
    body: schema.AccessDecision,
    answer: schema.AccessDecided,
    problems: [404, 409],
  },
);

/** What whoever has a link decides about somebody who waits. */
@Controller()
export class RequestsController {
  constructor(@Inject(BROKER) private readonly broker: Pick<Broker, 'fleet' | 'audit' | 'signsIn'>) {}

  @Operation(GET)
  async get(@By() by: Caller) {
    const link = linkOf(by);
    const person = toWaiting(await this.broker.fleet.requestOf(link));
    return { session: link.session, person, by: by.name, signsIn: this.broker.signsIn };
  }

  @Operation(DECIDE)
  async decide(@Checked() { body }: Input<typeof DECIDE>, @By() by: Caller) {
    const link = linkOf(by);
    const { decision: word } = body;
    const say = word === 'refuse' ? { admit: false } : { admit: true, as: word };
    const known = by.name === LINK_NAME ? {} : { by: by.name };
    const decided = await this.broker.fleet.decideByLink(link, { ...say, ...known });
    noteDecision(this.broker.audit, { by: by.name, session: link.session }, decided);
    const { decision, agreed, needed } = decided;
    return { decision, agreed: [...agreed], needed };
  }
}

/** An operator's token is no link. */
function linkOf({ session, code }: Caller): LinkCaller {
  if (session === undefined || code === undefined)
    throw new Problem(403, 'forbidden', 'Only a link to decide has the right to do that');
  return { session, code };
}
