import { EXPIRED, MOVED } from '#directory';
import { script } from '../connection/script.js';
import { SESSION_LUA } from './session.lua.js';

/**
 * Writes a session again that Redis lost, with its owner's generation.
 *
 *   KEYS[1]  session
 *   ARGV     1 edge, 2 writer, 3 reader, 4 about, 5 policy, 6 labels, 7 generation, 8 generation of the data that the host came
 *            with, if any
 *   reply    {'ok', fields, writer, reader} with the tokens before, {'conflict'}, {'closed'}
 */
export const RESTORE = script(
  SESSION_LUA,
  `
local s = redis.call('HMGET', KEYS[1], 'generation', 'closedAt', 'edge', 'closeReason')
if s[1] then
  -- Somebody took this owner for dead, or did not know that the host had come to it.
  local isOwner = s[1] == ARGV[7] and s[3] == ARGV[1]
  local refuted = s[2] and s[4] == '${EXPIRED}' and (isOwner or tonumber(s[1]) < tonumber(ARGV[7]))
  -- What it left behind here when it went to another region: it comes back. It may also have ended there, under a newer generation.
  if s[2] and not refuted and s[4] ~= '${MOVED}' then return {tonumber(s[1]) > tonumber(ARGV[7]) and 'conflict' or 'closed'} end
  if tonumber(s[1]) >= tonumber(ARGV[7]) and not refuted then
    local refused = refusal(KEYS[1], ARGV[1], ARGV[7])
    if refused then return {refused} end
    local writer, reader = tokens(KEYS[1])
    -- What is as it was takes no memory: a full Redis does not refuse it.
    if writer ~= ARGV[2] or reader ~= ARGV[3] then redis.call('HSET', KEYS[1], 'writer', ARGV[2], 'reader', ARGV[3]) end
    return {'ok', redis.call('HGETALL', KEYS[1]), writer, reader}
  end
end
return place(KEYS[1], ARGV[1], ARGV[7], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[8])
`,
);
