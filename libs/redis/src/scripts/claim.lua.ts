import { script } from '../connection/script.js';
import { SESSION_LUA } from './session.lua.js';

/**
 * Writes a new session with generation 1.
 *
 *   KEYS[1]  session
 *   ARGV     1 edge, 2 writer, 3 reader, 4 about, 5 policy, 6 labels
 *   reply    {'ok', fields} or {'conflict'} when the id is taken
 */
export const CLAIM = script(
  SESSION_LUA,
  `
if redis.call('EXISTS', KEYS[1]) == 1 then return {'conflict'} end
return place(KEYS[1], ARGV[1], '1', ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6])
`,
);
