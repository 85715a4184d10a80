import { script } from '../connection/script.js';

/**
 * Reads a text and removes it, so that only one caller gets it.
 *
 *   KEYS[1]  the text
 *   reply    the text; nil if there is none
 */
export const TAKE_TEXT = script(`
local text = redis.call('GET', KEYS[1])
if text then redis.call('DEL', KEYS[1]) end
return text
`);
