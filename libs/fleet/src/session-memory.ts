import { readPolicy, type SentAway } from '#access';
import type { SessionRecord } from '#directory';
import type { HostIntroduction } from '#session';
import { isShipmateError } from '#kernel';

/** The label that says how many of its host's orders a session has done. */
export const ORDERS_LABEL = 'orders';

/** What holds for a session over all connections of its host: each connection says all that the host has ever asked for anew. */
export interface SessionMemory {
  sentAway: readonly SentAway[];
  /** How many of the host's orders were done. */
  orders: number;
  /** When the tokens were replaced lately, by the monotonic clock, in ms. */
  rotatedAt: readonly number[];
}

/** What a session's record remembers; of a session without one, nothing. */
export function memoryOf(record: SessionRecord | undefined): SessionMemory {
  return { sentAway: sentAwayIn(record), orders: Number(record?.labels[ORDERS_LABEL] ?? 0) || 0, rotatedAt: [] };
}

/** The host's introduction, with the session's own part of the policy. */
export function remembering(introduction: HostIntroduction, memory: SessionMemory): HostIntroduction {
  const policy: HostIntroduction['policy'] = () => {
    const { sentAway } = memory;
    return { ...introduction.policy(), ...(sentAway.length === 0 ? {} : { sentAway }) };
  };
  return { ...introduction, policy };
}

/** A record that a later release wrote may say what this one cannot read. */
function sentAwayIn(record: SessionRecord | undefined): readonly SentAway[] {
  try {
    return readPolicy(record?.policy ?? '').sentAway ?? [];
  } catch (error) {
    if (isShipmateError(error)) return [];
    throw error;
  }
}
