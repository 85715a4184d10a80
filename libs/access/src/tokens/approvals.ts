import { sessionId, type SessionId } from '#kernel';
import { mintToken, type RandomSource, TOKEN_ALPHABET, TOKEN_LENGTH } from './tokens.js';

/** The prefixes of the user names with which a host lets in, or refuses, somebody who waits for approval. */
const PREFIXES = { true: 'approve-', false: 'refuse-' } as const;

const UUID_CHARS = 22;
const APPROVAL = new RegExp(`^(approve|refuse)-([A-Za-z0-9_-]{${UUID_CHARS}})([${TOKEN_ALPHABET}]{${TOKEN_LENGTH}})$`);

/** A host's decision on somebody who waits. */
export interface Approval {
  readonly admit: boolean;
  readonly sessionId: SessionId;
  /** Identifies somebody who waits, once. Only the host knows it. */
  readonly code: string;
}

/** A secret for somebody who waits, as hard to guess as a token. */
export const mintApprovalCode = (random?: RandomSource): string => mintToken('writer', random);

/**
 * The user name for a decision: `approve-` or `refuse-`, the session's id, with which every edge finds its home, and the code.
 */
export function approvalUser({ admit, sessionId: id, code }: Approval): string {
  return `${PREFIXES[`${admit}`]}${packed(id)}${code}`;
}

const packed = (id: SessionId): string => Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');

function unpacked(text: string): SessionId {
  const hex = Buffer.from(text, 'base64url').toString('hex');
  return sessionId([hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'));
}

/** Whether a user name is a decision on somebody who waits, and cannot be a token. */
export const isApproval = (user: string): boolean => /^(approve|refuse)-/.test(user);

/** Reads such a user name; undefined if it is not one. */
export function parseApproval(user: string): Approval | undefined {
  const [, verb, session, code] = APPROVAL.exec(user) ?? [];
  if (verb === undefined || session === undefined || code === undefined) return undefined;
  return { admit: verb === 'approve', sessionId: unpacked(session), code };
}

/** What the secret in a link begins with by which somebody decides on a person who waits. */
export const LINK_PREFIX = 'smd-';
const LINK = new RegExp(`^${LINK_PREFIX}([A-Za-z0-9_-]{${UUID_CHARS}})([${TOKEN_ALPHABET}]{${TOKEN_LENGTH}})$`);

/** The secret in such a link: the session, with which every process finds its home, and the code. */
export const linkSecret = ({ sessionId: id, code }: Omit<Approval, 'admit'>): string =>
  `${LINK_PREFIX}${packed(id)}${code}`;

/** Reads such a secret; undefined if it is not one. Whether anybody waits with that code, only the session's home knows. */
export function parseLink(text: string): Omit<Approval, 'admit'> | undefined {
  const [, session, code] = LINK.exec(text) ?? [];
  return session === undefined || code === undefined ? undefined : { sessionId: unpacked(session), code };
}
