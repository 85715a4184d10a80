/**
 * What the scripts on a session's hash have in common. Its fields, all text:
 *
 *   generation, cameWith (none if its host had no data), edge (none once it was released), homeSince (ms), connected (0 or 1), confirmed (0 or 1),
 *   disconnectedAt (ms, while not connected), closedAt (ms) and closeReason (once it has ended),
 *   writer and reader (token hashes), about, policy, labels (JSON or text that is not read here)
 */
export const SESSION_LUA = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function whole(number)
  return string.format('%.0f', number)
end

-- Why this owner may not write to the session; nothing when it may.
local function refusal(key, edge, generation)
  local s = redis.call('HMGET', key, 'generation', 'edge', 'closedAt')
  if not s[1] then return 'not-found' end
  if s[1] ~= generation or s[2] ~= edge then return 'conflict' end
  if s[3] then return 'closed' end
end

-- The tokens that a session has, empty where there is none.
local function tokens(key)
  local s = redis.call('HMGET', key, 'writer', 'reader')
  return s[1] or '', s[2] or ''
end

-- Writes a session under a new home, its host connected. What it was before is gone, its TTL as well. Replies the tokens
-- that it had, too. cameWith is left out where its host came with no data.
local function place(key, edge, generation, writer, reader, about, policy, labels, cameWith)
  local oldWriter, oldReader = tokens(key)
  redis.call('DEL', key)
  redis.call('HSET', key, 'generation', generation, 'edge', edge, 'homeSince', whole(now()), 'connected', '1',
    'confirmed', '0', 'writer', writer, 'reader', reader, 'about', about, 'policy', policy, 'labels', labels)
  if cameWith then redis.call('HSET', key, 'cameWith', cameWith) end
  return {'ok', redis.call('HGETALL', key), oldWriter, oldReader}
end
`;
