import { ALSO_WHEN_FULL, script } from '../connection/script.js';
import { SESSION_LUA } from './session.lua.js';

/**
 * Ends a session. It gets its TTL later (`EXPIRE_CLOSED`), after its tokens have theirs.
 *
 *   KEYS[1]  session
 *   ARGV     1 edge, 2 generation, 3 reason
 *   reply    {'ok', writer, reader, closedAt}, also when this generation closed it before; {'not-found'}, {'conflict'}, {'closed'}
 */
export const CLOSE = script(
  ALSO_WHEN_FULL,
  SESSION_LUA,
  `
local s = redis.call('HMGET', KEYS[1], 'generation', 'closedAt')
if not (s[1] == ARGV[2] and s[2]) then
  local refused = refusal(KEYS[1], ARGV[1], ARGV[2])
  if refused then return {refused} end
  redis.call('HSET', KEYS[1], 'closedAt', whole(now()), 'closeReason', ARGV[3])
end
local closed = redis.call('HMGET', KEYS[1], 'writer', 'reader', 'closedAt')
return {'ok', closed[1], closed[2], closed[3]}
`,
);

/**
 * Ends a session that is not live, for a reaper.
 *
 *   KEYS[1]  session
 *   ARGV     1 generation, 2 an edge whose lease was seen to have ended, or empty, 3 reason
 *   reply    as `CLOSE`; {'conflict'} when it is live or of another generation
 */
export const CLOSE_ORPHAN = script(
  ALSO_WHEN_FULL,
  SESSION_LUA,
  `
local s = redis.call('HMGET', KEYS[1], 'generation', 'closedAt', 'edge', 'connected')
if not s[1] then return {'not-found'} end
if not s[2] then
  local live = s[3] and s[4] == '1' and s[3] ~= ARGV[2]
  if s[1] ~= ARGV[1] or live then return {'conflict'} end
  redis.call('HSET', KEYS[1], 'closedAt', whole(now()), 'closeReason', ARGV[3])
end
local closed = redis.call('HMGET', KEYS[1], 'writer', 'reader', 'closedAt')
return {'ok', closed[1], closed[2], closed[3]}
`,
);

/**
 * Makes a closed session expire at a given time. Its last step: a close that was cut short before it shows as a closed session
 * without `expires`, and is finished by whoever lists orphans.
 *
 *   KEYS[1]  session
 *   ARGV     1 when (ms since the epoch)
 *   reply    1, or 0 when it is not closed
 */
export const EXPIRE_CLOSED = script(
  ALSO_WHEN_FULL,
  `
if redis.call('HEXISTS', KEYS[1], 'closedAt') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'expires', ARGV[1])
return redis.call('PEXPIREAT', KEYS[1], ARGV[1])
`,
);
