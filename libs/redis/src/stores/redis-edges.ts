import { ShipmateError, type EdgeId } from '#kernel';
import type { DirectoryTimings, EdgeRecord } from '#directory';
import type { Commands } from '../connection/commands.js';
import { keys } from './keys.js';
import { HEARTBEAT, LIST_EDGES, READ_EDGES, REMOVE_EDGE } from '../scripts/edge.lua.js';

/** Far more than a fleet has: a loop of restarting edges must not fill Redis. */
const MAX_EDGES = 10_000;
/** An edge's record as JSON, in characters. */
const MAX_RECORD_LENGTH = 8 * 1024;

const FAMILY = [keys.leases, keys.records] as const;

/** What Redis knows of an edge's lease. */
export interface Lease {
  /** Whether the lease stands. */
  readonly stands: boolean;
  /** While the lease stands, unless Redis lost it: the next heartbeat writes it again. */
  readonly record: EdgeRecord | undefined;
  /** When it ended, in ms since the epoch; undefined while it stands and when nothing is known of it. */
  readonly endedAt: number | undefined;
}

/** The leases of some edges at one moment of Redis' clock. */
export interface Leases {
  readonly now: number;
  /** Since when leases are known, in ms since the epoch; undefined where an earlier release wrote them. */
  readonly since: number | undefined;
  readonly of: ReadonlyMap<EdgeId, Lease>;
}

/** The leases of edges. All lie in one slot: a heartbeat is one command, whatever the edge carries. */
export class RedisEdges {
  constructor(
    private readonly commands: Commands,
    private readonly timings: DirectoryTimings,
  ) {}

  /** Whether the lease still stood. */
  async heartbeat(edge: EdgeRecord): Promise<boolean> {
    const { id, region, addresses, load, draining, takesHosts } = edge;
    const record = JSON.stringify({ id, region, addresses, load, draining, takesHosts });
    if (record.length > MAX_RECORD_LENGTH) throw new ShipmateError('limit', "an edge's record is too large");
    const { edgeLeaseMs, closedMemoryMs } = this.timings;
    const limits = [edgeLeaseMs, closedMemoryMs, MAX_EDGES].map(String);
    const reply = await this.commands.run(HEARTBEAT, FAMILY, id, record, ...limits);
    if (reply === -1) throw new ShipmateError('limit', 'too many edges');
    return reply === 1;
  }

  async remove(id: EdgeId): Promise<void> {
    await this.commands.run(REMOVE_EDGE, FAMILY, id);
  }

  async read(ids: readonly EdgeId[]): Promise<Leases> {
    const wanted = [...new Set(ids)];
    const [now, since, ...rest] = strings(await this.commands.run(READ_EDGES, FAMILY, ...wanted));
    const entries = wanted.map((id, i) => [id, toLease(Number(now), rest[2 * i], rest[2 * i + 1])] as const);
    return { now: Number(now), since: toTime(since), of: new Map(entries) };
  }

  async readAll(): Promise<Leases> {
    const [now, since, ...rest] = strings(await this.commands.run(LIST_EDGES, FAMILY));
    const of = new Map<EdgeId, Lease>();
    for (let i = 0; i + 2 < rest.length; i += 3) {
      of.set(rest[i] as EdgeId, toLease(Number(now), rest[i + 1], rest[i + 2]));
    }
    return { now: Number(now), since: toTime(since), of };
  }
}

const toTime = (text = ''): number | undefined => (text === '' ? undefined : Number(text));

function toLease(now: number, untilMs = '', record = ''): Lease {
  if (record !== '') return { stands: true, record: readRecord(record), endedAt: undefined };
  const stands = untilMs !== '' && Number(untilMs) > now;
  return { stands, record: undefined, endedAt: untilMs === '' || stands ? undefined : Number(untilMs) };
}

function readRecord(text: string): EdgeRecord {
  try {
    return JSON.parse(text) as EdgeRecord;
  } catch {
    throw new ShipmateError('unavailable', "an edge's record in Redis is damaged");
  }
}

/** The texts of an array reply. */
export function strings(reply: unknown): string[] {
  return Array.isArray(reply) ? (reply as unknown[]).map((item) => (typeof item === 'string' ? item : '')) : [];
}
