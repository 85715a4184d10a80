import type { NotAdmittedReason } from '#session';

/** Why somebody was not let in; metric labels. */
export type SshRefusal =
  | 'not-found'
  | 'closed'
  | 'unavailable'
  | 'no-terminal'
  | 'key'
  | 'password'
  | 'too-many'
  | 'over-limit'
  | 'sent-away'
  | 'locked'
  | 'sign-in-required'
  | 'not-allowed'
  | 'address-not-allowed'
  | 'outside-hours'
  | 'token-only'
  | 'invitation'
  | 'session-locked'
  | 'full'
  | 'refused'
  | 'unanswered'
  | 'crowded';

/** The label of what a session has against somebody. */
export function refusalLabel(reason: NotAdmittedReason): SshRefusal {
  switch (reason) {
    case 'password':
    case 'sent-away':
    case 'locked':
    case 'sign-in-required':
    case 'not-allowed':
    case 'address-not-allowed':
    case 'outside-hours':
    case 'token-only':
    case 'invitation':
    case 'session-locked':
    case 'full':
    case 'refused':
    case 'unanswered':
    case 'crowded':
      return reason;
    case 'token':
      return 'not-found';
    default:
      return 'key';
  }
}
