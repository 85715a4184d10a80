import { describe, expect, it } from 'vitest';
import { WebhookSealer } from './webhook-sealer.js';

const letter = { url: 'https://example.com/hook', body: { type: 'session_register', params: { stoken: 'SECRET' } } };

describe('WebhookSealer', () => {
  const sealer = new WebhookSealer('the secret of a fleet');

  it('gives back what it sealed, and shows nothing of it', () => {
    const sealed = sealer.seal('id', { ...letter, key: 'k' });
    expect(sealer.open('id', sealed)).toEqual({ ...letter, key: 'k' });
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toMatch(/SECRET|example/);
    expect(sealer.seal('id', letter)).not.toBe(sealer.seal('id', letter));
  });

  it('opens nothing for another id, with another secret, or that was changed', () => {
    const sealed = sealer.seal('id', letter);
    expect(sealer.open('other', sealed)).toBeUndefined();
    expect(new WebhookSealer('another secret').open('id', sealed)).toBeUndefined();
    for (const at of [0, 20, sealed.length - 4]) {
      const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
      expect(sealer.open('id', changed)).toBeUndefined();
    }
    expect(sealer.open('id', '')).toBeUndefined();
  });

  it('opens what a further secret sealed, and seals with the first', () => {
    const changed = new WebhookSealer('the next secret', ['the secret of a fleet']);
    expect(changed.open('id', sealer.seal('id', letter))).toEqual(letter);
    expect(sealer.open('id', changed.seal('id', letter))).toBeUndefined();
    expect(new WebhookSealer('the next secret').open('id', changed.seal('id', letter))).toEqual(letter);
  });

  it('counts all URLs of a server as one group, whose name tells nothing', () => {
    const group = sealer.groupOf('https://example.com/a?b');
    expect(group).toMatch(/^[\w-]{16}$/);
    expect(sealer.groupOf('https://EXAMPLE.com:443/other')).toBe(group);
    expect(sealer.groupOf('http://example.com/a')).not.toBe(group);
    expect(new WebhookSealer('another secret').groupOf('https://example.com/a')).not.toBe(group);
  });
});
