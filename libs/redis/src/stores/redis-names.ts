import { ShipmateError, type Clock, type SessionId } from '#kernel';
import { DEFAULT_NAME_GRACE_MS, type NameClaim, type NameHolder } from '#directory';
import type { Commands } from '../connection/commands.js';
import { keys } from './keys.js';
import { readNameValue, type HeldName } from '../connection/name-value.js';
import { strings } from './redis-edges.js';
import { LIST } from '../scripts/list.lua.js';
import { DROP_NAME, SWAP_NAME } from '../scripts/name.lua.js';
import { Stale } from './stale.js';

/** Names that are looked at with each claim, whether their sessions are forgotten: so the forgotten ones never pile up. */
const SWEEP = 2;

/**
 * Names and their holders. Each name is one key, changed by compare and set: what its holder's session is doing lies in
 * another slot and is looked at before.
 */
export class RedisNames {
  readonly #stale: Stale;

  constructor(
    private readonly commands: Commands,
    clock: Clock,
  ) {
    this.#stale = new Stale(clock);
  }

  async read(name: string): Promise<HeldName | undefined> {
    const key = keys.name(name);
    return readNameValue(name, await this.commands.call(key, 'get', key));
  }

  /** Whether the name still was as it had been `seen`, and is the session's now. */
  async swap(seen: HeldName | undefined, { name, role, graceMs }: NameClaim, sessionId: SessionId): Promise<boolean> {
    const again = seen?.holder.sessionId === sessionId ? String(seen.holder.claimedAt) : '';
    const grace = String(graceMs ?? DEFAULT_NAME_GRACE_MS);
    // Before and after, so that a cleanup of the list in between does not remove it.
    await this.#list(name);
    const args = [seen?.raw ?? '', sessionId, role, grace, again];
    const swapped = await this.commands.run(SWAP_NAME, [keys.name(name)], ...args);
    if (swapped === 1) await this.#list(name);
    return swapped === 1;
  }

  /** Frees a name, unless it has changed since. */
  async drop({ raw, holder }: HeldName): Promise<boolean> {
    return (await this.commands.run(DROP_NAME, [keys.name(holder.name)], raw)) === 1;
  }

  async release(name: string, sessionId: SessionId): Promise<void> {
    for (let attempt = 0; attempt < 10; attempt++) {
      const held = await this.read(name);
      if (held?.holder.sessionId !== sessionId || (await this.drop(held))) return;
    }
    throw new ShipmateError('unavailable', 'the name changes too often');
  }

  /** Held names that begin with `prefix`, in their order, after `after`; of `count` looked at. The last one looked at. */
  async list(
    prefix: string,
    after: string | undefined,
    count: number,
  ): Promise<{ held: NameHolder[]; last: string | undefined }> {
    const from = after !== undefined && after >= prefix ? `(${after}` : `[${prefix}`;
    const range = [keys.names, from, '+', 'LIMIT', '0', String(count)] as const;
    const listed = strings(await this.commands.call(keys.names, 'zrangebylex', ...range));
    const names = listed.filter((name) => name.startsWith(prefix));
    const found = await Promise.all(names.map(async (name) => this.#there(name)));
    const last = names.length < listed.length || listed.length < count ? undefined : listed.at(-1);
    return { held: found.flatMap((held) => held?.holder ?? []), last };
  }

  /** A few names drawn by lot: whoever calls it frees those whose sessions are forgotten. */
  async sample(): Promise<HeldName[]> {
    const names = strings(await this.commands.call(keys.names, 'zrandmember', keys.names, String(SWEEP)));
    const found = await Promise.all(names.map(async (name) => this.#there(name)));
    return found.filter((held) => held !== undefined);
  }

  /** Reads a listed name; one that has long been free is taken off the list. */
  async #there(name: string): Promise<HeldName | undefined> {
    const held = await this.read(name);
    if (held !== undefined) this.#stale.there(name);
    else if (this.#stale.missing(name)) await this.commands.call(keys.names, 'zrem', keys.names, name);
    return held;
  }

  async #list(name: string): Promise<void> {
    await this.commands.run(LIST, [keys.names], name);
  }
}
