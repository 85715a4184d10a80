import { MOVED } from '#directory';
import { ALSO_WHEN_FULL, script } from '../connection/script.js';
import { SESSION_LUA } from './session.lua.js';

/**
 * Gives a session a new home, on the strength of reconnection data of a generation; `Directory.takeover` says who wins.
 *
 *   KEYS[1]  session
 *   ARGV     1 edge, 2 writer, 3 reader, 4 about, 5 policy, 6 labels, 7 expected generation,
 *            8 an edge whose lease was seen to have ended, or empty: leases have another slot,
 *            9 `1` where the tokens replace those that the session has, 10 generation of the data that the host came with
 *   reply    {'ok', fields, writer, reader} with the tokens before, {'conflict'}, {'tokens'} when the session has others, {'closed'}
 */
export const TAKEOVER = script(
  ALSO_WHEN_FULL,
  SESSION_LUA,
  `
local s = redis.call('HMGET', KEYS[1], 'generation', 'edge', 'connected', 'confirmed', 'closedAt', 'writer', 'reader',
  'closeReason', 'cameWith')
local expected = tonumber(ARGV[7])
local generation = tonumber(s[1] or '0')
if s[1] then
  -- What it left behind here when it went to another region may be closed: it comes back.
  if s[5] and s[8] ~= '${MOVED}' then return {'closed'} end
  if ARGV[9] ~= '1' and (s[6] ~= ARGV[2] or s[7] ~= ARGV[3]) then return {'tokens'} end
  if generation > expected then
    local live = s[2] and s[3] == '1' and s[2] ~= ARGV[8]
    local oldest = s[4] == '1' and generation or tonumber(s[9] or generation - 1)
    if expected < oldest or live then return {'conflict'} end
  end
end
local next = whole(math.max(generation, expected) + 1)
return place(KEYS[1], ARGV[1], next, ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[10])
`,
);
