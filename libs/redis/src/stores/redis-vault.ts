import type { ChangingVault } from '#control';
import { ShipmateError } from '#kernel';
import type { Commands } from '../connection/commands.js';
import { END_TURN, REPLACE_TEXT, TAKE_TURN } from '../scripts/reaper.lua.js';
import { keys } from './keys.js';

/** How often a change is made again because somebody else was faster. */
const MAX_CHANGES = 20;

/** A vault in Redis: a key for each text. */
export class RedisVault implements ChangingVault {
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

  async change(name: string, make: (before: string | undefined) => string): Promise<string> {
    const key = keys.vault.text(name);
    for (let left = MAX_CHANGES; left > 0; left--) {
      const before = await this.get(name);
      const text = make(before);
      if ((await this.commands.run(REPLACE_TEXT, [key], before ?? '', text)) === 1) return text;
    }
    throw new ShipmateError('unavailable', 'Others are changing this at the same time: try again');
  }

  async takeTurn(holder: string, forMs: number): Promise<boolean> {
    return (await this.commands.run(TAKE_TURN, [keys.vault.turn], holder, String(forMs))) === 1;
  }

  async endTurn(holder: string): Promise<void> {
    await this.commands.run(END_TURN, [keys.vault.turn], holder);
  }
}
