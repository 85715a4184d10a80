import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashSecret, MAX_CREDENTIALS, type Accounts, type Credential } from '#control';

/** One store and connections to it, made for each test. */
export interface AccountsHarness {
  connect(): Promise<Accounts>;
  dispose(): Promise<void>;
}

const credential = (id: string, patch: Partial<Credential> = {}): Credential => ({
  id,
  hash: hashSecret(`secret of ${id}`),
  scope: 'user',
  user: 'ada',
  label: 'a laptop',
  createdAt: 2_000,
  ...patch,
});
const codeOf = async (call: Promise<unknown>): Promise<unknown> =>
  await call.then(
    () => 'done',
    (error: unknown) => (error as { code?: unknown }).code,
  );

/** What every `Accounts` must do. */
export function accountsContract(name: string, make: () => Promise<AccountsHarness>): void {
  describe(`${name}: the accounts' contract`, () => {
    let harness: AccountsHarness;
    let one: Accounts;
    let two: Accounts;

    beforeEach(async () => {
      harness = await make();
      [one, two] = [await harness.connect(), await harness.connect()];
    });
    afterEach(async () => {
      await harness.dispose();
    });

    it('knows a user whom anybody added, once', async () => {
      await one.addUser({ name: 'ada', createdAt: 1_000 });
      expect(await two.findUser('ada')).toEqual({ name: 'ada', createdAt: 1_000 });
      expect(await two.findUser('Ada')).toBeUndefined();
      expect(await codeOf(two.addUser({ name: 'ada', createdAt: 5 }))).toBe('conflict');
      expect(await two.findUser('ada')).toEqual({ name: 'ada', createdAt: 1_000 });
    });

    it('lets one of many add a user', async () => {
      const tries = Array.from({ length: 10 }, async (_, i) =>
        codeOf((i % 2 ? one : two).addUser({ name: 'ada', createdAt: i })),
      );
      const results = await Promise.all(tries);
      expect(results.filter((result) => result === 'done')).toHaveLength(1);
    });

    it('finds a credential by its hash alone', async () => {
      await one.addUser({ name: 'ada', createdAt: 1_000 });
      await one.addCredential(credential('k1'));
      expect(await two.findCredential(hashSecret('secret of k1'))).toEqual(credential('k1'));
      expect(await two.findCredential(hashSecret('secret of k2'))).toBeUndefined();
    });

    it('keeps operators’ tokens apart from users’ keys', async () => {
      await one.addUser({ name: 'ada', createdAt: 1_000 });
      const token = credential('t1', { scope: 'admin', user: undefined });
      await one.addCredential(token);
      await one.addCredential(credential('k1'));
      expect(await two.listCredentials(undefined, { limit: 10 })).toEqual([token]);
      expect(await two.listCredentials('ada', { limit: 10 })).toEqual([credential('k1')]);
      expect(await two.removeCredential('ada', 't1')).toBe(false);
      expect(await two.removeCredential(undefined, 't1')).toBe(true);
      expect(await one.findCredential(token.hash)).toBeUndefined();
    });

    it('refuses a key for nobody, and more than one user may have', async () => {
      expect(await codeOf(one.addCredential(credential('k1')))).toBe('not-found');
      await one.addUser({ name: 'ada', createdAt: 1 });
      for (let i = 0; i < MAX_CREDENTIALS; i++) await one.addCredential(credential(`k${i}`));
      expect(await codeOf(two.addCredential(credential('more')))).toBe('limit');
      expect(await two.findCredential(hashSecret('secret of more'))).toBeUndefined();
    });

    it('forgets all keys with their user, and no other’s', async () => {
      for (const user of ['ada', 'ada-2', 'adb']) {
        await one.addUser({ name: user, createdAt: 1 });
        await one.addCredential(credential(`k-${user}`, { user }));
      }
      expect(await two.removeUser('ada')).toBe(true);
      expect(await two.removeUser('ada')).toBe(false);
      expect(await one.findCredential(hashSecret('secret of k-ada'))).toBeUndefined();
      expect(await one.findCredential(hashSecret('secret of k-ada-2'))).toBeDefined();
      expect(await one.findCredential(hashSecret('secret of k-adb'))).toBeDefined();
      await one.addUser({ name: 'ada', createdAt: 2 });
      expect(await one.listCredentials('ada', { limit: 10 })).toEqual([]);
    });

    it('lists in order, page by page', async () => {
      for (const name of ['c', 'a', 'e', 'b', 'd']) await one.addUser({ name, createdAt: 1 });
      const first = await two.listUsers({ limit: 2 });
      const second = await two.listUsers({ limit: 2, after: first.at(-1)?.name });
      const third = await two.listUsers({ limit: 2, after: second.at(-1)?.name });
      expect([first, second, third].map((page) => page.map(({ name }) => name))).toEqual([
        ['a', 'b'],
        ['c', 'd'],
        ['e'],
      ]);
      for (const id of ['3', '1', '2']) await one.addCredential(credential(id, { user: 'a' }));
      const keys = await two.listCredentials('a', { limit: 2 });
      expect(keys.map(({ id }) => id)).toEqual(['1', '2']);
      expect((await two.listCredentials('a', { limit: 2, after: '2' })).map(({ id }) => id)).toEqual(['3']);
    });
  });
}
