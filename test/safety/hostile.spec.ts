import { expect, it } from 'vitest';
import { Hunt } from '../hostile/hunt.js';

/** The seeds that every run of the tests tries: `npm run hostile` goes on from others. */
const FIRST_SEED = 1;
/** As many cases as are over by then, and at least some of each kind; each arena takes some seconds more to start. */
const FOR_MS = 90_000;
/** With what shrinking a failure takes. */
const MOST_MS = 900_000;

it('hostile input of every kind harms no process, and no session next to it', { timeout: MOST_MS }, async () => {
  const { tried, failures } = await Hunt.run({ seed: FIRST_SEED, forMs: FOR_MS });
  expect(failures.join('\n\n')).toBe('');
  expect(Object.keys(tried).sort()).toEqual([
    'host-messages',
    'http',
    'one-port',
    'page-messages',
    'proxy-headers',
    'redis-records',
    'ssh-channels',
    'ssh-transport',
  ]);
});
