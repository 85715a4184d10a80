import { ShipmateError } from '#kernel';
import {
  MAX_CREDENTIALS,
  MAX_USERS,
  type AccountPage,
  type Accounts,
  type Credential,
  type SecretHash,
  type User,
} from '#control';
import type { Commands } from '../connection/commands.js';
import { keys } from './keys.js';
import { strings } from './redis-edges.js';
import { ADD_CREDENTIAL, ADD_USER, REMOVE_CREDENTIAL, REMOVE_USER } from '../scripts/accounts.lua.js';

const { users, userOrder, credentials, hashes, owned } = keys.accounts;
const FAMILY = [users, userOrder, credentials, hashes, owned] as const;

/** Accounts on Redis. All keys lie in one slot: they change rarely, and each change is one script. */
export class RedisAccounts implements Accounts {
  constructor(private readonly commands: Commands) {}

  async addUser({ name, createdAt }: User): Promise<void> {
    const reply = await this.commands.run(ADD_USER, FAMILY, name, String(createdAt), String(MAX_USERS));
    if (reply === 'conflict') throw new ShipmateError('conflict', 'this user already exists');
    if (reply === 'limit') throw new ShipmateError('limit', 'there are too many users');
  }

  async removeUser(name: string): Promise<boolean> {
    return (await this.commands.run(REMOVE_USER, FAMILY, name)) === 1;
  }

  async findUser(name: string): Promise<User | undefined> {
    const createdAt = await this.commands.call(users, 'hget', users, name);
    return typeof createdAt === 'string' ? { name, createdAt: Number(createdAt) } : undefined;
  }

  async listUsers({ after, limit }: AccountPage): Promise<readonly User[]> {
    const from = after === undefined ? '-' : `(${after}`;
    const range = ['zrangebylex', userOrder, from, '+', 'LIMIT', '0', String(limit)] as const;
    const names = strings(await this.commands.call(userOrder, ...range));
    if (names.length === 0) return [];
    const stamps = strings(await this.commands.call(users, 'hmget', users, ...names));
    return names.flatMap((name, i) => (stamps[i] ? [{ name, createdAt: Number(stamps[i]) }] : []));
  }

  async addCredential(credential: Credential): Promise<void> {
    const { id, hash, user = '' } = credential;
    const args = [id, hash, user, JSON.stringify(credential), String(MAX_CREDENTIALS)];
    const reply = await this.commands.run(ADD_CREDENTIAL, FAMILY, ...args);
    if (reply === 'not-found') throw new ShipmateError('not-found', 'there is no such user');
    if (reply === 'limit') throw new ShipmateError('limit', 'there are too many keys');
  }

  async removeCredential(user: string | undefined, id: string): Promise<boolean> {
    return (await this.commands.run(REMOVE_CREDENTIAL, FAMILY, id, user ?? '')) === 1;
  }

  async listCredentials(user: string | undefined, { after, limit }: AccountPage): Promise<readonly Credential[]> {
    const owner = `${user ?? ''}:`;
    const from = after === undefined ? `[${owner}` : `(${owner}${after}`;
    const range = ['zrangebylex', owned, from, `(${user ?? ''};`, 'LIMIT', '0', String(limit)] as const;
    const ids = strings(await this.commands.call(owned, ...range)).map((entry) => entry.slice(owner.length));
    if (ids.length === 0) return [];
    const found = strings(await this.commands.call(credentials, 'hmget', credentials, ...ids));
    return found.flatMap((text) => readCredential(text) ?? []);
  }

  async findCredential(hash: SecretHash): Promise<Credential | undefined> {
    const id = await this.commands.call(hashes, 'hget', hashes, hash);
    if (typeof id !== 'string') return undefined;
    const found = readCredential(await this.commands.call(credentials, 'hget', credentials, id));
    return found?.hash === hash ? found : undefined;
  }
}

function readCredential(text: unknown): Credential | undefined {
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    const { id, hash, scope, user, label, createdAt } = JSON.parse(text) as Credential;
    return { id, hash, scope, user, label, createdAt };
  } catch (error) {
    throw new ShipmateError('unavailable', 'an account in Redis is damaged', { cause: error });
  }
}
