import { script } from '../connection/script.js';

/** Redis' own clock in ms, and what is kept of a key: `l`, tokens or failures, at the time `a`. */
const COUNT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 'l', 'a')
local level, at = tonumber(kept[1]), tonumber(kept[2])
local function keep(newLevel, newAt, ttl)
  redis.call('HSET', KEYS[1], 'l', string.format('%.4f', newLevel), 'a', string.format('%.0f', newAt))
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ttl))
end
`;

/**
 * Takes from a bucket what was used already, whether it was there or not.
 *
 *   KEYS[1]  the count
 *   ARGV     1 burst, 2 in how many ms that comes back, 3 how much was used
 *   reply    how much is left, down to minus the burst
 */
export const SPEND = script(
  COUNT,
  `
local burst, perMs, used = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
level = math.min(burst, (level or burst) + math.max(0, now - (at or now)) / perMs * burst)
level = math.max(-burst, level - used)
keep(level, now, 2 * perMs + 1000)
return math.floor(level)
`,
);

/**
 * Notes a failure.
 *
 *   KEYS[1]  the count
 *   ARGV     1 how many are free, 2 the first wait, 3 the longest, 4 when all is forgotten; in ms
 *   reply    for how many ms to wait
 */
export const NOTE_FAILURE = script(
  COUNT,
  `
local free, first, most, forget = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local remembered = at ~= nil and now - at < forget
local failures = (remembered and level or 0) + 1
local waitMs = failures <= free and 0 or math.min(most, first * 2 ^ (failures - free - 1))
local untilMs = math.max(now + waitMs, remembered and at or 0)
keep(failures, untilMs, untilMs - now + forget)
return math.ceil(untilMs - now)
`,
);

/**
 * How long a key must wait.
 *
 *   KEYS[1]  the count of its failures
 *   reply    in ms, 0 for not at all
 */
export const WAIT_LEFT = script(
  COUNT,
  `
return math.max(0, math.ceil((at or now) - now))
`,
);
