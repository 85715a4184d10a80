import { DUE_CHANNEL } from '../stores/keys.js';
import { ALSO_WHEN_FULL, script } from '../connection/script.js';

/*
 * A lane is a stream; when the first delivery of each is due, is in a sorted set of its group, and when the first lane of
 * each group is due, in one of the kind. So a group whose receiver is slow hides no other. All have one slot.
 *
 *   KEYS[1]  groups of the kind   sorted set: group, when its first lane is due (ms)
 *   KEYS[2]  state                hash: KIND:GROUP:SESSION to `CLAIM TRIES`, or `- TRIES` while nobody has it
 *   KEYS[3]  dead                 stream
 *   KEYS[4]  wills                hash: session to JSON
 */
const COMMON = `
local base = string.sub(KEYS[2], 1, -6)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function whole(number) return string.format('%.0f', number) end
local function dueKey(kind, group) return base .. 'due:' .. kind .. ':' .. group end
local function laneKey(kind, group, session) return base .. 'lane:' .. kind .. ':' .. group .. ':' .. session end
local function groupsKey(kind) return base .. 'groups:' .. kind end

-- Puts a group where its first lane is.
local function settleGroup(kind, group)
  local first = redis.call('ZRANGE', dueKey(kind, group), 0, 0, 'WITHSCORES')
  if first[1] then redis.call('ZADD', groupsKey(kind), first[2], group)
  else redis.call('ZREM', groupsKey(kind), group) end
end

local function append(kind, group, session, id, type, at, sealed, maxInLane, maxLanes)
  local lane, name = laneKey(kind, group, session), kind .. ':' .. group .. ':' .. session
  local length = redis.call('XLEN', lane)
  if length >= tonumber(maxInLane) then return 0 end
  if length == 0 then
    if redis.call('HLEN', KEYS[2]) >= tonumber(maxLanes) then return 0 end
    redis.call('HSET', KEYS[2], name, '- 0')
    redis.call('ZADD', dueKey(kind, group), whole(now), session)
  end
  redis.call('XADD', lane, '*', 'i', id, 't', type, 'a', at, 's', sealed)
  settleGroup(kind, group)
  -- The channel has the keys' slot. Where it cannot be used, takers find out by themselves.
  if length == 0 then redis.pcall('SPUBLISH', '${DUE_CHANNEL}', kind) end
  return 1
end

-- The tries of a claimed lane, if the claim still holds.
local function claimed(kind, group, session, claim)
  local state = redis.call('HGET', KEYS[2], kind .. ':' .. group .. ':' .. session)
  local held, tries = string.match(state or '', '^(%S+) (%d+)$')
  if held == claim then return tries end
end

local function remove(kind, group, session, entry)
  local lane, name = laneKey(kind, group, session), kind .. ':' .. group .. ':' .. session
  redis.call('XDEL', lane, entry)
  if redis.call('XLEN', lane) == 0 then
    redis.call('DEL', lane)
    redis.call('HDEL', KEYS[2], name)
    redis.call('ZREM', dueKey(kind, group), session)
  else
    redis.call('HSET', KEYS[2], name, '- 0')
    redis.call('ZADD', dueKey(kind, group), whole(now), session)
  end
  settleGroup(kind, group)
end
`;

/** `ARGV` 1 kind, 2 group, 3 session, 4 id, 5 type, 6 at, 7 sealed, 8 most in a lane, 9 most lanes. Replies 1, or 0: no room. */
export const APPEND_HOOK = script(
  COMMON,
  `return append(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9])`,
);

/** The generation of a will, which each of its deliveries has; earlier releases wrote none. */
const GENERATION_LUA = `
local function generationOf(will)
  local first = cjson.decode(will)[1]
  return first and tonumber(first.generation) or 0
end
`;

/** `ARGV` 1 session, 2 JSON, 3 most wills, 4 generation. Replies 1, even if a newer one stays, or 0 if there is no room. */
export const SET_WILL = script(
  GENERATION_LUA,
  `
local kept = redis.call('HGET', KEYS[4], ARGV[1])
if not kept and redis.call('HLEN', KEYS[4]) >= tonumber(ARGV[3]) then return 0 end
if kept and generationOf(kept) > tonumber(ARGV[4]) then return 1 end
redis.call('HSET', KEYS[4], ARGV[1], ARGV[2])
return 1
`,
);

/**
 * `ARGV` 1 session, 2 at, 3 most in a lane, 4 most lanes, 5 generation, or empty. Replies how many deliveries were in the will:
 * also 0 if it belongs to a newer generation.
 */
export const RUN_WILL = script(
  COMMON,
  GENERATION_LUA,
  `
local will = redis.call('HGET', KEYS[4], ARGV[1])
if not will then return 0 end
if ARGV[5] ~= '' and generationOf(will) > tonumber(ARGV[5]) then return 0 end
local deliveries = cjson.decode(will)
for _, one in ipairs(deliveries) do
  append(one.lane.kind, one.lane.group, ARGV[1], one.id, one.type, ARGV[2], one.sealed, ARGV[3], ARGV[4])
end
redis.call('HDEL', KEYS[4], ARGV[1])
return #deliveries
`,
);

/**
 * `ARGV` 1 kind, 2 claim, 3 claim in ms, 4 how many, 5 how many a group, then group and number of those under way. Replies,
 * for each: group, session, entry, tries, age in ms, and the entry's fields; behind these in how many ms the next lane is due, or ''.
 */
export const TAKE_HOOKS = script(
  ALSO_WHEN_FULL,
  COMMON,
  `
local kind, claim, count, perGroup = ARGV[1], ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5])
local busy = {}
for i = 6, #ARGV, 2 do busy[ARGV[i]] = tonumber(ARGV[i + 1]) end
local taken = {}
-- Busy groups may stand before those that are not.
local most = count + (#ARGV - 5) / 2
for _, group in ipairs(redis.call('ZRANGEBYSCORE', groupsKey(kind), '-inf', whole(now), 'LIMIT', 0, most)) do
  local room = math.min(perGroup - (busy[group] or 0), count - #taken)
  if room > 0 then
    for _, session in ipairs(redis.call('ZRANGEBYSCORE', dueKey(kind, group), '-inf', whole(now), 'LIMIT', 0, room)) do
      local name = kind .. ':' .. group .. ':' .. session
      local first = redis.call('XRANGE', laneKey(kind, group, session), '-', '+', 'COUNT', 1)[1]
      if first then
        local tries = string.match(redis.call('HGET', KEYS[2], name) or '', ' (%d+)$') or '0'
        redis.call('HSET', KEYS[2], name, claim .. ' ' .. whole(tries + 1))
        redis.call('ZADD', dueKey(kind, group), whole(now + ARGV[3]), session)
        local age = now - tonumber(string.match(first[1], '^%d+'))
        taken[#taken + 1] = {group, session, first[1], tries, whole(age), first[2]}
      else
        redis.call('ZREM', dueKey(kind, group), session)
        redis.call('HDEL', KEYS[2], name)
      end
    end
    settleGroup(kind, group)
  end
end
local next = redis.call('ZRANGE', groupsKey(kind), 0, 0, 'WITHSCORES')[2]
return {taken, next and whole(next - now) or ''}
`,
);

/** `ARGV` 1 kind, 2 group, 3 session, 4 claim, 5 entry. Replies 1, or 0 when the claim does not hold. */
export const SETTLE_HOOK = script(
  ALSO_WHEN_FULL,
  COMMON,
  `
if not claimed(ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then return 0 end
remove(ARGV[1], ARGV[2], ARGV[3], ARGV[5])
return 1
`,
);

/** `ARGV` as `SETTLE_HOOK`, 6 how long to wait in ms. */
export const POSTPONE_HOOK = script(
  ALSO_WHEN_FULL,
  COMMON,
  `
local tries = claimed(ARGV[1], ARGV[2], ARGV[3], ARGV[4])
if not tries then return 0 end
redis.call('HSET', KEYS[2], ARGV[1] .. ':' .. ARGV[2] .. ':' .. ARGV[3], '- ' .. tries)
redis.call('ZADD', dueKey(ARGV[1], ARGV[2]), whole(now + ARGV[6]), ARGV[3])
settleGroup(ARGV[1], ARGV[2])
return 1
`,
);

/** `ARGV` as `SETTLE_HOOK`, 6 why, 7 how many dead ones are remembered. */
export const BURY_HOOK = script(
  COMMON,
  `
local kind, group, session = ARGV[1], ARGV[2], ARGV[3]
local tries = claimed(kind, group, session, ARGV[4])
if not tries then return 0 end
local first = redis.call('XRANGE', laneKey(kind, group, session), ARGV[5], ARGV[5])[1]
if first then
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[7], '*', 'k', kind, 'g', group, 'n', session, 'w', ARGV[6], 'c', tries,
    unpack(first[2]))
end
remove(kind, group, session, ARGV[5])
return 1
`,
);

/** `ARGV` 1 entry of the dead, 2 most in a lane, 3 most lanes. Replies 1, or 0 when it is not there, or there is no room. */
export const REVIVE_HOOK = script(
  COMMON,
  `
local entry = redis.call('XRANGE', KEYS[3], ARGV[1], ARGV[1])[1]
if not entry then return 0 end
local field = {}
for i = 1, #entry[2], 2 do field[entry[2][i]] = entry[2][i + 1] end
if append(field.k, field.g, field.n, field.i, field.t, field.a, field.s, ARGV[2], ARGV[3]) == 0 then return 0 end
return redis.call('XDEL', KEYS[3], ARGV[1])
`,
);

/**
 * `ARGV` 1 kind, 2 how many. Replies, for each group, those first that are due first: group, its lanes, in how many ms the first
 * is due, that one's session, its tries, and its first entry's fields.
 */
export const LIST_RECEIVERS = script(
  COMMON,
  `
local kind, found = ARGV[1], {}
for _, group in ipairs(redis.call('ZRANGE', groupsKey(kind), 0, ARGV[2] - 1)) do
  local first = redis.call('ZRANGE', dueKey(kind, group), 0, 0, 'WITHSCORES')
  local session = first[1]
  local entry = session and redis.call('XRANGE', laneKey(kind, group, session), '-', '+', 'COUNT', 1)[1]
  if entry then
    local tries = string.match(redis.call('HGET', KEYS[2], kind .. ':' .. group .. ':' .. session) or '', ' (%d+)$') or '0'
    local lanes = redis.call('ZCARD', dueKey(kind, group))
    found[#found + 1] = {group, lanes, whole(first[2] - now), session, tries, entry[2]}
  end
end
return found
`,
);
