import { Readable } from 'node:stream';
import { Controller, Inject, StreamableFile } from '@nestjs/common';
import { ShipmateError } from '#kernel';
import { exportLines, type StoredEvent } from '#control';
import type { EdgeRecord } from '#directory';
import { By, Checked, getOperation, postOperation, Operation, type Input } from '../api/operation.js';
import { BROKER, type Broker } from '../broker.js';
import type { Caller } from '../callers.js';
import * as schema from '../schemas.js';
import { iso } from '../views.js';

const EDGES = getOperation('/edges', 'listEdges', 'The edges that are running', {
  scopes: ['read'],
  answer: schema.Edges,
});
const DRAIN = postOperation(
  '/edges/{edge}/drain',
  'drainEdge',
  'Drain an edge: it gives its sessions to others and takes no new ones',
  { scopes: ['admin'], status: 202 },
);
const REAPER = getOperation('/reaper', 'getReaper', "The report of the reaper's last round", {
  scopes: ['read'],
  answer: schema.Reaper,
  problems: [404],
});
const EVENT_LIST = getOperation('/events', 'listEvents', 'List events, newest first', {
  scopes: ['read'],
  query: schema.EventsQuery,
  answer: schema.Events,
});
const EVENT_EXPORT = getOperation('/events/export', 'exportEvents', 'All events, oldest first, as signed JSON lines', {
  scopes: ['read'],
  query: schema.EventsQuery.pick({ from: true, until: true }),
  answerType: 'application/x-ndjson',
});
const EVENT_KEY = getOperation('/events/key', 'getEventKey', 'The public key that events are signed with', {
  scopes: ['read'],
  answer: schema.EventKey,
});

/** Edges and events. */
@Controller()
export class FleetController {
  constructor(@Inject(BROKER) private readonly broker: Broker) {}

  @Operation(EDGES)
  async edges() {
    return { items: (await this.broker.fleet.edges()).map(toEdge) };
  }

  @Operation(DRAIN)
  async drain(@Checked() { params }: Input<typeof DRAIN>, @By() by: Caller): Promise<void> {
    const edge = (await this.broker.fleet.edges()).find(({ id }) => id === params.edge);
    if (edge === undefined) throw new ShipmateError('not-found', 'There is no such edge');
    await this.broker.fleet.drain(edge);
    this.broker.audit.note('edge-drained', { by: by.name }, { edge: edge.id });
  }

  @Operation(REAPER)
  async reaper() {
    const report = await this.broker.housekeeping.lastReport();
    if (report === undefined) throw new ShipmateError('not-found', 'The reaper has not run yet');
    return { ...report, beganAt: iso(report.beganAt) };
  }

  @Operation(EVENT_LIST)
  async list(@Checked() { query }: Input<typeof EVENT_LIST>) {
    const { limit, after: before, type, session, user, from, until } = query;
    const times = { from: read(from), until: read(until) };
    const { events, next } = await this.broker.events.list({ limit, before, type, session, user, ...times });
    return { items: events.map(toEvent), next };
  }

  @Operation(EVENT_EXPORT)
  export(@Checked() { query }: Input<typeof EVENT_EXPORT>): StreamableFile {
    const { events, exports, clock } = this.broker;
    const range = { from: read(query.from), until: read(query.until) };
    const lines = exportLines(events, exports, range, clock.now());
    return new StreamableFile(Readable.from(lines, { objectMode: false }), { type: 'application/x-ndjson' });
  }

  @Operation(EVENT_KEY)
  key() {
    const { signer, keys } = this.broker.exports;
    return { key: signer.publicKey, accepted: keys };
  }
}

const read = (time: string | undefined): number | undefined => (time === undefined ? undefined : Date.parse(time));
const toEdge = ({ id, region, addresses, load, draining }: EdgeRecord) => ({
  id,
  region,
  ...addresses,
  ...load,
  draining,
});
const toEvent = ({ at, ...rest }: StoredEvent) => ({ ...rest, at: iso(at) });
