import { Controller, Inject } from '@nestjs/common';
import { ShipmateError } from '#kernel';
import type { EventLog, EventWriter, StoredEvent } from '#control';
import type { EdgeRecord } from '#directory';
import { By, Checked, Operation, type Input, type OperationSpec } from '../api/operation.js';
import type { Caller } from '../callers.js';
import type { Fleet } from '../fleet.js';
import * as schema from '../schemas.js';
import { AUDIT, EVENTS, FLEET } from '../tokens.js';
import { iso, paged } from '../views.js';

const EDGES = {
  method: 'get',
  path: '/edges',
  id: 'listEdges',
  summary: 'The edges that are alive',
  scopes: ['read'],
  status: 200,
  answer: schema.Edges,
} as const satisfies OperationSpec;
const DRAIN = {
  method: 'post',
  path: '/edges/{edge}/drain',
  id: 'drainEdge',
  summary: 'Have an edge give its sessions to others; it takes no new ones',
  scopes: ['admin'],
  params: schema.EdgeParams,
  status: 202,
  problems: [404],
} as const satisfies OperationSpec;
const EVENT_LIST = {
  method: 'get',
  path: '/events',
  id: 'listEvents',
  summary: 'What happened, newest first',
  scopes: ['read'],
  query: schema.EventsQuery,
  status: 200,
  answer: schema.Events,
} as const satisfies OperationSpec;

/** Edges and events. */
@Controller()
export class FleetController {
  constructor(
    @Inject(FLEET) private readonly fleet: Fleet,
    @Inject(EVENTS) private readonly events: EventLog,
    @Inject(AUDIT) private readonly audit: EventWriter,
  ) {}

  @Operation(EDGES)
  async edges() {
    return { items: (await this.fleet.edges()).map(toEdge) };
  }

  @Operation(DRAIN)
  async drain(@Checked() { params }: Input<typeof DRAIN>, @By() by: Caller): Promise<void> {
    const edge = (await this.fleet.edges()).find(({ id }) => id === params.edge);
    if (edge === undefined) throw new ShipmateError('not-found', 'There is no such edge');
    await this.fleet.drain(edge);
    this.audit.note('edge-drained', { by: by.name }, { edge: edge.id });
  }

  @Operation(EVENT_LIST)
  async list(@Checked() { query }: Input<typeof EVENT_LIST>) {
    const found = await this.events.list({ limit: query.limit, before: query.after });
    return paged(found, query.limit, ({ id }) => id, toEvent);
  }
}

const toEdge = ({ id, region, addresses, load, draining }: EdgeRecord) => ({
  id,
  region,
  ...addresses,
  ...load,
  draining,
});
const toEvent = ({ at, ...rest }: StoredEvent) => ({ ...rest, at: iso(at) });
