import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeId, generation, isShipmateError, participantId } from '#kernel';
import { decodeEnvelope, encodeEnvelope, MAX_ENVELOPE_BYTES, MAX_LIST, MAX_PARTS, type Envelope } from '#relay';

const id = fc.string({ minLength: 1, maxLength: 36 }).filter((text) => new TextEncoder().encode(text).length <= 255);
const u32 = fc.nat(0xffffffff);
const gen = fc.integer({ min: 1, max: 0xffffffff }).map(generation);
const sequence = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const payload = fc.uint8Array({ maxLength: 300 });
const ack = fc.record({ participantId: id.map(participantId), sequence: u32, refused: fc.boolean() });
/** Without the length of what goes before its participant. */
const arrived = fc
  .record({ participantId: fc.uuid().map(participantId), sequence: u32, refused: fc.constant(false) })
  .map((one) => ({ ...one, arrived: true }));
const acks = fc.array(fc.oneof(ack, arrived), { maxLength: 5 });
const item = fc
  .record({
    participantId: id.map(participantId),
    base: fc.integer({ min: 1, max: 1_000 }),
    ahead: fc.nat(1_000),
    bytes: payload,
  })
  .map(({ ahead, ...rest }) => ({ ...rest, sequence: rest.base + ahead }));
const part = fc
  .integer({ min: 1, max: MAX_PARTS })
  .chain((parts) => fc.record({ parts: fc.constant(parts), part: fc.nat(parts - 1) }));

const envelope: fc.Arbitrary<Envelope> = fc.oneof(
  fc.record({ kind: fc.constant('data' as const), generation: gen, sequence, acks, payload }),
  fc
    .record({ kind: fc.constant('snapshot' as const), generation: gen, sequence, id: u32, place: part, payload })
    .map(({ place, ...rest }) => ({ ...rest, ...place })),
  fc.record({ kind: fc.constant('position' as const), generation: gen, sequence, resend: fc.boolean() }),
  fc.record({ kind: fc.constant('acks' as const), generation: gen, acks }),
  fc.record({ kind: fc.constant('request' as const), generation: u32.map(generation) }),
  fc.record({
    kind: fc.constant('input' as const),
    generation: u32.map(generation),
    edgeId: id.map(edgeId),
    items: fc.array(item, { maxLength: 5 }),
  }),
);

const refused = expect.objectContaining({ code: 'protocol' }) as Error;
const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

describe('the envelope', () => {
  it('reads back as it was written, wherever in a buffer it lies', () => {
    fc.assert(
      fc.property(envelope, fc.nat(9), (written, offset) => {
        const encoded = encodeEnvelope(written);
        const buffer = new Uint8Array(encoded.length + offset);
        buffer.set(encoded, offset);
        expect(decodeEnvelope(buffer.subarray(offset))).toEqual(written);
      }),
    );
  });

  it('has the layout that its comment draws', () => {
    const written = encodeEnvelope({
      kind: 'data',
      generation: generation(3),
      sequence: 2 ** 32 + 5,
      acks: [{ participantId: participantId('a'), sequence: 7, refused: true }],
      payload: bytes(0xff, 0),
    });
    expect([...written]).toEqual(
      [[1, 1], [0, 0, 0, 3], [0, 0, 0, 1, 0, 0, 0, 5], [0, 1], [1, 97], [0, 0, 0, 7], [1], [0xff, 0]].flat(),
    );
  });

  it.each([
    ['nothing', bytes()],
    ['another version', bytes(2, 5, 0, 0, 0, 1)],
    ['an unknown kind', bytes(1, 9, 0, 0, 0, 1)],
    ['a byte too many', bytes(1, 5, 0, 0, 0, 1, 0)],
    ['no generation', bytes(1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0)],
    ['a batch number of 0', bytes(1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['a number over 2^53', bytes(1, 3, 0, 0, 0, 1, 255, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['a flag of 2', bytes(1, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2)],
    ['no parts', bytes(1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0)],
    ['a part past the last', bytes(1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 2, 0, 2)],
    ['too many parts', bytes(1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 255, 255)],
    ['too many acks', bytes(1, 4, 0, 0, 0, 1, 255, 255)],
    ['an empty id', bytes(1, 4, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0)],
    ['an id that is not UTF-8', bytes(1, 4, 0, 0, 0, 1, 0, 1, 1, 0xff, 0, 0, 0, 1, 0)],
    ['an input before its base', bytes(1, 6, 0, 0, 0, 1, 1, 97, 0, 1, 1, 97, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0)],
    [
      'an input longer than the rest',
      bytes(1, 6, 0, 0, 0, 1, 1, 97, 0, 1, 1, 97, 0, 0, 0, 1, 0, 0, 0, 1, 255, 0, 0, 0),
    ],
    ['a megabyte too much', new Uint8Array(MAX_ENVELOPE_BYTES + 1)],
  ])('refuses %s', (_, message) => {
    expect(() => decodeEnvelope(message)).toThrow(refused);
  });

  it('refuses an id or a list that cannot be written', () => {
    const long = participantId('x'.repeat(256));
    const ack = { participantId: long, sequence: 1, refused: false };
    expect(() => encodeEnvelope({ kind: 'acks', generation: generation(1), acks: [ack] })).toThrow(/1 to 255/);
    expect(MAX_LIST).toBeLessThanOrEqual(0xffff);
  });

  it('either reads or refuses whatever a message is turned into', () => {
    const mutation = fc.record({ at: fc.nat(), to: fc.nat(255), cut: fc.option(fc.nat()) });
    fc.assert(
      fc.property(envelope, fc.array(mutation, { maxLength: 4 }), (written, mutations) => {
        let encoded = encodeEnvelope(written).slice();
        for (const { at, to, cut } of mutations) {
          encoded[at % encoded.length] = to;
          if (cut !== null) encoded = encoded.slice(0, 1 + (cut % encoded.length));
        }
        try {
          decodeEnvelope(encoded);
        } catch (error) {
          expect(isShipmateError(error, 'protocol')).toBe(true);
        }
      }),
    );
  });
});
