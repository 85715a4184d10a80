import { refusalText, type Refusal } from '#access';
import type { SessionTarget } from '#fleet';
import type { AuthAnswer, AuthAttempt } from '#ssh';

/** Other keys may be accepted; somebody who has shown no key yet gets no reason. */
export function keyRefused(refusal: Refusal): AuthAnswer {
  const reject = refusal.reason === 'key-required' ? {} : { reject: refusalText(refusal) };
  return { ...reject, methods: ['publickey'] };
}

/** What is wanted besides of somebody whose key, if one is needed, is right. */
export function withoutPassword({ method, proven }: AuthAttempt, { policy }: SessionTarget): AuthAnswer {
  const shows = method === 'publickey';
  if (policy.password !== undefined) {
    if (shows) return { partial: true, methods: ['keyboard-interactive'] };
    const more = policy.approve && proven === undefined ? (['publickey'] as const) : [];
    return { methods: [...more, 'keyboard-interactive'] };
  }
  // Hosts want to know the keys of people they approve; somebody without a key gets in with a dialogue without questions.
  return policy.approve && !shows ? { methods: ['publickey', 'keyboard-interactive'] } : 'accept';
}

const TOLD_INSIDE: ReadonlySet<Refusal['reason']> = new Set([
  'sent-away',
  'locked',
  'address-not-allowed',
  'outside-hours',
  'token-only',
  'invitation',
]);

/** Whether neither a key nor an answer helps: people are told at their terminal. */
export const isToldInside = ({ reason }: Refusal): boolean => TOLD_INSIDE.has(reason);

/** Whether they should sign in, where that is `possible`: they must, or whoever does has more than a token. */
export const helpsToSignIn = ({ reason }: Refusal, possible: boolean): boolean =>
  reason === 'sign-in-required' || (reason === 'token-only' && possible);
