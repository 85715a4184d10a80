import { describe, expect, it } from 'vitest';
import { HostSecrets } from '#access';
import { sessionId } from '#kernel';
import { readHostSecret } from './host-secret.js';

describe("the link of a host's page", () => {
  it('holds the secret as the server makes it', () => {
    const session = '6f1c9a52-3f0b-4c5e-9d0a-2b7e8f4a1c33';
    const secret = new HostSecrets('a-secret-of-the-fleet-0123456789').of(sessionId(session));
    expect(readHostSecret(`#${secret}`)).toEqual({ secret, session });
    expect(readHostSecret(secret)).toEqual({ secret, session });
  });

  it.each(['', '#', '#smh-', '#smh-a.b', '#tmk-0123456789', `#smh-a/b.${'x'.repeat(32)}`])(
    'is nothing else: %s',
    (text) => {
      expect(readHostSecret(text)).toBeUndefined();
    },
  );
});
