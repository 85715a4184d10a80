import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isShipmateError } from '#kernel';
import { readPublicKey } from '#keys';
import { blobOf, ED25519 } from '#keys/fixtures';
import { MAX_INPUT_BYTES } from '#relay';
import type { ServerMessage } from '#tmate-protocol';
import { decodeInput, encodeInput, encodeSends, type ReplicaInput } from './replica-input.js';

const ANN = readPublicKey(blobOf(ED25519)) ?? expect.fail();
const role = fc.constantFrom('writer' as const, 'reader' as const);
const size = fc.record({ cols: fc.integer({ min: 0, max: 10_000 }), rows: fc.integer({ min: 0, max: 10_000 }) });
const input: fc.Arbitrary<Exclude<ReplicaInput, { kind: 'send' }>> = fc.oneof(
  fc.record({
    kind: fc.constant('join' as const),
    role,
    transport: fc.constantFrom('ssh' as const, 'web' as const),
    again: fc.boolean(),
    address: fc.ipV6(),
    size,
  }),
  fc.record({ kind: fc.constant('mirror' as const), role, argv: fc.array(fc.string()) }),
  fc.record({ kind: fc.constant('size' as const), role, size }),
  fc.record({
    kind: fc.constant('ask' as const),
    role,
    transport: fc.constantFrom('ssh' as const, 'web' as const),
    address: fc.ipV6(),
    key: fc.constantFrom('', 'SHA256:abc'),
    certificate: fc.constantFrom('', '"ann" serial 7 of CA SHA256:abc'),
  }),
  fc
    .record({
      password: fc.constantFrom(undefined, 'scrypt$'),
      token: fc.constantFrom(undefined, 'abc'),
      keyed: fc.boolean(),
    })
    .map(({ password, token, keyed }) => ({
      kind: 'proofs' as const,
      proofs: {
        keys: keyed ? [{ ...ANN, userVerified: true }, ANN] : [],
        ...(password === undefined ? {} : { password }),
        ...(token === undefined ? {} : { token }),
      },
    })),
  fc.constant({ kind: 'leave' as const }),
  fc.uuid().map((nonce) => ({ kind: 'probe' as const, nonce })),
  fc.uuid().map((nonce) => ({ kind: 'replaced' as const, nonce })),
  fc.record({ kind: fc.constant('key' as const), role, key: fc.string({ maxLength: 30 }) }),
  fc.string({ maxLength: 40 }).map((traceparent) => ({ kind: 'trace' as const, traceparent })),
);
const message: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.integer({ min: 1, max: 0xd000 }).map((key) => ({ type: 'pane-key' as const, paneId: -1, key })),
  fc.array(fc.string({ maxLength: 3000 }), { minLength: 1, maxLength: 5 }).map((args) => ({
    type: 'exec-cmd' as const,
    clientId: 1,
    args,
  })),
);

describe('input of a replica', () => {
  it('comes out as it went in', () => {
    fc.assert(
      fc.property(input, (one) => {
        expect(decodeInput(encodeInput(one))).toEqual(one);
      }),
    );
  });

  it('of many keys goes in as many pieces as it needs, in order', () => {
    fc.assert(
      fc.property(role, fc.array(message, { maxLength: 200 }), (by, messages) => {
        const pieces = encodeSends(by, messages);
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(MAX_INPUT_BYTES);
        const read = pieces.map(decodeInput).flatMap((piece) => (piece.kind === 'send' ? piece.messages : []));
        expect(read).toEqual(messages);
      }),
      { numRuns: 30 },
    );
    const keys = Array.from({ length: 50_000 }, () => ({ type: 'pane-key' as const, paneId: -1, key: 97 }));
    expect(encodeSends('writer', keys).length).toBeGreaterThan(1);
  });

  it('that is damaged is read or refused, and nothing else', () => {
    const whole = fc.oneof(
      input.map(encodeInput),
      fc
        .array(message, { minLength: 1, maxLength: 3 })
        .map((all) => encodeSends('writer', all)[0] ?? new Uint8Array(1)),
    );
    fc.assert(
      fc.property(whole, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.boolean(), (good, at, value, cut) => {
        const bytes = cut ? good.slice(0, at % good.length) : Uint8Array.from(good);
        if (!cut) bytes[at % bytes.length] = value;
        try {
          decodeInput(bytes);
        } catch (error) {
          expect(isShipmateError(error)).toBe(true);
        }
      }),
    );
  });
});
