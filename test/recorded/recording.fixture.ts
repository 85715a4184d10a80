import type { Redis } from 'ioredis';
import { readdirSync, readFileSync } from 'node:fs';

/** The secret of the fleets that were recorded: it has never kept anything. */
export const RECORDED_SECRET = 'a secret of recorded fleets alone';

/** A key of Redis with what it holds. */
export type StoredKey =
  | { readonly key: string; readonly type: 'string'; readonly value: string }
  | { readonly key: string; readonly type: 'hash'; readonly value: Readonly<Record<string, string>> }
  | { readonly key: string; readonly type: 'zset'; readonly value: readonly string[] }
  | { readonly key: string; readonly type: 'stream'; readonly value: readonly (readonly string[])[] };

/**
 * What an older build wrote: the records of a fleet of two edges with one session, which is named `ada/site`, and what they said
 * to each other from the moment at which somebody joined at the edge that is not its home.
 */
export interface Recording {
  readonly session: string;
  /** The session's home. */
  readonly edge: string;
  readonly apiKey: string;
  readonly reconnectionData: string;
  readonly keys: readonly StoredKey[];
  readonly messages: readonly { readonly channel: string; readonly bytes: string }[];
}

/** The recordings, by their names: the dates of the builds. */
export function recordings(): readonly (readonly [name: string, recording: Recording])[] {
  const folder = new URL('./', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name, JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Recording]);
}

/** Writes the records into a Redis, as if its edges lived. */
export async function restore(redis: Redis, { keys }: Recording): Promise<void> {
  for (const { key, type, value } of keys) {
    if (type === 'string') await redis.set(key, value);
    if (type === 'hash') await redis.hset(key, value);
    if (type === 'zset') {
      for (let at = 0; at + 1 < value.length; at += 2) await redis.zadd(key, value[at + 1] ?? '', value[at] ?? '');
    }
    if (type === 'stream') for (const fields of value) await redis.xadd(key, '*', ...fields);
  }
  for (const edge of await redis.zrange(LEASES, '0', '-1')) await redis.zadd(LEASES, Date.now() + 600_000, edge);
}

export const LEASES = 'shipmate:{edges}:leases';
