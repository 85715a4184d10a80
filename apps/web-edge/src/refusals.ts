import { boundedText } from '#access';
import type { NotAdmittedReason } from '#session';
import type { CloseName } from '#web-protocol';

/** How a page's connection ended: with one of our codes, by the page itself, or silently. */
export type WebEnding = CloseName | 'broken';

/** Why somebody was not let in; metric labels. */
export type WebRefusal = Extract<
  CloseName,
  | 'not-found'
  | 'closed'
  | 'keys-required'
  | 'web-off'
  | 'sign-in-required'
  | 'not-allowed'
  | 'address-not-allowed'
  | 'outside-hours'
  | 'token-only'
  | 'invitation-over'
  | 'session-locked'
  | 'wrong-password'
  | 'kicked'
  | 'locked-out'
  | 'refused'
  | 'unanswered'
  | 'full'
  | 'crowded'
  | 'unavailable'
  | 'too-many'
>;

/** The label of what a session has against somebody. */
export function webRefusal(reason: NotAdmittedReason): WebRefusal {
  switch (reason) {
    case 'keys-required':
    case 'web-off':
    case 'sign-in-required':
    case 'not-allowed':
    case 'address-not-allowed':
    case 'outside-hours':
    case 'token-only':
    case 'session-locked':
    case 'full':
    case 'unanswered':
    case 'crowded':
      return reason;
    case 'invitation':
      return 'invitation-over';
    case 'password':
      return 'wrong-password';
    case 'token':
      return 'not-found';
    case 'locked':
      return 'locked-out';
    case 'sent-away':
      return 'kicked';
    default:
      return 'refused';
  }
}

/** What a close frame holds, in bytes. */
const MAX_REASON_BYTES = 123;

/** A sentence, cut so that it fits into a close frame. */
export const closeReason = (text: string): string => boundedText(text, MAX_REASON_BYTES);
