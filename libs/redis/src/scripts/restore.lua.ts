import { script } from '../connection/script.js';
import { SESSION_LUA } from './session.lua.js';

/**
 * Writes a session again that Redis lost, with its owner's generation.
 *
 *   KEYS[1]  session
 *   ARGV     1 edge, 2 writer, 3 reader, 4 about, 5 policy, 6 labels, 7 generation
 *   reply    {'ok', fields}, {'conflict'}, {'tokens'} when the session has others, {'closed'}
 */
export const RESTORE = script(
  SESSION_LUA,
  `
local s = redis.call('HMGET', KEYS[1], 'generation', 'closedAt', 'writer', 'reader')
if s[1] then
  if s[2] then return {'closed'} end
  if s[3] ~= ARGV[2] or s[4] ~= ARGV[3] then return {'tokens'} end
  if tonumber(s[1]) >= tonumber(ARGV[7]) then
    local refused = refusal(KEYS[1], ARGV[1], ARGV[7])
    if refused then return {refused} end
    return {'ok', redis.call('HGETALL', KEYS[1])}
  end
end
return place(KEYS[1], ARGV[1], ARGV[7], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6])
`,
);
