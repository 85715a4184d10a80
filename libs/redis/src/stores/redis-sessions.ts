import { ROLES, ShipmateError, type EdgeId, type Generation, type Role, type SessionId } from '#kernel';
import {
  RETIRED_TOKEN_MS,
  type DirectoryTimings,
  type NewSession,
  type Owner,
  type SessionPatch,
  type SessionRecord,
  type TakeoverTokens,
  type TokenHash,
} from '#directory';
import type { Commands } from '../connection/commands.js';
import { keys } from './keys.js';
import { strings } from './redis-edges.js';
import type { Script } from '../connection/script.js';
import { CLAIM } from '../scripts/claim.lua.js';
import { CLOSE, CLOSE_ORPHAN, EXPIRE_CLOSED } from '../scripts/close.lua.js';
import { LIST } from '../scripts/list.lua.js';
import { RELEASE } from '../scripts/release.lua.js';
import { RESTORE } from '../scripts/restore.lua.js';
import { TAKEOVER } from '../scripts/takeover.lua.js';
import { DROP_TOKEN, EXPIRE_TOKEN, RESERVE_TOKEN, RETIRE_TOKEN, SETTLE_TOKEN } from '../scripts/token.lua.js';
import { UPDATE } from '../scripts/update.lua.js';
import { patchArguments, readHash, readSession, sessionArguments } from './session-fields.js';

/** How long a token is reserved while its session is being written: should the writer die, nothing of it stays. */
const RESERVED_MS = 60_000;

/**
 * The value of a token's key after its session gave it up. For an earlier release, this looks like a token of another session.
 */
const RETIRED = 'w:retired';

/** What a takeover expects to find. */
interface Expected {
  readonly expected: Generation;
  /** An edge whose lease was seen to have ended. */
  readonly deadEdge: EdgeId | undefined;
  readonly tokens: TakeoverTokens;
  readonly cameWith: Generation;
}

/** A token's way to its session. */
interface Reservation {
  readonly hash: TokenHash;
  readonly value: string;
  readonly isNew: boolean;
}

/**
 * Sessions and the index of their tokens. A session is one key, changed by scripts that check the generation. Each token has
 * its own key in another slot, so the writes happen one after the other: first the tokens are reserved, then the session is
 * written, which decides, and then the tokens are made permanent. A lookup ignores a token until its session exists and has
 * that token.
 */
export class RedisSessions {
  constructor(
    private readonly commands: Commands,
    private readonly timings: DirectoryTimings,
  ) {}

  async claim(session: NewSession, edgeId: EdgeId): Promise<SessionRecord> {
    return await this.#place(CLAIM, session, edgeId, []);
  }

  async takeover(
    session: NewSession,
    edgeId: EdgeId,
    { expected, deadEdge, tokens, cameWith }: Expected,
  ): Promise<SessionRecord> {
    const replaced = tokens === 'replaced' ? '1' : '';
    const words = [String(expected), deadEdge ?? '', replaced, String(cameWith)];
    return await this.#place(TAKEOVER, session, edgeId, words);
  }

  async restore(session: NewSession, owner: Owner, cameWith?: Generation): Promise<SessionRecord> {
    const words = [String(owner.generation), ...(cameWith === undefined ? [] : [String(cameWith)])];
    return await this.#place(RESTORE, session, owner.edgeId, words);
  }

  async update(owner: Owner, patch: SessionPatch): Promise<SessionRecord> {
    const { sessionId, edgeId, generation } = owner;
    const { tokens } = patch;
    const write = async (): Promise<readonly unknown[]> =>
      await this.#run(UPDATE, sessionId, edgeId, String(generation), ...patchArguments(patch));
    if (tokens !== undefined) return await this.#withTokens({ id: sessionId, tokens }, edgeId, write);
    return this.#written(sessionId, (await write())[0]);
  }

  async release({ sessionId, edgeId, generation }: Owner): Promise<void> {
    await this.#run(RELEASE, sessionId, edgeId, String(generation));
  }

  async close({ sessionId, edgeId, generation }: Owner, reason: string): Promise<void> {
    await this.#forgetLater(sessionId, await this.#run(CLOSE, sessionId, edgeId, String(generation), reason));
  }

  async closeOrphan(id: SessionId, expected: Generation, deadEdge: EdgeId | undefined, reason: string): Promise<void> {
    await this.#forgetLater(id, await this.#run(CLOSE_ORPHAN, id, String(expected), deadEdge ?? '', reason));
  }

  /** Finishes a close that was cut short, so that the session is forgotten in time after all. */
  async finishClose(session: SessionRecord): Promise<void> {
    const { id, tokens, closedAt } = session;
    if (closedAt !== undefined) await this.#forgetLater(id, [tokens.writer, tokens.reader, String(closedAt)]);
  }

  async read(id: SessionId): Promise<SessionRecord | undefined> {
    const key = keys.session(id);
    return readSession(id, readHash(await this.commands.call(key, 'hgetall', key)));
  }

  /** Some fields of a session; empty if it does not exist. */
  async readFields(id: SessionId, ...names: readonly string[]): Promise<readonly (string | undefined)[]> {
    const key = keys.session(id);
    const reply = await this.commands.call(key, 'hmget', key, ...names);
    return Array.isArray(reply)
      ? (reply as unknown[]).map((item) => (typeof item === 'string' ? item : undefined))
      : [];
  }

  /** The session that a token names, which may have another one by now. */
  async targetOf(hash: TokenHash): Promise<{ readonly id: SessionId; readonly role: Role } | undefined> {
    const key = keys.token(hash);
    const value = await this.commands.call(key, 'get', key);
    return typeof value === 'string' ? readTarget(value) : undefined;
  }

  /** Whether both tokens lead to a session for good: a reservation that was never made permanent runs out. */
  async isLedTo(id: SessionId, tokens: Readonly<Record<Role, TokenHash>>): Promise<boolean> {
    const found = await Promise.all(
      (['writer', 'reader'] as const).map(async (role) => {
        const key = keys.token(tokens[role]);
        const [value, ttl] = await Promise.all([
          this.commands.call(key, 'get', key),
          this.commands.call(key, 'pttl', key),
        ]);
        return value === toTarget(role, id) && Number(ttl) < 0;
      }),
    );
    return found.every(Boolean);
  }

  /** Ids in their order, after `after`. */
  async ids(after: string | undefined, count: number): Promise<SessionId[]> {
    const from = after === undefined ? '-' : `(${after}`;
    const range = [keys.sessions, from, '+', 'LIMIT', '0', String(count)] as const;
    return strings(await this.commands.call(keys.sessions, 'zrangebylex', ...range)) as SessionId[];
  }

  /** Takes the id of a session that is forgotten off the list. */
  async unlist(id: SessionId): Promise<void> {
    await this.commands.call(keys.sessions, 'zrem', keys.sessions, id);
  }

  async #place(script: Script, session: NewSession, edgeId: EdgeId, rest: readonly string[]): Promise<SessionRecord> {
    return await this.#withTokens(session, edgeId, async () => {
      return await this.#run(script, session.id, edgeId, ...sessionArguments(session), ...rest);
    });
  }

  /** Writes a session together with its tokens; those that it had before are retired. */
  async #withTokens(
    session: Pick<NewSession, 'id' | 'tokens'>,
    edgeId: EdgeId,
    write: () => Promise<readonly unknown[]>,
  ): Promise<SessionRecord> {
    const { id, tokens } = session;
    if (tokens.writer === tokens.reader) throw new ShipmateError('conflict', 'the two tokens of a session must differ');
    const reserved = await this.#reserve(session);
    let reply: readonly unknown[];
    try {
      reply = await write();
    } catch (error) {
      // Only what was refused leaves nothing: after a lost connection the session may well be there.
      if (error instanceof ShipmateError && !error.temporary) await this.#unreserve(id, reserved);
      throw error;
    }
    const [fields, ...before] = reply;
    const record = this.#written(id, fields);
    const [settled] = await Promise.all([
      Promise.all(reserved.map(async ({ hash, value }) => this.commands.run(SETTLE_TOKEN, [keys.token(hash)], value))),
      this.#retire(record, before),
      this.#list(id),
    ]);
    if (!settled.includes(0)) return record;
    // Its reservation had run out, a minute later, and somebody else has the token now.
    await this.close({ sessionId: id, edgeId, generation: record.generation }, 'its token belongs to another session');
    throw new ShipmateError('conflict', 'the token belongs to another session');
  }

  /** Gives up the tokens that the session had `before`, in the order of `ROLES`, and no longer has. */
  async #retire({ id, tokens }: SessionRecord, before: readonly unknown[]): Promise<void> {
    await Promise.all(
      ROLES.map(async (role, at) => {
        const old = before[at];
        if (typeof old !== 'string' || old === '' || old === tokens[role]) return;
        const args = [toTarget(role, id), RETIRED, String(RETIRED_TOKEN_MS)];
        await this.commands.run(RETIRE_TOKEN, [keys.token(old as TokenHash)], ...args);
      }),
    );
  }

  async #reserve(session: Pick<NewSession, 'id' | 'tokens'>): Promise<Reservation[]> {
    const { id, tokens } = session;
    const attempts = await Promise.allSettled([
      this.#reserveOne(tokens.writer, 'writer', id),
      this.#reserveOne(tokens.reader, 'reader', id),
      // Before the session is written, so that the list of all sessions is never incomplete.
      this.#list(id),
    ]);
    const refused = attempts.find((attempt) => attempt.status === 'rejected');
    const reserved = attempts.flatMap((attempt) =>
      attempt.status === 'fulfilled' && typeof attempt.value === 'object' ? [attempt.value] : [],
    );
    if (refused === undefined) return reserved;
    await this.#unreserve(id, reserved);
    throw refused.reason;
  }

  async #reserveOne(hash: TokenHash, role: Role, id: SessionId): Promise<Reservation> {
    const value = toTarget(role, id);
    let stale = '';
    for (let attempt = 0; attempt < 3; attempt++) {
      const reply = await this.commands.run(RESERVE_TOKEN, [keys.token(hash)], value, stale, String(RESERVED_MS));
      if (reply === 'new' || reply === 'kept') return { hash, value, isNew: reply === 'new' };
      stale = String(reply);
      if (stale === RETIRED) throw new ShipmateError('closed', 'the token was replaced by another one');
      if (await this.#isHeld(hash, stale)) break;
    }
    throw new ShipmateError('conflict', 'the token belongs to another session');
  }

  /** Whether a token leads to a session that has it. One that is just being written counts as well, for its minute. */
  async #isHeld(hash: TokenHash, value: string): Promise<boolean> {
    const target = readTarget(value);
    if (target === undefined) return false;
    const [held] = await this.readFields(target.id, target.role);
    if (held !== undefined) return held === hash;
    return Number(await this.commands.call(keys.token(hash), 'pttl', keys.token(hash))) >= 0;
  }

  async #unreserve(id: SessionId, reserved: readonly Reservation[]): Promise<void> {
    const added = reserved.filter(({ isNew }) => isNew);
    if (added.length === 0) return;
    // A claim of the same session by somebody else may have won, with these tokens.
    const [writer, reader] = await this.readFields(id, 'writer', 'reader');
    const unused = added.filter(({ hash }) => hash !== writer && hash !== reader);
    await Promise.all(unused.map(async ({ hash, value }) => this.commands.run(DROP_TOKEN, [keys.token(hash)], value)));
  }

  async #list(id: SessionId): Promise<void> {
    await this.commands.run(LIST, [keys.sessions], id);
  }

  /** First the tokens, then the session: as long as the session has no TTL, the closing is known to be unfinished. */
  async #forgetLater(id: SessionId, [writer, reader, closedAt]: readonly unknown[]): Promise<void> {
    const at = String(Number(closedAt) + this.timings.closedMemoryMs);
    await Promise.all([
      this.commands.run(EXPIRE_TOKEN, [keys.token(writer as TokenHash)], toTarget('writer', id), at),
      this.commands.run(EXPIRE_TOKEN, [keys.token(reader as TokenHash)], toTarget('reader', id), at),
    ]);
    await this.commands.run(EXPIRE_CLOSED, [keys.session(id)], at);
  }

  /** Runs a script on a session; what it answers after `ok`, or the error that it names. */
  async #run(script: Script, id: SessionId, ...args: readonly string[]): Promise<readonly unknown[]> {
    const reply = await this.commands.run(script, [keys.session(id)], ...args);
    const [status, ...rest] = Array.isArray(reply) ? (reply as unknown[]) : [];
    switch (status) {
      case 'ok':
        return rest;
      case 'not-found':
        throw new ShipmateError('not-found', 'the session is not known');
      case 'conflict':
        throw new ShipmateError('conflict', 'the session has another home');
      case 'tokens':
        throw new ShipmateError('conflict', 'the session has other tokens');
      case 'closed':
        throw new ShipmateError('closed', 'the session has ended');
      default:
        throw new ShipmateError('unavailable', 'a script in Redis answered something unknown');
    }
  }

  #written(id: SessionId, fields: unknown): SessionRecord {
    const record = readSession(id, readHash(fields));
    if (record === undefined) throw new ShipmateError('unavailable', 'a script in Redis answered something unknown');
    return record;
  }
}

const toTarget = (role: Role, id: SessionId): string => `${role === 'writer' ? 'w' : 'r'}:${id}`;

function readTarget(value: string): { role: Role; id: SessionId } | undefined {
  const role = value.startsWith('w:') ? 'writer' : value.startsWith('r:') ? 'reader' : undefined;
  return role && { role, id: value.slice(2) as SessionId };
}
