import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SignInStore } from '#identity';

/** One store and connections to it, made for each test. */
export interface SignInStoreHarness {
  /** Another client of the same store. */
  connect(): Promise<SignInStore>;
  /** Waits until more than `ms` are over, by the store's own clock. */
  advance(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

const ID = 'A'.repeat(43);
const OTHER_ID = 'B'.repeat(43);

/** What every `SignInStore` must do. */
export function signInStoreContract(name: string, make: () => Promise<SignInStoreHarness>): void {
  describe(`${name}: the contract of sign-ins`, () => {
    let harness: SignInStoreHarness;
    let one: SignInStore;
    let two: SignInStore;

    beforeEach(async () => {
      harness = await make();
      one = await harness.connect();
      two = await harness.connect();
    });
    afterEach(async () => {
      await harness.dispose();
    });

    it('gives everybody what was put last, by kind and id', async () => {
      expect(await one.get('browser', ID)).toBeUndefined();
      await one.put('browser', ID, 'first', 60_000);
      await one.put('browser', ID, 'second', 60_000);
      await one.put('browser', OTHER_ID, 'other', 60_000);
      expect(await two.get('browser', ID)).toBe('second');
      expect(await two.get('key', ID)).toBeUndefined();
      await two.drop('browser', ID);
      expect(await one.get('browser', ID)).toBeUndefined();
      expect(await one.get('browser', OTHER_ID)).toBe('other');
    });

    it('forgets a text at its end', async () => {
      await one.put('ended', ID, 'brief', 30);
      await one.put('ended', OTHER_ID, 'long', 60_000);
      await harness.advance(60);
      expect(await two.get('ended', ID)).toBeUndefined();
      expect(await two.take('ended', ID)).toBeUndefined();
      expect(await two.get('ended', OTHER_ID)).toBe('long');
    });

    it('gives a text to one of those who take it', async () => {
      await one.put('code', ID, 'once', 60_000);
      const taken = await Promise.all([one, two, one, two].map(async (store) => await store.take('code', ID)));
      expect(taken.filter((text) => text !== undefined)).toEqual(['once']);
      expect(await one.get('code', ID)).toBeUndefined();
    });
  });
}
