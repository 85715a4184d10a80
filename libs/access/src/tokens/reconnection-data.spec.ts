import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mintTokens, ReconnectionSigner, type ReconnectionData } from '#access';
import { generation, sessionId } from '#kernel';

const SECRET = 'the secret of one fleet';
const signer = new ReconnectionSigner(SECRET);
const data: ReconnectionData = {
  sessionId: sessionId('6f0fbd1e-6c5c-4b7e-9f66-0a4dd1f9b3aa'),
  tokens: mintTokens(),
  generation: generation(3),
  issuedAt: 1_790_000_000_123,
  createdAt: 1_780_000_000_456,
};
const refused = expect.objectContaining({ code: 'forbidden' }) as Error;

describe('ReconnectionSigner', () => {
  it('reads back what it signed', () => {
    expect(signer.verify(signer.sign(data))).toEqual(data);
  });

  it('reads what another process of the fleet signed, and what an older secret did', () => {
    const text = new ReconnectionSigner(SECRET).sign(data);
    expect(signer.verify(text)).toEqual(data);
    expect(new ReconnectionSigner('another secret of it', [SECRET]).verify(text)).toEqual(data);
  });

  it('refuses what another fleet signed', () => {
    expect(() => signer.verify(new ReconnectionSigner('some other secret').sign(data))).toThrow(refused);
  });

  it('is one word of a shell, so that tmux formats and environments carry it whole', () => {
    expect(signer.sign(data)).toMatch(/^[A-Za-z0-9_-]{100,400}$/);
  });

  it('refuses every change of one character', () => {
    const text = signer.sign(data);
    for (let at = 0; at < text.length; at++) {
      for (const other of ['A', 'b', '_']) {
        if (text[at] === other) continue;
        expect(() => signer.verify(text.slice(0, at) + other + text.slice(at + 1))).toThrow(refused);
      }
    }
  });

  it('refuses what is cut, longer, empty or anything else', () => {
    const text = signer.sign(data);
    const others = ['', 'A', text.slice(0, -1), `${text}A`, ` ${text}`, `${text}=`, 'x'.repeat(5_000_000)];
    for (const other of others) expect(() => signer.verify(other)).toThrow(refused);
    const refuses = (garbage: string): void => {
      expect(() => signer.verify(garbage)).toThrow(refused);
    };
    fc.assert(fc.property(fc.string({ unit: 'binary' }), refuses));
  });

  it('wants a secret that cannot be guessed', () => {
    expect(() => new ReconnectionSigner('short')).toThrow(expect.objectContaining({ code: 'config' }) as Error);
  });
});
