import { ALSO_WHEN_FULL, script } from '../connection/script.js';
import { SESSION_LUA } from './session.lua.js';

/**
 * Removes a session's home; the session continues without one.
 *
 *   KEYS[1]  session
 *   ARGV     1 edge, 2 generation
 *   reply    {'ok'}, also when it was released before; {'not-found'}, {'conflict'}, {'closed'}
 */
export const RELEASE = script(
  ALSO_WHEN_FULL,
  SESSION_LUA,
  `
local s = redis.call('HMGET', KEYS[1], 'generation', 'edge')
if s[1] == ARGV[2] and not s[2] then return {'ok'} end
local refused = refusal(KEYS[1], ARGV[1], ARGV[2])
if refused then return {refused} end
redis.call('HDEL', KEYS[1], 'edge')
redis.call('HSET', KEYS[1], 'connected', '0')
redis.call('HSETNX', KEYS[1], 'disconnectedAt', whole(now()))
return {'ok'}
`,
);
