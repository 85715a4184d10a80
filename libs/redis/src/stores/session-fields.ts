import { ShipmateError, type EdgeId, type Generation, type SessionId } from '#kernel';
import type { NewSession, SessionPatch, SessionRecord, TokenHash } from '#directory';

/** A hash as Redis answers it: names and values in turn, or as ioredis makes an object of it. */
export function readHash(reply: unknown): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  if (Array.isArray(reply)) {
    for (let i = 0; i + 1 < reply.length; i += 2) fields.set(String(reply[i]), String(reply[i + 1]));
  } else if (typeof reply === 'object' && reply !== null) {
    for (const [name, value] of Object.entries(reply)) fields.set(name, String(value));
  }
  return fields;
}

/** Writer, reader, about, policy, labels: the arguments by which the scripts write a session. */
export function sessionArguments(session: NewSession): readonly [string, string, string, string, string] {
  const { tokens, region, addresses, createdAt, policy, labels } = session;
  return [
    tokens.writer,
    tokens.reader,
    JSON.stringify({ region, addresses, createdAt }),
    policy,
    JSON.stringify(labels),
  ];
}

/** A patch as names and values of fields. */
export function patchArguments({ hostConnected, confirmed, policy, labels, tokens }: SessionPatch): string[] {
  const args: string[] = [];
  if (hostConnected !== undefined) args.push('connected', hostConnected ? '1' : '0');
  if (confirmed !== undefined) args.push('confirmed', confirmed ? '1' : '0');
  if (policy !== undefined) args.push('policy', policy);
  if (labels !== undefined) args.push('labels', JSON.stringify(labels));
  if (tokens !== undefined) args.push('writer', tokens.writer, 'reader', tokens.reader);
  return args;
}

/** The session in a hash; undefined if it is empty; throws `unavailable` if it is damaged. */
export function readSession(id: SessionId, fields: ReadonlyMap<string, string>): SessionRecord | undefined {
  const generation = fields.get('generation');
  if (generation === undefined) return undefined;
  const about = readJson(fields.get('about')) as Pick<NewSession, 'region' | 'addresses' | 'createdAt'>;
  return Object.freeze({
    id,
    tokens: { writer: text(fields, 'writer') as TokenHash, reader: text(fields, 'reader') as TokenHash },
    region: about.region,
    addresses: about.addresses,
    createdAt: about.createdAt,
    policy: text(fields, 'policy'),
    labels: readJson(fields.get('labels')) as NewSession['labels'],
    generation: Number(generation) as Generation,
    edgeId: fields.get('edge') as EdgeId | undefined,
    homeSince: Number(text(fields, 'homeSince')),
    hostConnected: fields.get('connected') === '1',
    confirmed: fields.get('confirmed') === '1',
    cameWith: number(fields, 'cameWith') as Generation | undefined,
    disconnectedAt: number(fields, 'disconnectedAt'),
    closedAt: number(fields, 'closedAt'),
    closeReason: fields.get('closeReason'),
  });
}

/** Without the parser's error, which quotes the text. */
const damaged = (): ShipmateError => new ShipmateError('unavailable', "a session's record in Redis is damaged");

function text(fields: ReadonlyMap<string, string>, name: string): string {
  const value = fields.get(name);
  if (value === undefined) throw damaged();
  return value;
}

function number(fields: ReadonlyMap<string, string>, name: string): number | undefined {
  const value = fields.get(name);
  return value === undefined ? undefined : Number(value);
}

function readJson(value: string | undefined): unknown {
  try {
    return JSON.parse(value ?? '');
  } catch {
    throw damaged();
  }
}
