import { describe, expect, it } from 'vitest';
import { OPEN_POLICY } from './session-policy.js';
import { admit, mayStay, type Proofs } from '../admission/admit.js';
import type { Identity } from '../admission/identity.js';
import { MAX_SIGN_OUTS, readSignOuts, SignOuts, writeSignOuts } from './sign-outs.js';

const ANN: Identity = {
  provider: 'corp',
  subject: 'ann',
  name: 'ann',
  groups: [],
  proved: 'sign-in',
  until: 9_000,
  signIn: { at: 10, ids: ['person', 'session'], browser: 'browser' },
};
const proofs = (identity?: Identity): Proofs => ({ transport: 'web', address: '192.0.2.1', keys: [], identity });

describe('sign-outs', () => {
  it.each(['person', 'session', 'browser'])('by %s end what was signed in before, and nothing later', (id) => {
    for (const [at, ends] of [
      [9, false],
      [10, true],
      [11, true],
    ] as const)
      expect(new SignOuts([{ id, at }]).end(ANN)).toBe(ends);
    expect(new SignOuts([{ id: 'other', at: 99 }]).end(ANN)).toBe(false);
    expect(new SignOuts([{ id, at: 99 }]).end({ signIn: undefined })).toBe(false);
  });

  it('close seats and let nobody in, whatever the session asks for', () => {
    const signOuts = new SignOuts([{ id: 'session', at: 20 }]);
    const request = { role: 'writer', now: 30, approvals: 1, present: 0 } as const;
    for (const policy of [OPEN_POLICY, { ...OPEN_POLICY, signIn: true }]) {
      expect(mayStay({ ...policy, signOuts }, proofs(ANN), 30)).toEqual({ fault: 'sign-in-required' });
      expect(admit({ ...policy, signOuts }, proofs(ANN), request)).toEqual({
        kind: 'refused',
        refusal: { reason: 'sign-in-required' },
      });
      const again = { ...ANN, signIn: { at: 21, ids: ['person', 'session'] } };
      expect(mayStay({ ...policy, signOuts }, proofs(again), 30)).toEqual({ as: 'writer' });
    }
    expect(mayStay({ ...OPEN_POLICY, signOuts }, proofs(), 30)).toEqual({ as: 'writer' });
  });

  it('are kept as a text, the latest of them', () => {
    const many = Array.from({ length: MAX_SIGN_OUTS + 5 }, (_, at) => ({ id: `s${at}`, at }));
    const kept = new SignOuts([{ id: 's7', at: 1 }]).with(many);
    expect(kept.all).toEqual(many.slice(5));
    expect(kept.with([{ id: 's9', at: 5_000 }]).all.at(-1)).toEqual({ id: 's9', at: 5_000 });
    expect(readSignOuts(writeSignOuts(kept))?.all).toEqual(kept.all);
    expect(readSignOuts(writeSignOuts(new SignOuts()))?.all).toEqual([]);
    for (const text of ['{}', 'no', '2\na 1', '1\n', '1\na', '1\na 1\n', '1\na 1 2', `1\n${'a'.repeat(65)} 1`])
      expect(readSignOuts(text)).toBeUndefined();
  });
});
