import type { ChainLink, StoredEvent } from '../events.js';
import { FILE_VERSION } from './event-file.js';

/** The first line of an export, as far as it matters. */
export interface FileHead {
  readonly key: string;
  readonly keys: readonly string[];
  readonly from: string | undefined;
}

/** The last line of an export. */
export interface FileEnd {
  readonly events: number;
  readonly digest: string;
  readonly signature: string;
}

/** An event of an export. */
export type ReadEvent = StoredEvent;

type Fields = Readonly<Record<string, unknown>>;

/** A line's JSON; undefined if it is not JSON. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Reads a first line; undefined if it is not one, or of a later version. */
export function readHead(value: unknown): FileHead | undefined {
  if (!isFields(value) || value['shipmateEvents'] !== FILE_VERSION) return undefined;
  const { key, keys, from } = value;
  if (!isText(key) || !Array.isArray(keys) || !keys.every(isText) || !isMaybeText(from)) return undefined;
  return { key, keys, from };
}

/** Reads a last line; undefined if it is not one. */
export function readEnd(value: unknown): FileEnd | undefined {
  if (!isFields(value)) return undefined;
  const { events, digest, signature } = value;
  return isCount(events) && isText(digest) && isText(signature) ? { events, digest, signature } : undefined;
}

/** Reads an event; undefined if the line is not an event. */
export function readEvent(value: unknown): ReadEvent | undefined {
  if (!isFields(value)) return undefined;
  const { id, at: time, type, session, by, details, chain } = value;
  const at = isText(time) ? Date.parse(time) : Number.NaN;
  if (!isText(id) || !isText(type) || !isCount(at) || !isMaybeText(session) || !isMaybeText(by)) return undefined;
  if (!isFields(details) || !Object.values(details).every(isText)) return undefined;
  const link = chain === undefined ? undefined : readLink(chain);
  if (chain !== undefined && link === undefined) return undefined;
  return {
    id,
    at,
    type,
    details: details as StoredEvent['details'],
    ...(session === undefined ? {} : { session }),
    ...(by === undefined ? {} : { by }),
    ...(link === undefined ? {} : { chain: link }),
  };
}

function readLink(value: unknown): ChainLink | undefined {
  if (!isFields(value)) return undefined;
  const { id, number, before, beforeAt, signature } = value;
  const isLink = isText(id) && isCount(number) && isText(before) && isCount(beforeAt) && isText(signature);
  return isLink ? { id, number, before, beforeAt, signature } : undefined;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isMaybeText = (value: unknown): value is string | undefined => value === undefined || isText(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
