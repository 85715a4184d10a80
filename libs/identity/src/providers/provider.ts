/** A person as a provider describes them. */
export interface SignedIn {
  /** The operator's word for the provider. */
  readonly provider: string;
  /** Names them at the provider, for good. Up to 255 printable ASCII characters. */
  readonly subject: string;
  /** What people see; up to 128 bytes. */
  readonly name: string;
  /** Up to 100, each up to 128 bytes. */
  readonly groups: readonly string[];
  /** Names their session at the provider, if it has a word for it. */
  readonly sid?: string | undefined;
}

/** The secrets of one way to a provider and back. */
export interface Checks {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Whom a provider has signed out: one of their sessions there, or all of them. */
export interface SignedOut {
  readonly provider: string;
  readonly subject: string | undefined;
  readonly sid: string | undefined;
  /** When, in ms since the epoch: sign-ins after that count. */
  readonly at: number;
}

/** Somewhere people sign in. Every method may throw a `SignInFault`. */
export interface Provider {
  readonly name: string;
  /** For people, on buttons. */
  readonly title: string;
  /** Where to send a browser; it comes back to `redirectUri`. */
  begin(redirectUri: string, checks: Checks): Promise<URL>;
  /** Who has come back, with `returned` as the address: the redirect URI with the provider's answer. */
  finish(returned: URL, checks: Checks): Promise<SignedIn>;
  /** Whom a logout token (OpenID Connect Back-Channel Logout 1.0) signs out; undefined if the provider has none. */
  signedOut?(logoutToken: string): Promise<SignedOut>;
  /** Asks the provider whether it can be used now. */
  check(): Promise<boolean>;
}
