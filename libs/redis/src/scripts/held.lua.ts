import { ALSO_WHEN_FULL, script } from '../connection/script.js';

const NOW_LUA = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** Takes all that an edge has reported out of the sums: `of` is its hash. */
const SUBTRACT_LUA = `
local function subtract(of)
  local counts = redis.call('HGETALL', of)
  for i = 1, #counts, 2 do
    local left = (tonumber(redis.call('HGET', KEYS[2], counts[i])) or 0) - counts[i + 1]
    if left > 0 then redis.call('HSET', KEYS[2], counts[i], left) else redis.call('HDEL', KEYS[2], counts[i]) end
  end
  redis.call('DEL', of)
end
`;

/**
 * Notes how many of some things an edge has.
 *
 *   KEYS     1 leases, 2 sums, 3 what the edge has
 *   ARGV     1 edge, 2 lease in ms, 3 how long all is kept when nobody writes, in ms, 4 `1` to forget what it had before,
 *            5 … names and counts
 *   reply    nothing when the edge is not known; else an edge whose lease has ended, or empty, then the sums in the order of the names
 */
export const REPORT_HELD = script(
  NOW_LUA,
  SUBTRACT_LUA,
  `
if ARGV[4] == '1' then subtract(KEYS[3])
elseif not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return {} end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
local ended = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1)
local reply = {ended[1] or ''}
for i = 5, #ARGV, 2 do
  local count = tonumber(ARGV[i + 1])
  local before = tonumber(redis.call('HGET', KEYS[3], ARGV[i])) or 0
  local sum = tonumber(redis.call('HGET', KEYS[2], ARGV[i])) or 0
  if count ~= before then
    sum = sum + count - before
    if count > 0 then redis.call('HSET', KEYS[3], ARGV[i], count) else redis.call('HDEL', KEYS[3], ARGV[i]) end
    if sum > 0 then redis.call('HSET', KEYS[2], ARGV[i], sum) else redis.call('HDEL', KEYS[2], ARGV[i]) end
  end
  reply[#reply + 1] = string.format('%.0f', math.max(sum, 0))
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[3]) end
return reply
`,
);

/**
 * Forgets what an edge has.
 *
 *   KEYS     1 leases, 2 sums, 3 what the edge has
 *   ARGV     1 edge, 2 `1` to do so only if its lease has ended
 *   reply    1, or 0 when its lease stands
 */
export const FORGET_HELD = script(
  ALSO_WHEN_FULL,
  NOW_LUA,
  SUBTRACT_LUA,
  `
local untilMs = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]))
if ARGV[2] == '1' and untilMs and untilMs > now then return 0 end
subtract(KEYS[3])
redis.call('ZREM', KEYS[1], ARGV[1])
return 1
`,
);
