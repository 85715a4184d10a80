declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** Names a session for its whole life, at every edge (a UUID). Not a secret. */
export type SessionId = Branded<string, 'SessionId'>;
/** Names one run of one edge process; a restarted edge has a new one. */
export type EdgeId = Branded<string, 'EdgeId'>;
/** Names one joiner's stay in a session (a UUID). */
export type ParticipantId = Branded<string, 'ParticipantId'>;
/** Counts a session's homes, from 1: the fencing token of every write. */
export type Generation = Branded<number, 'Generation'>;

/** Marks a string as the id of a session, without checking it. */
export const sessionId = (value: string): SessionId => value as SessionId;
/** Marks a string as the id of an edge, without checking it. */
export const edgeId = (value: string): EdgeId => value as EdgeId;
/** Marks a string as the id of a joiner, without checking it. */
export const participantId = (value: string): ParticipantId => value as ParticipantId;
/** Marks a number as a generation, without checking it. */
export const generation = (value: number): Generation => value as Generation;
