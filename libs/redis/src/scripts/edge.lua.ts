import { ALSO_WHEN_FULL, script } from '../connection/script.js';

const NOW_LUA = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** The member of the leases that says since when they are known, in place of an edge. */
const SINCE = 'since';

const SINCE_LUA = `
local since = redis.call('ZSCORE', KEYS[1], '${SINCE}')
if not since and redis.call('EXISTS', KEYS[1]) == 0 then since = string.format('%.0f', now) end
local reply = {string.format('%.0f', now), since or ''}
`;

/**
 * Renews an edge's lease, and forgets edges that ended long ago when a new one comes.
 *
 *   KEYS     1 leases, 2 records
 *   ARGV     1 edge, 2 record, 3 lease in ms, 4 how long an ended lease is remembered in ms, 5 how many edges at most
 *   reply    1 when the lease still stood, 0 when not, -1 when there are too many edges
 */
export const HEARTBEAT = script(
  ALSO_WHEN_FULL,
  NOW_LUA,
  `
local untilMs = redis.call('ZSCORE', KEYS[1], ARGV[1])
-- There are no leases, or they were lost: what an edge was before is not known.
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('ZADD', KEYS[1], string.format('%.0f', now), '${SINCE}') end
if not untilMs then
  local old = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[4], 'LIMIT', 0, 100)
  for _, edge in ipairs(old) do
    if edge ~= '${SINCE}' then
      redis.call('ZREM', KEYS[1], edge)
      redis.call('HDEL', KEYS[2], edge)
    end
  end
  if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[5]) then return -1 end
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
local ttl = string.format('%.0f', ARGV[3] + ARGV[4])
redis.call('PEXPIRE', KEYS[1], ttl)
redis.call('PEXPIRE', KEYS[2], ttl)
if untilMs and tonumber(untilMs) > now then return 1 end
return 0
`,
);

/**
 * Ends a lease now; when it ended stays known.
 *
 *   KEYS     1 leases, 2 records
 *   ARGV     1 edge
 *   reply    1, or 0 when it had none
 */
export const REMOVE_EDGE = script(
  ALSO_WHEN_FULL,
  NOW_LUA,
  `
redis.call('HDEL', KEYS[2], ARGV[1])
local untilMs = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not untilMs or tonumber(untilMs) <= now then return 0 end
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
return 1
`,
);

/**
 * What is known of some edges.
 *
 *   KEYS     1 leases, 2 records
 *   ARGV     edges
 *   reply    now (ms), since when leases are known (ms) or empty, then for each edge when its lease ends or ended, or empty,
 *            and its record while the lease stands
 */
export const READ_EDGES = script(
  NOW_LUA,
  SINCE_LUA,
  `
for _, edge in ipairs(ARGV) do
  local untilMs = redis.call('ZSCORE', KEYS[1], edge)
  reply[#reply + 1] = untilMs or ''
  reply[#reply + 1] = untilMs and tonumber(untilMs) > now and redis.call('HGET', KEYS[2], edge) or ''
end
return reply
`,
);

/**
 * All edges.
 *
 *   KEYS     1 leases, 2 records
 *   reply    as `READ_EDGES`, but each with its id before it, those included whose lease ended
 */
export const LIST_EDGES = script(
  NOW_LUA,
  SINCE_LUA,
  `
local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 1, #all, 2 do
  if all[i] ~= '${SINCE}' then
    reply[#reply + 1] = all[i]
    reply[#reply + 1] = all[i + 1]
    reply[#reply + 1] = tonumber(all[i + 1]) > now and redis.call('HGET', KEYS[2], all[i]) or ''
  end
end
return reply
`,
);
