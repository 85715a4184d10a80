import { createHash } from 'node:crypto';
import { ROLES, sessionId, type Role, type SessionId } from '#kernel';
import { boundedText, MAX_PERSON_NAME_BYTES } from '../admission/identity.js';
import { mintToken, TOKEN_ALPHABET, TOKEN_LENGTH, type RandomSource } from '../tokens/tokens.js';

/** An invitation for one person, as its session keeps it: without the token. */
export interface Invitation {
  /** Names it, in lists and events; no secret. */
  readonly id: string;
  /** SHA-256 of the token, base64url. */
  readonly hash: string;
  /** Whoever uses it appears under this name. */
  readonly name: string;
  readonly role: Role;
  /** When it ends, in ms since the epoch; undefined: with the session. Whoever joined with it is then disconnected. */
  readonly until?: number | undefined;
  /** How often it may be used to join. */
  readonly uses: number;
  /** How often it was. */
  readonly used: number;
}

/** Invitations of one session, about 200 bytes each in its record; the next is refused until one is revoked. */
export const MAX_INVITATIONS = 64;
/** Most uses of one invitation. */
export const MAX_USES = 1_000;

const PREFIX = 'i-';
const UUID_CHARS = 22;
const ID_CHARS = 10;
const TOKEN = new RegExp(`^${PREFIX}([A-Za-z0-9_-]{${UUID_CHARS}})[${TOKEN_ALPHABET}]{${TOKEN_LENGTH}}$`);

/** What an invitation is made of. */
export interface InvitationRequest extends Pick<Invitation, 'name' | 'role' | 'until' | 'uses'> {
  readonly session: SessionId;
}

/** The hash that an invitation is found by. */
export const hashInvitation = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** Makes an invitation, and the token that only the invited person gets: `i-`, the session's id, and a secret. */
export function mintInvitation(
  { session, name, ...request }: InvitationRequest,
  random?: RandomSource,
): { readonly invitation: Invitation; readonly token: string } {
  const packed = Buffer.from(session.replaceAll('-', ''), 'hex').toString('base64url');
  const token = `${PREFIX}${packed}${mintToken('writer', random)}`;
  const id = mintToken('writer', random).slice(0, ID_CHARS);
  return {
    invitation: {
      id,
      hash: hashInvitation(token),
      name: boundedText(name, MAX_PERSON_NAME_BYTES),
      ...request,
      used: 0,
    },
    token,
  };
}

/** The session that an invitation's token is for; undefined for any other text. */
export function sessionOfInvitation(token: string): SessionId | undefined {
  const packed = TOKEN.exec(token)?.[1];
  if (packed === undefined) return undefined;
  const hex = Buffer.from(packed, 'base64url').toString('hex');
  if (Buffer.from(hex, 'hex').toString('base64url') !== packed) return undefined;
  return sessionId([hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'));
}

/** Whether an invitation still lets somebody in. */
export const isUsable = ({ until, uses, used }: Invitation, now: number): boolean =>
  used < uses && (until === undefined || now < until);

/** The invitations with one more; undefined if there are too many. Those that are over make room. */
export function withInvitation(
  invitations: readonly Invitation[],
  one: Invitation,
  now: number,
): readonly Invitation[] | undefined {
  if (invitations.length < MAX_INVITATIONS) return [...invitations, one];
  const left = invitations.filter(({ until }) => until === undefined || now < until);
  return left.length < MAX_INVITATIONS ? [...left, one] : undefined;
}

/** The invitations, one of which was used once more. */
export const withUse = (invitations: readonly Invitation[], hash: string): readonly Invitation[] =>
  invitations.map((one) => (one.hash === hash ? { ...one, used: one.used + 1 } : one));

const isCount = (value: unknown, least: number): boolean =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= MAX_USES;

/** Whether something in a session's record is a list of invitations. */
export function isInvitationList(value: unknown): value is readonly Invitation[] {
  return Array.isArray(value) && value.length <= MAX_INVITATIONS && value.every(isInvitation);
}

function isInvitation(one: unknown): boolean {
  if (typeof one !== 'object' || one === null) return false;
  const { id, hash, name, role, until, uses, used, ...rest } = one as Record<string, unknown>;
  const texts = [id, hash, name].every((text) => typeof text === 'string' && text !== '' && text.length <= 256);
  const isEnd = until === undefined || Number.isSafeInteger(until);
  const isRole = ROLES.some((known) => known === role);
  return texts && isEnd && isRole && isCount(uses, 1) && isCount(used, 0) && Object.keys(rest).length === 0;
}
