import { createHash } from 'node:crypto';

/** A Lua script that Redis runs as one step. It is sent whole once a server, then by its hash. */
export interface Script {
  readonly lua: string;
  /** SHA-1 of `lua`, in hex: what `EVALSHA` wants. */
  readonly sha: string;
}

/**
 * First line of a script that runs also when Redis' memory is full: those that keep what is there alive, or end it. The
 * others are refused then, before they write anything.
 */
export const ALSO_WHEN_FULL = '#!lua flags=allow-oom';

/** A script of the given text; `parts` are put together in their order. */
export function script(...parts: readonly string[]): Script {
  const lua = parts.map((part) => part.trim()).join('\n');
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
