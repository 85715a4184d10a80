import { describe, expect, it } from 'vitest';
import { SealedVault, type Vault } from './vault.js';

/** A store that anybody can read. */
function openStore(): { readonly texts: Map<string, string>; readonly store: Vault } {
  const texts = new Map<string, string>();
  const store: Vault = {
    get: async (name) => texts.get(name),
    put: async (name, text) => void texts.set(name, text),
    drop: async (name) => void texts.delete(name),
    takeTurn: async () => true,
    endTurn: async () => undefined,
  };
  return { texts, store };
}

describe('a sealed vault', () => {
  it('gives back what it was given, and the store has nothing of it to read', async () => {
    const { texts, store } = openStore();
    const vault = new SealedVault(store, 'the secret of the fleet');
    await vault.put('account', 'a private key');
    expect(await vault.get('account')).toBe('a private key');
    const sealed = Buffer.from(texts.get('account') ?? '', 'base64url').toString('latin1');
    expect(sealed.length).toBeGreaterThan(20);
    expect(sealed).not.toContain('private');
    await vault.drop('account');
    expect(await vault.get('account')).toBeUndefined();
  });

  it('opens what an accepted secret has sealed, and nothing of others, of another name, or damaged', async () => {
    const { texts, store } = openStore();
    await new SealedVault(store, 'the secret before').put('account', 'a private key');
    expect(await new SealedVault(store, 'the new secret', ['the secret before']).get('account')).toBe('a private key');
    expect(await new SealedVault(store, 'the new secret').get('account')).toBeUndefined();
    texts.set('certificate', texts.get('account') ?? '');
    expect(await new SealedVault(store, 'the secret before').get('certificate')).toBeUndefined();
    for (const damaged of ['', 'AAAA', 'A'.repeat(80)]) {
      texts.set('account', damaged);
      expect(await new SealedVault(store, 'the secret before').get('account')).toBeUndefined();
    }
  });
});
