import type { SessionId } from '#kernel';

/**
 * The channels of one session. The braces are a Redis Cluster's hash tag: all of a session lies in one slot.
 */
export const channels = (id: SessionId) =>
  ({
    /** Home to replicas: the stream, positions, acknowledgements. */
    out: `relay:{${id}}:out`,
    /** Replicas to home: input, requests for a snapshot. A new home announces itself here to a former one. */
    in: `relay:{${id}}:in`,
    /** Home to those replicas that wait for a snapshot, and only they are subscribed. */
    snapshot: `relay:{${id}}:snapshot`,
  }) as const;
