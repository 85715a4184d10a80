import type { Vault } from '#control';
import type { Commands } from '../connection/commands.js';
import { END_TURN, TAKE_TURN } from '../scripts/reaper.lua.js';
import { keys } from './keys.js';

/** A vault in Redis: a key for each text. */
export class RedisVault implements Vault {
  constructor(private readonly commands: Commands) {}

  async get(name: string): Promise<string | undefined> {
    const text = await this.commands.call(keys.vault.text(name), 'get', keys.vault.text(name));
    return typeof text === 'string' ? text : undefined;
  }

  async put(name: string, text: string, forMs?: number): Promise<void> {
    const key = keys.vault.text(name);
    await this.commands.call(key, 'set', key, text, ...(forMs === undefined ? [] : ['PX', String(forMs)]));
  }

  async drop(name: string): Promise<void> {
    await this.commands.call(keys.vault.text(name), 'del', keys.vault.text(name));
  }

  async takeTurn(holder: string, forMs: number): Promise<boolean> {
    return (await this.commands.run(TAKE_TURN, [keys.vault.turn], holder, String(forMs))) === 1;
  }

  async endTurn(holder: string): Promise<void> {
    await this.commands.run(END_TURN, [keys.vault.turn], holder);
  }
}
