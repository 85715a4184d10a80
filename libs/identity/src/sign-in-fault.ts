/** Why a sign-in failed; metric labels. */
export type SignInFaultReason =
  /** The provider does not answer, or answers that it cannot. */
  | 'unavailable'
  /** The person or the provider said no. */
  | 'denied'
  /** What came from the provider is not right: forged, for somebody else, too old, used before. */
  | 'invalid'
  /** The browser does not have what it had when it left, or it left too long ago. */
  | 'expired'
  /** The provider refuses this server's client. */
  | 'client'
  /** A machine's token is right, but no rule lets it in. */
  | 'no-rule';

/** A sign-in that failed, with one sentence for the person who tried. */
export class SignInFault extends Error {
  override readonly name = 'SignInFault';

  constructor(
    readonly reason: SignInFaultReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
