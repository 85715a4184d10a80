/**
 * What is kept of sign-ins: `code` of SSH logins that wait for a browser, and their `answer`; `browser` that is signed in; `key` that is
 * remembered; `ended`: a provider has ended a sign-in.
 */
export type SignInKind = 'code' | 'answer' | 'browser' | 'key' | 'ended';

/** Ids are hashes (SHA-256, base64url, 43 characters): the store never has what a person shows. */
export type SignInId = string;

/**
 * Short texts with an end, by kind and id. Each call is atomic, even when many processes call. Errors: `unavailable` and `timeout` when
 * the store is away.
 */
export interface SignInStore {
  /** Undefined if there is nothing, or not any more. */
  get(kind: SignInKind, id: SignInId): Promise<string | undefined>;
  /** Keeps a text for `forMs`, instead of the one before. */
  put(kind: SignInKind, id: SignInId, text: string, forMs: number): Promise<void>;
  /** Reads and removes: of several who take at the same time, one gets it. */
  take(kind: SignInKind, id: SignInId): Promise<string | undefined>;
  drop(kind: SignInKind, id: SignInId): Promise<void>;
}
