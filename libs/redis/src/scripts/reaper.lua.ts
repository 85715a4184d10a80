import { ALSO_WHEN_FULL, script } from '../connection/script.js';

/** `KEYS` 1 turn. `ARGV` 1 holder, 2 for how long (ms). Replies 1, or 0 when it is another's. */
export const TAKE_TURN = script(
  ALSO_WHEN_FULL,
  `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`,
);

/** `KEYS` 1 turn. `ARGV` 1 holder. Replies with the number of keys removed. */
export const END_TURN = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`);

/** `KEYS` 1 a text. `ARGV` 1 the text that was seen, 2 the next one; empty: none. Replies 1, or 0 when it has changed. */
export const REPLACE_TEXT = script(`
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2]) end
return 1
`);

/** `KEYS` 1 any key with a text. `ARGV` 1 the text that was seen. Replies with the number removed: 0 if it has changed or has a TTL. */
export const DROP_LEFTOVER = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('PTTL', KEYS[1]) >= 0 then return 0 end
return redis.call('DEL', KEYS[1])
`);
