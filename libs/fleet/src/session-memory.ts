import { readPolicy, stricter, type Invitation, type SentAway, type SessionLock } from '#access';
import type { SessionRecord } from '#directory';
import type { HostIntroduction } from '#session';
import { isShipmateError } from '#kernel';
import type { EdgeDeps } from './edge-deps.js';

/** The label with the number of its host's commands that a session has carried out. */
export const ORDERS_LABEL = 'orders';

/**
 * What applies to a session across all connections of its host: on each connection, the client repeats everything that it ever
 * asked for.
 */
export interface SessionMemory {
  sentAway: readonly SentAway[];
  invitations: readonly Invitation[];
  /** Whether the session is locked. */
  locked?: SessionLock | undefined;
  /** How many of the host's commands were carried out. */
  orders: number;
  /** When the tokens were replaced lately, by the monotonic clock, in ms. */
  rotatedAt: readonly number[];
}

/** What a session's record remembers; nothing if there is no record. */
export function memoryOf(record: SessionRecord | undefined): SessionMemory {
  return { ...keptOf(record), orders: Number(record?.labels[ORDERS_LABEL] ?? 0) || 0, rotatedAt: [] };
}

/**
 * The host's introduction, with the part of the policy that belongs to the session, and as strict as the operator demands it at
 * each moment.
 */
export function remembering(
  introduction: HostIntroduction,
  memory: SessionMemory,
  { operator, locks, signOuts }: Pick<EdgeDeps, 'operator' | 'locks' | 'signOuts'>,
): HostIntroduction {
  const policy: HostIntroduction['policy'] = () => {
    const { sentAway, invitations, locked } = memory;
    const own = {
      ...introduction.policy(),
      ...(sentAway.length === 0 ? {} : { sentAway }),
      ...(invitations.length === 0 ? {} : { invitations }),
      ...(locked === undefined ? {} : { locked }),
      ...(locks === undefined ? {} : { personLocks: locks.list }),
      ...(signOuts === undefined ? {} : { signOuts: signOuts.list }),
    };
    return operator === undefined ? own : stricter(own, operator.rulesFor(introduction.link.identity));
  };
  return { ...introduction, policy };
}

/** A later release may have written a record that this one cannot read completely. */
function keptOf(record: SessionRecord | undefined): Pick<SessionMemory, 'sentAway' | 'invitations' | 'locked'> {
  try {
    const { sentAway = [], invitations = [], locked } = readPolicy(record?.policy ?? '');
    return { sentAway, invitations, locked };
  } catch (error) {
    if (isShipmateError(error)) return { sentAway: [], invitations: [] };
    throw error;
  }
}
