import { shown } from '#keys';
import type { Refusal } from './admit.js';

/** What a refused joiner or host reads. Only people with the right token, and hosts, get this far. */
export function refusalText(refusal: Refusal): string {
  switch (refusal.reason) {
    case 'certificate-expired':
      return `Your certificate expired at ${timeText(refusal.at)}`;
    case 'certificate-early':
      return `Your certificate is not valid before ${timeText(refusal.at)}`;
    case 'certificate-option':
      return `Your certificate has the critical option "${shown(refusal.option)}", which this server does not know`;
    case 'locked':
      return refusal.why === undefined || refusal.why === '' ? LOCKED : `${LOCKED}: ${refusal.why}`;
    default:
      return TEXTS[refusal.reason];
  }
}

type PlainReason = Exclude<
  Refusal['reason'],
  'locked' | 'certificate-expired' | 'certificate-early' | 'certificate-option'
>;

const LOCKED = 'The operator of this server has locked you out';

const TEXTS: Readonly<Record<PlainReason, string>> = {
  'key-required': 'This requires an SSH key, and you did not offer one',
  'keys-required': 'This session admits only certain SSH keys, which a browser cannot offer: join with ssh',
  'web-off': 'The host does not allow browsers in this session: join with ssh',
  password: 'This session requires a password',
  token: 'Invalid or expired session token',
  invitation: 'This invitation has ended, was already used, or was revoked: ask for another one',
  'sent-away': 'You were removed from this session',
  'sign-in-required': 'This session requires you to sign in',
  'not-allowed': 'You are signed in, but you are not among the people who may join this session',
  'address-not-allowed': 'This server does not let you join this session from your address',
  'outside-hours': 'This session does not admit anyone at this time',
  'token-only': 'On this server, the link alone does not admit you: sign in, or use an invitation or a listed SSH key',
  'session-locked': 'This session is locked at the moment: try again later',
  full: 'This session is full: try again when somebody has left',
  'key-unknown': 'Only certain SSH keys may do this',
  'key-expired': 'Your SSH key is no longer accepted here: it has expired',
  'key-address': 'Your SSH key may not be used from your address',
  'key-unverified': 'Your security key must verify you, by PIN or fingerprint',
  'authority-expired': 'The CA of your certificate is no longer accepted here: it has expired',
  'certificate-kind': 'Your certificate is for hosts, not for users',
  'certificate-principals': 'Your certificate names no principal that may do this',
  'certificate-address': 'Your certificate may not be used from your address',
  'certificate-command': 'Your certificate is for one command only, and this is a shared shell',
  'certificate-terminal': 'Your certificate does not permit a terminal (permit-pty)',
};

/** To the second, as in certificates. */
function timeText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime())
    ? 'a time in the far future'
    : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
