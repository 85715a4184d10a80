import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  approvalUser,
  isApproval,
  linkSecret,
  mintApprovalCode,
  parseApproval,
  parseJoinKey,
  parseLink,
} from '#access';
import { sessionId } from '#kernel';

describe('a decision on somebody who waits', () => {
  it('is a user name that names session and person, and reads back', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.boolean(), (id, admit) => {
        const approval = { admit, sessionId: sessionId(id), code: mintApprovalCode() };
        const user = approvalUser(approval);
        expect(user).toMatch(/^(approve|refuse)-[\w-]{47}$/);
        expect(isApproval(user)).toBe(true);
        expect(parseApproval(user)).toEqual(approval);
        expect(() => parseJoinKey(user)).toThrow();
      }),
    );
  });

  it('is, by a link, a secret that names session and person, and no user name', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        const link = { sessionId: sessionId(id), code: mintApprovalCode() };
        const secret = linkSecret(link);
        expect(secret).toMatch(/^smd-[\w-]{47}$/);
        expect(parseLink(secret)).toEqual(link);
        expect(parseApproval(secret)).toBeUndefined();
        for (const other of [secret.slice(1), `${secret}a`, approvalUser({ ...link, admit: true })]) {
          expect(parseLink(other)).toBeUndefined();
        }
      }),
    );
  });

  it('is never the same twice', () => {
    expect(new Set(Array.from({ length: 100 }, () => mintApprovalCode())).size).toBe(100);
  });

  it.each([
    'approve-',
    'approve-x',
    `approve-${'a'.repeat(46)}`,
    `approve-${'a'.repeat(48)}`,
    `allow-${'a'.repeat(47)}`,
  ])('is nothing else: %s', (user) => {
    expect(parseApproval(user)).toBeUndefined();
  });
});
