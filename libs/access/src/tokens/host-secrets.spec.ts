import { describe, expect, it } from 'vitest';
import { sessionId } from '#kernel';
import { HostSecrets } from './host-secrets.js';

const ID = sessionId('6f1c9a52-3f0b-4c5e-9d0a-2b7e8f4a1c33');
const secrets = new HostSecrets('a-secret-of-the-fleet-0123456789');

describe('the secret of a host', () => {
  it('is the same in every process of the fleet, and leads to its session', () => {
    const secret = secrets.of(ID);
    expect(secret).toBe(new HostSecrets('a-secret-of-the-fleet-0123456789').of(ID));
    expect(secret).toMatch(/^smh-6f1c9a52-3f0b-4c5e-9d0a-2b7e8f4a1c33\.[0-9A-Za-z_-]{32}$/);
    expect(secrets.sessionOf(secret)).toBe(ID);
  });

  it('is another one for another session and for another fleet', () => {
    const [, mac = ''] = secrets.of(ID).split('.');
    expect(secrets.of(sessionId('another'))).not.toContain(mac);
    expect(new HostSecrets('b-secret-of-the-fleet-0123456789').sessionOf(secrets.of(ID))).toBeUndefined();
  });

  it('of one session does not open another', () => {
    const [, mac = ''] = secrets.of(ID).split('.');
    expect(secrets.sessionOf(`smh-another.${mac}`)).toBeUndefined();
  });

  it('is believed while the fleet changes its own secret', () => {
    const next = new HostSecrets('b-secret-of-the-fleet-0123456789', ['a-secret-of-the-fleet-0123456789']);
    expect(next.sessionOf(secrets.of(ID))).toBe(ID);
    expect(next.of(ID)).not.toBe(secrets.of(ID));
  });

  it('is exact: no other text is taken for it', () => {
    const secret = secrets.of(ID);
    for (const wrong of [
      '',
      'smh-',
      'smh-.',
      secret.slice(0, -1),
      `${secret}A`,
      `${secret}\n`,
      ` ${secret}`,
      secret.replace('smh-', 'SMH-'),
      secret.toUpperCase(),
      secret.replace('.', '/'),
      `smh-${'x'.repeat(65)}.${'A'.repeat(32)}`,
      `smh-é.${'A'.repeat(32)}`,
    ]) {
      expect(secrets.sessionOf(wrong), wrong).toBeUndefined();
    }
    // Every character counts.
    for (let at = 0; at < secret.length; at++) {
      const changed = `${secret.slice(0, at)}${secret[at] === 'A' ? 'B' : 'A'}${secret.slice(at + 1)}`;
      expect(secrets.sessionOf(changed), changed).toBeUndefined();
    }
  });
});
