import { expect, it } from 'vitest';
import { forgetOldest } from './forget-oldest.js';

it('forgetOldest keeps those that were set last', () => {
  const map = new Map<number, string>();
  for (let n = 0; n < 10; n++) {
    map.delete(n % 4);
    map.set(n % 4, String(n));
    forgetOldest(map, 3);
  }
  expect([...map.values()]).toEqual(['7', '8', '9']);
});
