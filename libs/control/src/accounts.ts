import type { SecretHash } from './secrets.js';

/** A user, who can have names. */
export interface User {
  /** By tmate's rule for names; the part before the slash in `user/name`. */
  readonly name: string;
  /** In ms since the epoch. */
  readonly createdAt: number;
}

/** What a secret lets its bearer do: all, look at all, or what is one user's. */
export type Scope = 'admin' | 'read' | 'user';

/** A secret as it is kept: its hash, never itself. */
export interface Credential {
  /** Names it in lists; not a secret. */
  readonly id: string;
  readonly hash: SecretHash;
  readonly scope: Scope;
  /** Whose API key it is; undefined for an operator's token. */
  readonly user: string | undefined;
  /** What it is for, in its maker's words. */
  readonly label: string;
  readonly createdAt: number;
}

/** The longest label of a key or token, in characters. */
export const MAX_LABEL = 100;
/** API keys of one user, and operator's tokens in all. */
export const MAX_CREDENTIALS = 100;
/** Users of a fleet at most: a further one is refused with `limit`. */
export const MAX_USERS = 100_000;

/** A page of at most `limit` entries that come after `after`, in the order of their names or ids. */
export interface AccountPage {
  readonly after?: string | undefined;
  readonly limit: number;
}

/**
 * Users, their API keys and the operators' tokens. Each call is atomic, even when many processes call. Errors are
 * `ShipmateError`s: `not-found`, `conflict`, `limit` as described below, `unavailable` and `timeout` if the store is not
 * available.
 */
export interface Accounts {
  /** `conflict` when there is such a user; `limit` when there are too many. */
  addUser(user: User): Promise<void>;
  /** Removes a user with all API keys; returns whether there was one. */
  removeUser(name: string): Promise<boolean>;
  findUser(name: string): Promise<User | undefined>;
  listUsers(page: AccountPage): Promise<readonly User[]>;
  /** `not-found` when its user is not known, `limit` when that one has too many. */
  addCredential(credential: Credential): Promise<void>;
  /** Removes one of a user (or an operator's token, where `user` is undefined); returns whether there was one. */
  removeCredential(user: string | undefined, id: string): Promise<boolean>;
  /** A user's API keys, or the operators' tokens. */
  listCredentials(user: string | undefined, page: AccountPage): Promise<readonly Credential[]>;
  findCredential(hash: SecretHash): Promise<Credential | undefined>;
}
