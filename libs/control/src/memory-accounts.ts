import { ShipmateError } from '#kernel';
import { MAX_CREDENTIALS, MAX_USERS, type AccountPage, type Accounts, type Credential, type User } from './accounts.js';
import type { SecretHash } from './secrets.js';

/** All accounts at one moment, as JSON can carry them. */
export interface SavedAccounts {
  readonly users: readonly User[];
  readonly credentials: readonly Credential[];
}

/** The accounts of a single process. Lists are sorted when they are asked for: that is rare. */
export class MemoryAccounts implements Accounts {
  #users = new Map<string, User>();
  #byHash = new Map<SecretHash, Credential>();
  readonly #save: (all: SavedAccounts) => void;

  /**
   * Begins with `saved`. `save` is given everything as each change would make it, before the change counts: where it throws, nothing has
   * changed, so that what was answered holds after a restart, too.
   */
  constructor(
    saved: SavedAccounts = { users: [], credentials: [] },
    save: (all: SavedAccounts) => void = () => undefined,
  ) {
    for (const user of saved.users) this.#users.set(user.name, user);
    for (const credential of saved.credentials) this.#byHash.set(credential.hash, credential);
    this.#save = save;
  }

  async addUser(user: User): Promise<void> {
    if (this.#users.has(user.name)) throw new ShipmateError('conflict', 'this user already exists');
    if (this.#users.size >= MAX_USERS) throw new ShipmateError('limit', 'there are too many users');
    this.#change((next) => void next.users.set(user.name, user));
  }

  async removeUser(name: string): Promise<boolean> {
    if (!this.#users.has(name)) return false;
    const keys = this.#of(name);
    this.#change(({ users, byHash }) => {
      users.delete(name);
      for (const { hash } of keys) byHash.delete(hash);
    });
    return true;
  }

  async findUser(name: string): Promise<User | undefined> {
    return this.#users.get(name);
  }

  async listUsers(page: AccountPage): Promise<readonly User[]> {
    return paged([...this.#users.values()], ({ name }) => name, page);
  }

  async addCredential(credential: Credential): Promise<void> {
    const { user } = credential;
    if (user !== undefined && !this.#users.has(user)) throw new ShipmateError('not-found', 'there is no such user');
    if (this.#of(user).length >= MAX_CREDENTIALS) throw new ShipmateError('limit', 'there are too many keys');
    this.#change(({ byHash }) => void byHash.set(credential.hash, credential));
  }

  async removeCredential(user: string | undefined, id: string): Promise<boolean> {
    const found = this.#of(user).find((credential) => credential.id === id);
    if (found === undefined) return false;
    this.#change(({ byHash }) => void byHash.delete(found.hash));
    return true;
  }

  async listCredentials(user: string | undefined, page: AccountPage): Promise<readonly Credential[]> {
    return paged(this.#of(user), ({ id }) => id, page);
  }

  async findCredential(hash: SecretHash): Promise<Credential | undefined> {
    return this.#byHash.get(hash);
  }

  #of(user: string | undefined): Credential[] {
    return [...this.#byHash.values()].filter((credential) => credential.user === user);
  }

  #change(make: (next: { users: Map<string, User>; byHash: Map<SecretHash, Credential> }) => void): void {
    const next = { users: new Map(this.#users), byHash: new Map(this.#byHash) };
    make(next);
    this.#save({ users: [...next.users.values()], credentials: [...next.byHash.values()] });
    this.#users = next.users;
    this.#byHash = next.byHash;
  }
}

function paged<T>(all: readonly T[], key: (item: T) => string, { after, limit }: AccountPage): T[] {
  return all
    .filter((item) => after === undefined || key(item) > after)
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .slice(0, limit);
}
