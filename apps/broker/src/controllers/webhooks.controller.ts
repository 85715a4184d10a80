import { Controller, Inject } from '@nestjs/common';
import { ShipmateError, type Clock } from '#kernel';
import {
  HOOK_KINDS,
  type DeadDelivery,
  type Delivery,
  type EventWriter,
  type WaitingReceiver,
  type WebhookQueue,
  type WebhookSealer,
} from '#control';
import { CLOCK } from '#nest';
import { By, Checked, Operation, type Input, type OperationSpec } from '../api/operation.js';
import type { Caller } from '../callers.js';
import * as schema from '../schemas.js';
import { AUDIT, SEALER, WEBHOOKS } from '../tokens.js';
import { iso, paged } from '../views.js';

const STATE = {
  method: 'get',
  path: '/webhooks',
  id: 'getWebhooks',
  summary: 'How many sessions have waiting deliveries, and how many deliveries failed for good',
  scopes: ['read'],
  status: 200,
  answer: schema.Webhooks,
} as const satisfies OperationSpec;
const RECEIVERS = {
  method: 'get',
  path: '/webhooks/waiting',
  id: 'listWaitingReceivers',
  summary: 'Receivers with waiting deliveries: of each kind, those that are tried next',
  scopes: ['read'],
  query: schema.ReceiversQuery,
  status: 200,
  answer: schema.WaitingReceivers,
} as const satisfies OperationSpec;
const DEAD = {
  method: 'get',
  path: '/webhooks/dead',
  id: 'listDeadDeliveries',
  summary: 'Deliveries that failed for good, newest first',
  scopes: ['read'],
  query: schema.EventsPage,
  status: 200,
  answer: schema.DeadDeliveries,
} as const satisfies OperationSpec;
const RETRY = {
  method: 'post',
  path: '/webhooks/dead/{delivery}/retry',
  id: 'retryDeadDelivery',
  summary: "Put a failed delivery at the end of its session's queue again",
  scopes: ['admin'],
  params: schema.DeadParams,
  status: 202,
  problems: [404],
} as const satisfies OperationSpec;
const DROP = {
  method: 'delete',
  path: '/webhooks/dead/{delivery}',
  id: 'dropDeadDelivery',
  summary: 'Remove a failed delivery',
  scopes: ['admin'],
  params: schema.DeadParams,
  status: 204,
  problems: [404],
} as const satisfies OperationSpec;

/** Webhooks that wait, and those that were given up. */
@Controller()
export class WebhooksController {
  constructor(
    @Inject(WEBHOOKS) private readonly queue: WebhookQueue,
    @Inject(SEALER) private readonly sealer: WebhookSealer,
    @Inject(AUDIT) private readonly audit: EventWriter,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Operation(STATE)
  async state() {
    const { lanes, dead } = await this.queue.waiting();
    return { waiting: lanes, dead };
  }

  @Operation(RECEIVERS)
  async receivers(@Checked() { query }: Input<typeof RECEIVERS>) {
    const found = await Promise.all(HOOK_KINDS.map(async (kind) => await this.queue.listReceivers(kind, query.limit)));
    const inOrder = found.flat().sort((one, other) => one.dueMs - other.dueMs);
    return { items: inOrder.slice(0, query.limit).map((one) => this.#toWaiting(one)) };
  }

  @Operation(DEAD)
  async list(@Checked() { query }: Input<typeof DEAD>) {
    const found = await this.queue.listDead({ limit: query.limit, before: query.after });
    return paged(
      found,
      query.limit,
      ({ entry }) => entry,
      (dead) => this.#toDead(dead),
    );
  }

  @Operation(RETRY)
  async retry(@Checked() { params }: Input<typeof RETRY>, @By() by: Caller): Promise<void> {
    if (!(await this.queue.revive(params.delivery))) throw notFound();
    this.audit.note('webhook-retried', { by: by.name }, { delivery: params.delivery });
  }

  @Operation(DROP)
  async drop(@Checked() { params }: Input<typeof DROP>, @By() by: Caller): Promise<void> {
    if (!(await this.queue.dropDead(params.delivery))) throw notFound();
    this.audit.note('webhook-dropped', { by: by.name }, { delivery: params.delivery });
  }

  #toWaiting({ lanes, next, tries, dueMs }: WaitingReceiver) {
    const { lane, type, at } = next;
    const nextTryAt = iso(this.clock.now() + Math.max(0, dueMs));
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

  /** Of a URL, what is no secret: neither its user nor its query. */
  #receiver({ id, sealed }: Delivery): string | undefined {
    const letter = this.sealer.open(id, sealed);
    const url = letter && URL.canParse(letter.url) ? new URL(letter.url) : undefined;
    return url && `${url.origin}${url.pathname}`;
  }
}

const notFound = (): ShipmateError => new ShipmateError('not-found', 'There is no such delivery, or no room for it');
