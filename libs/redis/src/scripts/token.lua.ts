import { ALSO_WHEN_FULL, script } from '../connection/script.js';

/**
 * Reserves a token for a session that is about to be written.
 *
 *   KEYS[1]  token
 *   ARGV     1 value (role and session), 2 a value of a session that no longer exists and may be replaced, or empty, 3 TTL in ms
 *   reply    'new', 'kept' when it is this session's already, or else the value that it has
 */
export const RESERVE_TOKEN = script(`
local held = redis.call('GET', KEYS[1])
if held == ARGV[1] then return 'kept' end
if held and held ~= ARGV[2] then return held end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 'new'
`);

/**
 * Makes a reservation permanent, once the session is written.
 *
 *   KEYS[1]  token
 *   ARGV     1 value
 *   reply    1, or 0 when another session has the token
 */
export const SETTLE_TOKEN = script(`
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
-- A token that is there takes no memory: with a full Redis, only a new one is refused.
if held then redis.call('PERSIST', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[1]) end
return 1
`);

/**
 * Takes a reservation back, unless it has been made permanent.
 *
 *   KEYS[1]  token
 *   ARGV     1 value
 *   reply    how many keys that were
 */
export const DROP_TOKEN = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('PTTL', KEYS[1]) < 0 then return 0 end
return redis.call('DEL', KEYS[1])
`);

/**
 * Makes the token of a closed session expire at a given time.
 *
 *   KEYS[1]  token
 *   ARGV     1 value, 2 when (ms since the epoch)
 *   reply    1, or 0 when it is not this session's
 */
export const EXPIRE_TOKEN = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIREAT', KEYS[1], ARGV[2])
`);

/**
 * Marks a token as one that its session has given up.
 *
 *   KEYS[1]  token
 *   ARGV     1 value, 2 the mark, 3 for how long (ms)
 *   reply    1, or 0 when it is not this session's
 */
export const RETIRE_TOKEN = script(
  ALSO_WHEN_FULL,
  `
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
`,
);
