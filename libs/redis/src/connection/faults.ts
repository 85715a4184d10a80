import { ShipmateError } from '#kernel';
import { readHostPort, type HostPort } from './address.js';

/**
 * A command that Redis refused, so that it had no effect. Its text is only the first word of Redis' reply: the rest may quote
 * what was sent, and ioredis adds the arguments.
 */
export class Refusal extends Error {
  constructor(
    /** `MOVED`, `NOSCRIPT`, `OOM`, … */
    readonly code: string,
    /** Where `MOVED` and `ASK` point to; without a host where Redis means the one that was asked. */
    readonly target?: HostPort,
  ) {
    super(`Redis refused a command: ${code}`);
  }
}

/** What a failed command of ioredis means: a `Refusal` when Redis answered, else `unavailable`. */
export function readFault(error: unknown): Refusal | ShipmateError {
  if (error instanceof ShipmateError || error instanceof Refusal) return error;
  const message = error instanceof Error ? error.message : '';
  if (error instanceof Error && error.name === 'ReplyError') {
    const [code = '', , target] = message.split(' ');
    const known = /^[A-Z]{2,20}$/.test(code) ? code : 'ERR';
    return known === 'MOVED' || known === 'ASK' ? new Refusal(known, readHostPort(target ?? '')) : new Refusal(known);
  }
  return new ShipmateError('unavailable', 'the connection to Redis was lost');
}

const REFUSALS: Readonly<Record<string, string>> = {
  OOM: 'Redis is out of memory',
  NOPERM: 'Redis does not let this user run a command that Shipmate needs (docs/redis.md lists them)',
  NOAUTH: 'Redis requires a password',
  WRONGPASS: 'Redis refuses the user or the password',
  LOADING: 'Redis is loading its data',
  READONLY: 'Redis is a replica and takes no writes',
  MISCONF: 'Redis refuses writes because it cannot save to its disk',
  NOREPLICAS: 'Redis refuses writes because too few replicas follow it',
  CLUSTERDOWN: 'the Redis Cluster is down',
};

/**
 * The error for callers of the ports. An error that is a fault of the configuration at the start may pass if it happens later:
 * for example, a Redis that has restarted and does not have its users yet.
 */
export function toShipmateError(error: unknown): ShipmateError {
  const fault = readFault(error);
  if (fault instanceof ShipmateError) {
    return fault.code === 'config' ? new ShipmateError('unavailable', fault.message) : fault;
  }
  return new ShipmateError('unavailable', REFUSALS[fault.code] ?? `Redis refused a command (${fault.code})`);
}

/** Why a connection failed, in words that name the server and no secret. */
export function connectFault(where: string, error: unknown): ShipmateError {
  if (error instanceof ShipmateError) return error;
  const fault = readFault(error);
  if (fault instanceof Refusal) {
    const wrong = fault.code === 'WRONGPASS' || fault.code === 'NOAUTH' || fault.code === 'NOPERM';
    return new ShipmateError(wrong ? 'config' : 'unavailable', `${toShipmateError(fault).message}: ${where}`);
  }
  // System and TLS errors have a code; its text may hold certificates' names, which are of use and no secret.
  const { code } = error as NodeJS.ErrnoException;
  const why = typeof code === 'string' && /^[A-Z][A-Z\d_]+$/.test(code) ? code : 'it closed the connection';
  return new ShipmateError('unavailable', `Redis at ${where} cannot be reached: ${why}`);
}
