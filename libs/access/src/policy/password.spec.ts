import { describe, expect, it } from 'vitest';
import { hashPassword, isPassword } from '#access';
import { isPasswordHash, LOCKED_PASSWORD } from './password.js';

describe('a password', () => {
  it('is kept as a salted slow hash, which tells nothing of it', async () => {
    const [one, other] = await Promise.all([hashPassword('open sesame'), hashPassword('open sesame')]);
    expect(one).toMatch(/^scrypt\$14\$8\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(other);
    expect(one).not.toContain('sesame');
    expect(isPasswordHash(one)).toBe(true);
  });

  it('is known again, in every spelling that looks the same, and no other is', async () => {
    const hash = await hashPassword('Gr\u00fc\u00df dich');
    expect(await isPassword(hash, 'Gru\u0308\u00df dich')).toBe(true);
    for (const wrong of ['', 'Grüß dich ', 'grüß dich', 'Grüß', 'x'.repeat(1000)]) {
      expect(await isPassword(hash, wrong)).toBe(false);
    }
  });

  it('matches nothing while it is locked, or if the hash is invalid', async () => {
    for (const hash of [LOCKED_PASSWORD, '', 'scrypt$14$8$x$y']) {
      expect(await isPassword(hash, '')).toBe(false);
      expect(await isPassword(hash, hash)).toBe(false);
    }
    expect(isPasswordHash('scrypt$20$8$x$y')).toBe(false);
  });

  it('is tried so often at once, and not more often', async () => {
    const hash = await hashPassword('x');
    const tries = Array.from({ length: 40 }, () => isPassword(hash, 'x'));
    const settled = await Promise.allSettled(tries);
    const refused = settled.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(6);
    expect(settled.filter((one) => one.status === 'fulfilled' && one.value)).toHaveLength(34);
    // What waited has gone on: there is room again.
    expect(await isPassword(hash, 'x')).toBe(true);
  }, 30_000);
});
