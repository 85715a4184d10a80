export { connectRedis } from './connect.js';
export type { ConnectOptions, RedisBackplane, RedisStatus } from './connect.js';
export { inspectRedis } from './inspect.js';
export type { MasterFacts, RedisFacts } from './inspect.js';
export type { RedisObserver, RedisSettings } from './options.js';
export { parseRedisUrl } from './address.js';
export type { HostPort, RedisAddress } from './address.js';
export { KEY_PATTERNS } from './keys.js';
