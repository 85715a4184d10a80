import { ALSO_WHEN_FULL, script } from '../connection/script.js';
import { SESSION_LUA } from './session.lua.js';

/**
 * Changes fields of a session on behalf of its owner. `connected` 0 stamps when the host was lost, once; 1 clears it.
 *
 *   KEYS[1]  session
 *   ARGV     1 edge, 2 generation, then any number of field, value
 *   reply    {'ok', fields, writer, reader} with the tokens before, {'not-found'}, {'conflict'}, {'closed'}
 */
export const UPDATE = script(
  ALSO_WHEN_FULL,
  SESSION_LUA,
  `
local refused = refusal(KEYS[1], ARGV[1], ARGV[2])
if refused then return {refused} end
local writer, reader = tokens(KEYS[1])
for i = 3, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  if ARGV[i] == 'connected' then
    if ARGV[i + 1] == '1' then redis.call('HDEL', KEYS[1], 'disconnectedAt')
    else redis.call('HSETNX', KEYS[1], 'disconnectedAt', whole(now())) end
  end
end
return {'ok', redis.call('HGETALL', KEYS[1]), writer, reader}
`,
);
