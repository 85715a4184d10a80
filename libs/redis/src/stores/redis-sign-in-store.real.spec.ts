import { signInStoreContract } from '#testing';
import { pause, RedisWorld, worldOf } from '../redis-world.fixture.js';

for (const kind of ['standalone', 'clustered'] as const) {
  const world = worldOf(async () => await RedisWorld[kind](), 'empty');

  signInStoreContract(`RedisSignInStore, ${kind}`, async () => ({
    connect: async () => (await world().connect()).signIns,
    advance: pause,
    dispose: async () => undefined,
  }));
}
