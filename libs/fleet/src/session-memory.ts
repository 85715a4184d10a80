import { readPolicy, stricter, type Invitation, type SentAway, type SessionPolicy } from '#access';
import type { SessionRecord } from '#directory';
import type { HostIntroduction } from '#session';
import { isShipmateError } from '#kernel';
import type { OperatorDemands } from './edge-deps.js';

/** The label with the number of its host's commands that a session has carried out. */
export const ORDERS_LABEL = 'orders';

/**
 * What applies to a session across all connections of its host: on each connection, the client repeats everything that it ever
 * asked for.
 */
export interface SessionMemory {
  sentAway: readonly SentAway[];
  invitations: readonly Invitation[];
  /** How many of the host's commands were carried out. */
  orders: number;
  /** When the tokens were replaced lately, by the monotonic clock, in ms. */
  rotatedAt: readonly number[];
}

/** What a session's record remembers; nothing if there is no record. */
export function memoryOf(record: SessionRecord | undefined): SessionMemory {
  const { sentAway = [], invitations = [] } = policyIn(record);
  return { sentAway, invitations, orders: Number(record?.labels[ORDERS_LABEL] ?? 0) || 0, rotatedAt: [] };
}

/**
 * The host's introduction, with the part of the policy that belongs to the session, and as strict as the operator demands it at
 * each moment.
 */
export function remembering(
  introduction: HostIntroduction,
  memory: SessionMemory,
  operator: Pick<OperatorDemands, 'rulesFor'> | undefined,
): HostIntroduction {
  const policy: HostIntroduction['policy'] = () => {
    const { sentAway, invitations } = memory;
    const own = {
      ...introduction.policy(),
      ...(sentAway.length === 0 ? {} : { sentAway }),
      ...(invitations.length === 0 ? {} : { invitations }),
    };
    return operator === undefined ? own : stricter(own, operator.rulesFor(introduction.link.identity));
  };
  return { ...introduction, policy };
}

/** A later release may have written a record that this one cannot read completely. */
function policyIn(record: SessionRecord | undefined): Pick<SessionPolicy, 'sentAway' | 'invitations'> {
  try {
    return readPolicy(record?.policy ?? '');
  } catch (error) {
    if (isShipmateError(error)) return {};
    throw error;
  }
}
