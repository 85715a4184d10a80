import { inCidrs } from '#address';
import type { Role } from '#kernel';
import { admits, fingerprint, type AuthorizedKey, type Certificate, type KeyFault, type PublicKey } from '#keys';
import { isAllowedWho, MAY, mostAllowed, type May } from '../policy/allow.js';
import { isUsable, type Invitation } from '../policy/invitations.js';
import { mostOf, placeFault, roleOfMay } from '../policy/operator-rules.js';
import type { SentAway } from '../policy/sent-away.js';
import type { SessionPolicy } from '../policy/session-policy.js';
import { LOCKED_PASSWORD } from '../policy/password.js';
import { personId, type Identity } from './identity.js';

/** Keys that one person may have proved: a plain key and a certificate. */
export const MAX_PROVEN_KEYS = 2;

/** Facts about a person who wants to join. The edge that they came to has verified each of them; none of them is a decision. */
export interface Proofs {
  readonly transport: 'ssh' | 'web';
  /** Where they connect from: an IP address. */
  readonly address: string;
  /** Keys and certificates whose signatures were verified; at most `MAX_PROVEN_KEYS`. */
  readonly keys: readonly PublicKey[];
  /**
   * The hash that the password they gave fits, as `hashPassword` makes it. It counts only while the session has this hash: when
   * the host sets another password, everyone has to enter the new one.
   */
  readonly password?: string | undefined;
  /**
   * The hash of the token that they came with; undefined: they came with a name, or an edge of an earlier release reported
   * them.
   */
  readonly token?: string | undefined;
  /** The hash of the invitation that they came with, in place of a token; undefined: they came with something else. */
  readonly invitation?: string | undefined;
  /** The user of an API key. */
  readonly user?: string | undefined;
  /** Who they are, as somebody says whom the operator trusts. */
  readonly identity?: Identity | undefined;
}

/** The part of a session's policy that says who may join. */
export interface AdmissionPolicy extends Pick<
  SessionPolicy,
  | 'authorizedKeys'
  | 'keyPeople'
  | 'password'
  | 'approve'
  | 'approvals'
  | 'readersOnly'
  | 'web'
  | 'maxJoiners'
  | 'signIn'
  | 'allow'
  | 'operator'
  | 'invitations'
  | 'locked'
  | 'personLocks'
  | 'signOuts'
> {
  readonly sentAway?: readonly SentAway[] | undefined;
  /** The hashes of the session's current tokens; undefined if they are not known. */
  readonly tokens?: Readonly<Record<Role, string>> | undefined;
}

/** A request to join, and the state of the session at this moment. */
export interface AdmissionRequest {
  /** What the token or the name that they came with allows at most. */
  readonly role: Role;
  /** The time, in ms since the epoch. */
  readonly now: number;
  /** How many different people have agreed since they asked. */
  readonly approvals: number;
  /** How many others are in the session or have a reserved place, at all edges. */
  readonly present: number;
}

/** Why somebody is not let in. */
export type Refusal =
  | KeyFault
  /** The operator has locked them out of this server. `why`: the operator's own words. */
  | { readonly reason: 'locked'; readonly why?: string | undefined }
  | {
      readonly reason:
        /** They have shown no key. */
        | 'key-required'
        /** They came by browser, which cannot show a key. */
        | 'keys-required'
        | 'web-off'
        /** They have not given the password that the session has now. */
        | 'password'
        /** The token that they came with has been replaced. */
        | 'token'
        /** Their invitation is over, was used as often as it may be, or was revoked. */
        | 'invitation'
        | 'sent-away'
        /** They have not said who they are, or that is too long ago. */
        | 'sign-in-required'
        /** They have, and are not among those who may join. */
        | 'not-allowed'
        /** The operator does not let people join from their address. */
        | 'address-not-allowed'
        /** The operator lets people in at other times. */
        | 'outside-hours'
        /** They came with a token or a name only, and the operator wants more. */
        | 'token-only'
        /** Nobody sees the session for now, and they are no moderator. */
        | 'session-locked'
        | 'full';
    };

/** The decision on a person: admitted, to wait until others agree, or refused with a reason. */
export type Admission =
  /** `by`: the line of the session's keys that admits them, if one does. `moderator`: they may also decide about others. */
  | {
      readonly kind: 'admitted';
      readonly as: Role;
      readonly by: AuthorizedKey | undefined;
      readonly moderator: boolean;
    }
  /** Others have to agree first; then decide again. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Decides whether somebody may join a session now, and whether they may type. This is the only place that does. The decision is
 * valid at this moment only: after any wait, decide again.
 */
export function admit(policy: AdmissionPolicy, proofs: Proofs, request: AdmissionRequest): Admission {
  const { now, approvals, present } = request;
  const role = roleOf(policy, proofs, request);
  const lock = policy.personLocks?.find(proofs, now);
  if (role !== undefined && lock !== undefined) return refused({ reason: 'locked', why: lock.reason });
  if (role !== undefined && isSignedOut(policy, proofs)) return refused({ reason: 'sign-in-required' });
  if (role === undefined) return refused({ reason: proofs.invitation === undefined ? 'token' : 'invitation' });
  const entries = (policy.sentAway ?? []).filter((entry) => isMeant(entry, proofs, now));
  if (entries.some(({ may }) => may === 'nothing')) return refused({ reason: 'sent-away' });
  if (proofs.transport === 'web' && !policy.web) return refused({ reason: 'web-off' });
  const place = placeFault(policy.operator ?? {}, proofs.address, now);
  if (place !== undefined) return refused({ reason: place });
  const key = keyFor(policy, proofs, now);
  if ('reason' in key) return refused(key);
  const allowed = mayDo(policy, proofs, now);
  if ('reason' in allowed) return refused(allowed);
  if (isBare(policy, proofs, now)) return refused({ reason: 'token-only' });
  if (!knowsPassword(policy, proofs)) return refused({ reason: 'password' });
  if (policy.locked === 'all' && allowed.may !== 'moderate') return refused({ reason: 'session-locked' });
  if (present >= (policy.maxJoiners ?? Infinity)) return refused({ reason: 'full' });
  if (approvals < approvalsNeeded(policy)) return { kind: 'wait' };
  const looks = role === 'reader' || policy.readersOnly || entries.length > 0 || allowed.may === 'look';
  return { kind: 'admitted', as: looks ? 'reader' : 'writer', by: key.by, moderator: allowed.may === 'moderate' };
}

/** How many different people must agree before somebody joins. */
export const approvalsNeeded = ({ approve, approvals = 1 }: Pick<AdmissionPolicy, 'approve' | 'approvals'>): number =>
  approve || approvals > 1 ? approvals : 0;

/**
 * What somebody still lacks, apart from the host's approval and a free place: what an edge should ask them for, or refuse them
 * for at once. Undefined: nothing. It only saves people from waiting for nothing; `admit` decides when they join.
 */
export function lacks(policy: AdmissionPolicy, proofs: Proofs, now: number): Refusal | undefined {
  const admission = admit(policy, proofs, { role: 'reader', now, approvals: Infinity, present: -Infinity });
  return admission.kind === 'refused' ? admission.refusal : undefined;
}

/** Identifies the owner of a CA's certificates, whatever key is in them: the CA's fingerprint and the key ID. */
export const certificateIdentity = ({ authority, keyId }: Certificate): string => `${fingerprint(authority)} ${keyId}`;

/** Whether an entry applies to somebody, at a time. */
export function isMeant({ by, value, until }: SentAway, proofs: Proofs, now: number): boolean {
  if (until !== undefined && now >= until) return false;
  switch (by) {
    case 'key':
      return proofs.keys.some((key) => key.fingerprint === value);
    case 'certificate':
      return proofs.keys.some(
        ({ certificate }) => certificate !== undefined && certificateIdentity(certificate) === value,
      );
    case 'user':
      return proofs.user === value;
    case 'person':
      return proofs.identity !== undefined && personId(proofs.identity) === value;
    case 'address':
      return inCidrs(proofs.address, [value]);
  }
}

/** The invitation that somebody came with, if there still is one. */
export const invitationOf = (
  { invitations }: Pick<AdmissionPolicy, 'invitations'>,
  { invitation }: Pick<Proofs, 'invitation'>,
): Invitation | undefined =>
  invitation === undefined ? undefined : invitations?.find(({ hash }) => hash === invitation);

/** What the token or the invitation allows at this moment; undefined: nothing. */
function roleOf(policy: AdmissionPolicy, proofs: Proofs, { role, now }: AdmissionRequest): Role | undefined {
  const { tokens } = policy;
  const { token } = proofs;
  if (proofs.invitation !== undefined) {
    const invitation = invitationOf(policy, proofs);
    return invitation !== undefined && isUsable(invitation, now) ? invitation.role : undefined;
  }
  if (tokens === undefined || token === undefined) return role;
  if (token === tokens.writer) return 'writer';
  return token === tokens.reader ? 'reader' : undefined;
}

/** Who they are at this moment, if they have proved it. */
export const provenIdentity = ({ identity }: Proofs, now: number): Identity | undefined =>
  identity !== undefined && now < identity.until ? identity : undefined;

/** Whether somebody may decide about others in a session, at this moment. */
export function isModerator(policy: AdmissionPolicy, proofs: Proofs, now: number): boolean {
  const allowed = mayDo(policy, proofs, now);
  return 'may' in allowed && allowed.may === 'moderate';
}

/** What the session lets this person do at most, because of who they are. */
function mayDo(
  { signIn, allow, invitations, operator = {} }: AdmissionPolicy,
  proofs: Proofs,
  now: number,
): { readonly may: May } | { readonly reason: 'sign-in-required' | 'not-allowed' } {
  const { people } = operator;
  const identity = provenIdentity(proofs, now);
  const missing = { reason: identity === undefined ? 'sign-in-required' : 'not-allowed' } as const;
  if (signIn && identity === undefined) return missing;
  // Whoever made the invitation has named them.
  const invited = invitationOf({ invitations }, proofs) === undefined ? undefined : ('type' as const);
  const byHost = allow === undefined ? undefined : ((identity && mostAllowed(allow, identity)) ?? invited);
  const byOperator = people && mostOf(people, identity);
  if (allow !== undefined && byHost === undefined) return missing;
  if (people !== undefined && byOperator === undefined) return missing;
  // The stricter of the two counts.
  const may = MAY.find((one) => one === byHost || one === byOperator);
  return { may: may ?? 'type' };
}

/** Whether somebody has shown nothing but a token or a name, where that is not enough. */
function isBare(policy: AdmissionPolicy, proofs: Proofs, now: number): boolean {
  if (policy.operator?.bareTokens !== false || policy.authorizedKeys !== undefined) return false;
  return provenIdentity(proofs, now) === undefined && invitationOf(policy, proofs) === undefined;
}

/** Whether they, their provider or their browser have ended the sign-in that says who they are. */
export const isSignedOut = ({ signOuts }: Pick<AdmissionPolicy, 'signOuts'>, { identity }: Proofs): boolean =>
  identity !== undefined && signOuts?.end(identity) === true;

/** Why somebody inside may not stay: what is decided again whenever the rules change, and from time to time. */
export const STAY_FAULTS = [
  'locked',
  'sign-in-required',
  'not-allowed',
  'address-not-allowed',
  'outside-hours',
  'token-only',
  'invitation',
] as const satisfies readonly Refusal['reason'][];
/** One of these reasons. */
export type StayFault = (typeof STAY_FAULTS)[number];

/**
 * What somebody inside may still do; `why`: the operator's own words for a lock. Rights are decided when they are used. Keys, passwords and the host's approval are not asked for
 * again.
 */
export function mayStay(
  policy: AdmissionPolicy,
  proofs: Proofs,
  now: number,
): { readonly as: Role } | { readonly fault: StayFault; readonly why?: string } {
  const lock = policy.personLocks?.find(proofs, now);
  if (lock !== undefined) return { fault: 'locked', why: lock.reason };
  if (isSignedOut(policy, proofs)) return { fault: 'sign-in-required' };
  const place = placeFault(policy.operator ?? {}, proofs.address, now);
  if (place !== undefined) return { fault: place };
  if (proofs.invitation !== undefined && !lasts(invitationOf(policy, proofs), now)) return { fault: 'invitation' };
  const allowed = mayDo(policy, proofs, now);
  if ('reason' in allowed) return { fault: allowed.reason };
  if (isBare(policy, proofs, now)) return { fault: 'token-only' };
  return { as: policy.readersOnly ? 'reader' : roleOfMay(allowed.may) };
}

/** Whether somebody who was let in by an invitation may stay: it is not over, and was not revoked. */
const lasts = (invitation: Invitation | undefined, now: number): boolean =>
  invitation !== undefined && (invitation.until === undefined || now < invitation.until);

/** Whether what people may do can change without anybody changing the rules: proofs expire, and hours pass. */
export const changesWithTime = ({ signIn, allow, operator, invitations }: AdmissionPolicy): boolean =>
  signIn || allow !== undefined || operator !== undefined || invitations !== undefined;

/** The line of the session's keys that admits somebody; whoever is listed by name is admitted by their sign-in. */
function keyFor(
  { authorizedKeys, keyPeople = [], invitations }: AdmissionPolicy,
  proofs: Proofs,
  now: number,
): { readonly by: AuthorizedKey | undefined } | Refusal {
  if (authorizedKeys === undefined || invitationOf({ invitations }, proofs) !== undefined) return { by: undefined };
  const identity = provenIdentity(proofs, now);
  if (identity !== undefined && keyPeople.some((value) => isAllowedWho({ by: 'provider-user', value }, identity))) {
    return { by: undefined };
  }
  const { keys, address, transport } = proofs;
  if (transport === 'web') {
    if (keyPeople.length === 0) return { reason: 'keys-required' };
    return { reason: identity === undefined ? 'sign-in-required' : 'not-allowed' };
  }
  let fault: Refusal = { reason: 'key-required' };
  for (const key of keys) {
    const verdict = admits(authorizedKeys, { ...key, address, now, terminal: true });
    if (verdict.admitted) return { by: verdict.key };
    fault = verdict.fault;
  }
  return fault;
}

function knowsPassword({ password }: AdmissionPolicy, proofs: Proofs): boolean {
  if (password === undefined) return true;
  return password !== LOCKED_PASSWORD && proofs.password === password;
}

const refused = (refusal: Refusal): Admission => ({ kind: 'refused', refusal });
