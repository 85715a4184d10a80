export { connectRedis } from './connect.js';
export type { ConnectOptions, RedisBackplane, RedisStatus } from './connect.js';
export { inspectRedis } from './inspect.js';
export type { MasterFacts, RedisFacts } from './inspect.js';
export type { RedisObserver, RedisSettings } from './connection/options.js';
export type { HostPort, RedisAddress } from './connection/address.js';
