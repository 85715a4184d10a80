import { script } from '../connection/script.js';

/**
 * Puts a name on a list if it is not there. Otherwise nothing is written, so a full Redis does not refuse it.
 *
 *   KEYS[1]  list
 *   ARGV     1 name
 *   reply    how many were added
 */
export const LIST = script(`
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
return redis.call('ZADD', KEYS[1], '0', ARGV[1])
`);
