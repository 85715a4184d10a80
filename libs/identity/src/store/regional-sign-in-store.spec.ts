import { describe, expect, it } from 'vitest';
import { FakeClock, ShipmateError } from '#kernel';
import { signInStoreContract } from '#testing';
import { MemorySignInStore } from './memory-sign-in-store.js';
import { RegionalSignInStore } from './regional-sign-in-store.js';
import type { SignInStore } from './sign-in-store.js';

function regions(clock: FakeClock) {
  const [east, west] = [new MemorySignInStore(clock), new MemorySignInStore(clock)];
  const faults: unknown[] = [];
  const failed = (error: unknown): void => void faults.push(error);
  return {
    east,
    west,
    faults,
    inEast: new RegionalSignInStore(east, [west], failed),
    inWest: new RegionalSignInStore(west, [east], failed),
  };
}

signInStoreContract('in two regions', async () => {
  const clock = new FakeClock();
  const { inEast, inWest } = regions(clock);
  let turn = 0;
  return {
    connect: async () => await Promise.resolve(turn++ % 2 === 0 ? inEast : inWest),
    advance: async (ms) => await Promise.resolve(clock.advance(ms)),
    dispose: async () => await Promise.resolve(),
  };
});

const ID = 'A'.repeat(43);

describe('sign-ins of several regions', () => {
  it('are asked for in the others only where this one has none; ends are everywhere', async () => {
    const { east, west, inEast } = regions(new FakeClock());
    await inEast.put('browser', ID, 'here', 1_000);
    expect(await west.get('browser', ID)).toBeUndefined();
    await west.put('browser', ID, 'there', 1_000);
    expect(await inEast.get('browser', ID)).toBe('here');
    await inEast.put('ended', ID, '5', 1_000);
    expect([await east.get('ended', ID), await west.get('ended', ID)]).toEqual(['5', '5']);
    await east.drop('ended', ID);
    expect(await inEast.get('ended', ID)).toBeUndefined();
  });

  it('count as none while another region is away', async () => {
    const away: SignInStore = {
      get: async () => await Promise.reject(new ShipmateError('unavailable', 'away')),
      put: async () => await Promise.reject(new ShipmateError('unavailable', 'away')),
      take: async () => await Promise.reject(new ShipmateError('unavailable', 'away')),
      drop: async () => await Promise.reject(new ShipmateError('unavailable', 'away')),
    };
    const faults: unknown[] = [];
    const own = new MemorySignInStore(new FakeClock());
    const store = new RegionalSignInStore(own, [away], (error) => void faults.push(error));
    expect(await store.get('browser', ID)).toBeUndefined();
    await store.put('ended', ID, '5', 1_000);
    expect(await store.get('ended', ID)).toBe('5');
    expect(await store.take('code', ID)).toBeUndefined();
    await store.drop('browser', ID);
    expect(faults).toHaveLength(4);
    const alone = new RegionalSignInStore(away, [own], () => undefined);
    await expect(alone.get('browser', ID)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
