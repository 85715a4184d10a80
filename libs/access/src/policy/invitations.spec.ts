import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionId } from '#kernel';
import { hashInvitation, isInvitationList, mintInvitation, sessionOfInvitation } from './invitations.js';

const request = { name: 'Bob\u001b[1m', role: 'writer', until: undefined, uses: 1 } as const;

describe("an invitation's token", () => {
  it('leads to its session, and is kept as a hash only', () => {
    const session = sessionId(randomUUID());
    const { invitation, token } = mintInvitation({ session, ...request });
    expect(token).toMatch(/^i-[\w-]{22}[2-9a-zA-Z]{25}$/);
    expect(sessionOfInvitation(token)).toBe(session);
    expect(invitation).toMatchObject({ hash: hashInvitation(token), name: 'Bob[1m', used: 0 });
    expect(JSON.stringify(invitation)).not.toContain(token.slice(24));
    expect(mintInvitation({ session, ...request }).token).not.toBe(token);
  });

  it('is nothing else', () => {
    for (const text of ['', 'i-', 'site', 'ro-abc', 'i-_____________________z2222222222222222222222222']) {
      expect(sessionOfInvitation(text)).toBeUndefined();
    }
    fc.assert(fc.property(fc.string(), (text) => sessionOfInvitation(text) === undefined));
  });
});

it("a session's record has no other invitations than it may", () => {
  const { invitation } = mintInvitation({ session: sessionId(randomUUID()), ...request });
  expect(isInvitationList([invitation])).toBe(true);
  const wrong = [
    { ...invitation, role: 'owner' },
    { ...invitation, uses: 0 },
    { ...invitation, used: -1 },
    { ...invitation, more: 1 },
    { ...invitation, hash: '' },
    null,
  ];
  for (const one of wrong) expect(isInvitationList([one])).toBe(false);
  expect(isInvitationList(Array.from({ length: 65 }, () => invitation))).toBe(false);
});
