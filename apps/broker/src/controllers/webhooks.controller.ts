import { Controller, Inject } from '@nestjs/common';
import { ShipmateError } from '#kernel';
import { HOOK_KINDS, type DeadDelivery, type Delivery, type WaitingReceiver } from '#control';
import { By, Checked, deleteOperation, getOperation, postOperation, Operation, type Input } from '../api/operation.js';
import { BROKER, type Broker } from '../broker.js';
import type { Caller } from '../callers.js';
import * as schema from '../schemas.js';
import { iso, paged } from '../views.js';

const STATE = getOperation(
  '/webhooks',
  'getWebhooks',
  'How many sessions have waiting deliveries, and how many deliveries failed for good',
  { scopes: ['read'], answer: schema.Webhooks },
);
const RECEIVERS = getOperation(
  '/webhooks/waiting',
  'listWaitingReceivers',
  'Receivers with waiting deliveries: for each kind, those that come next',
  { scopes: ['read'], query: schema.ReceiversQuery, answer: schema.WaitingReceivers },
);
const DEAD = getOperation('/webhooks/dead', 'listDeadDeliveries', 'Deliveries that failed for good, newest first', {
  scopes: ['read'],
  query: schema.EventsPage,
  answer: schema.DeadDeliveries,
});
const RETRY = postOperation(
  '/webhooks/dead/{delivery}/retry',
  'retryDeadDelivery',
  "Put a failed delivery at the end of its session's queue again",
  { scopes: ['admin'], status: 202 },
);
const DROP = deleteOperation('/webhooks/dead/{delivery}', 'dropDeadDelivery', 'Remove a failed delivery', {
  scopes: ['admin'],
});

/** Webhooks that wait, and those that were given up. */
@Controller()
export class WebhooksController {
  constructor(@Inject(BROKER) private readonly broker: Broker) {}

  @Operation(STATE)
  async state() {
    const { lanes, dead } = await this.broker.webhooks.waiting();
    return { waiting: lanes, dead };
  }

  @Operation(RECEIVERS)
  async receivers(@Checked() { query }: Input<typeof RECEIVERS>) {
    const found = await Promise.all(
      HOOK_KINDS.map(async (kind) => await this.broker.webhooks.listReceivers(kind, query.limit)),
    );
    const inOrder = found.flat().sort((one, other) => one.dueMs - other.dueMs);
    return { items: inOrder.slice(0, query.limit).map((one) => this.#toWaiting(one)) };
  }

  @Operation(DEAD)
  async list(@Checked() { query }: Input<typeof DEAD>) {
    const found = await this.broker.webhooks.listDead({ limit: query.limit, before: query.after });
    return paged(
      found,
      query.limit,
      ({ entry }) => entry,
      (dead) => this.#toDead(dead),
    );
  }

  @Operation(RETRY)
  async retry(@Checked() { params }: Input<typeof RETRY>, @By() by: Caller): Promise<void> {
    if (!(await this.broker.webhooks.revive(params.delivery))) throw notFound();
    this.broker.audit.note('webhook-retried', { by: by.name }, { delivery: params.delivery });
  }

  @Operation(DROP)
  async drop(@Checked() { params }: Input<typeof DROP>, @By() by: Caller): Promise<void> {
    if (!(await this.broker.webhooks.dropDead(params.delivery))) throw notFound();
    this.broker.audit.note('webhook-dropped', { by: by.name }, { delivery: params.delivery });
  }

  #toWaiting({ lanes, next, tries, dueMs }: WaitingReceiver) {
    const { lane, type, at } = next;
    const nextTryAt = iso(this.broker.clock.now() + Math.max(0, dueMs));
    const receiver = this.#receiver(next);
    return { of: lane.kind, receiver, sessions: lanes, session: lane.session, type, at: iso(at), tries, nextTryAt };
  }

  #toDead({ entry, delivery, diedAt, why, tries }: DeadDelivery) {
    const { lane, id, type, at } = delivery;
    return {
      id: entry,
      delivery: id,
      session: lane.session,
      of: lane.kind,
      type,
      at: iso(at),
      diedAt: iso(diedAt),
      tries,
      why,
      receiver: this.#receiver(delivery),
    };
  }

  /** The parts of a URL that are not secret: neither its user nor its query. */
  #receiver({ id, sealed }: Delivery): string | undefined {
    const letter = this.broker.sealer.open(id, sealed);
    const url = letter && URL.canParse(letter.url) ? new URL(letter.url) : undefined;
    return url && `${url.origin}${url.pathname}`;
  }
}

const notFound = (): ShipmateError => new ShipmateError('not-found', 'There is no such delivery, or its queue is full');
