import type { SignInId, SignInKind, SignInStore } from '#identity';
import type { Commands } from '../connection/commands.js';
import { TAKE_TEXT } from '../scripts/take.lua.js';
import { keys } from './keys.js';

/** Sign-ins on Redis: a key for each text, with its end as its TTL. */
export class RedisSignInStore implements SignInStore {
  constructor(private readonly commands: Commands) {}

  async get(kind: SignInKind, id: SignInId): Promise<string | undefined> {
    const key = keys.signIn(kind, id);
    const text = await this.commands.call(key, 'get', key);
    return typeof text === 'string' ? text : undefined;
  }

  async put(kind: SignInKind, id: SignInId, text: string, forMs: number): Promise<void> {
    const key = keys.signIn(kind, id);
    await this.commands.call(key, 'set', key, text, 'PX', String(Math.max(1, Math.trunc(forMs))));
  }

  async take(kind: SignInKind, id: SignInId): Promise<string | undefined> {
    const text = await this.commands.run(TAKE_TEXT, [keys.signIn(kind, id)]);
    return typeof text === 'string' ? text : undefined;
  }

  async drop(kind: SignInKind, id: SignInId): Promise<void> {
    const key = keys.signIn(kind, id);
    await this.commands.call(key, 'del', key);
  }
}
