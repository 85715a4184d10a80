import { script } from '../connection/script.js';

/**
 * Gives a name to a holder, if it still has the value that was looked at.
 *
 *   KEYS[1]  name
 *   ARGV     1 the value that was seen, or empty for none
 *            2 session, 3 role, 4 grace in ms, 5 since when (ms), or empty for now
 *   reply    1, or 0 when it has another value by now
 */
export const SWAP_NAME = script(`
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
local since = ARGV[5]
if since == '' then
  local time = redis.call('TIME')
  since = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
end
redis.call('SET', KEYS[1], ARGV[3] .. ' ' .. since .. ' ' .. ARGV[4] .. ' ' .. ARGV[2])
return 1
`);

/**
 * Frees a name, if it still has the value that was looked at.
 *
 *   KEYS[1]  name
 *   ARGV     1 the value that was seen
 *   reply    how many keys that were
 */
export const DROP_NAME = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`);
