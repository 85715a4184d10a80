import { script } from '../connection/script.js';

/*
 * All of them have the same keys:
 *
 *   KEYS[1] users        hash: name to since when (ms)
 *   KEYS[2] user order   sorted set: names
 *   KEYS[3] credentials  hash: id to JSON
 *   KEYS[4] hashes       hash: a secret's hash to the credential's id
 *   KEYS[5] owned        sorted set: USER:ID, or :ID for an operator's
 */

/** `ARGV` 1 name, 2 since when, 3 how many there may be. Replies `ok`, `conflict`, `limit`. */
export const ADD_USER = script(`
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 'conflict' end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then return 'limit' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return 'ok'
`);

/** `ARGV` 1 id, 2 hash, 3 user or empty, 4 JSON, 5 how many one may have. Replies `ok`, `not-found`, `limit`. */
export const ADD_CREDENTIAL = script(`
if ARGV[3] ~= '' and redis.call('HEXISTS', KEYS[1], ARGV[3]) == 0 then return 'not-found' end
local held = redis.call('ZRANGEBYLEX', KEYS[5], '[' .. ARGV[3] .. ':', '(' .. ARGV[3] .. ';')
if #held >= tonumber(ARGV[5]) then return 'limit' end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[4])
redis.call('HSET', KEYS[4], ARGV[2], ARGV[1])
redis.call('ZADD', KEYS[5], 0, ARGV[3] .. ':' .. ARGV[1])
return 'ok'
`);

const FORGET = `
local function forget(owner, id)
  local text = redis.call('HGET', KEYS[3], id)
  if text then redis.call('HDEL', KEYS[4], cjson.decode(text).hash) end
  redis.call('HDEL', KEYS[3], id)
  return redis.call('ZREM', KEYS[5], owner .. ':' .. id)
end
`;

/** `ARGV` 1 id, 2 user or empty. Replies with the number removed. */
export const REMOVE_CREDENTIAL = script(
  FORGET,
  `
if not redis.call('ZSCORE', KEYS[5], ARGV[2] .. ':' .. ARGV[1]) then return 0 end
return forget(ARGV[2], ARGV[1])
`,
);

/** `ARGV` 1 name. Replies with the number removed. */
export const REMOVE_USER = script(
  FORGET,
  `
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
for _, entry in ipairs(redis.call('ZRANGEBYLEX', KEYS[5], '[' .. ARGV[1] .. ':', '(' .. ARGV[1] .. ';')) do
  forget(ARGV[1], string.sub(entry, #ARGV[1] + 2))
end
return 1
`,
);
