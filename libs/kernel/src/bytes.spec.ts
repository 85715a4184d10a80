import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from './bytes.js';
import { isShipmateError } from './errors.js';

describe('ByteReader', () => {
  it('reads back whatever ByteWriter wrote', () => {
    const value = fc.oneof(
      fc.integer({ min: 0, max: 0xff }).map((value) => ({ kind: 'u8', value }) as const),
      fc.boolean().map((value) => ({ kind: 'flag', value }) as const),
      fc.integer({ min: 0, max: 0xffff }).map((value) => ({ kind: 'u16', value }) as const),
      fc.integer({ min: 0, max: 0xffffffff }).map((value) => ({ kind: 'u32', value }) as const),
      fc.maxSafeNat().map((value) => ({ kind: 'u64', value }) as const),
      fc.integer({ min: 0, max: 0xffffffff }).map((value) => ({ kind: 'varint', value }) as const),
      fc
        .string({ unit: 'binary', minLength: 1, maxLength: 63 })
        .map((value) => ({ kind: 'shortText', value }) as const),
      fc.string({ unit: 'binary' }).map((value) => ({ kind: 'text', value }) as const),
    );
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const writer = new ByteWriter(1);
        for (const { kind, value } of values) {
          (writer[kind] as (value: unknown) => unknown).call(writer, value);
        }
        const reader = new ByteReader(writer.finish());
        const read = values.map(({ kind }) => (kind === 'text' ? reader.text(1e6, 'a text') : reader[kind]()));
        expect(read).toEqual(values.map(({ value }) => value));
        reader.finish();
      }),
    );
  });

  it.each([
    ['nothing', [], (reader: ByteReader) => reader.u8()],
    ['a number without an end', [0x80, 0x80], (reader: ByteReader) => reader.varint()],
    ['a flag that is neither', [2], (reader: ByteReader) => reader.flag()],
    ['an empty id', [0], (reader: ByteReader) => reader.shortText()],
    ['a number over 53 bits', [0, 0x20, 0, 0, 0, 0, 0, 0], (reader: ByteReader) => reader.u64()],
    ['more than was expected', [1], (reader: ByteReader) => reader.finish()],
    ['a number over 32 bits', [0xff, 0xff, 0xff, 0xff, 0x7f], (reader: ByteReader) => reader.varint()],
    ['a number over its limit', [9], (reader: ByteReader) => reader.upTo(8, 'it')],
    ['a text longer than what is there', [5, 65], (reader: ByteReader) => reader.text(9, 'it')],
    ['a text that is no UTF-8', [1, 0xff], (reader: ByteReader) => reader.text(9, 'it')],
  ])('takes %s for damage', (_, bytes, read) => {
    let caught: unknown;
    try {
      read(new ByteReader(Uint8Array.from(bytes)));
    } catch (error) {
      caught = error;
    }
    expect(isShipmateError(caught, 'protocol')).toBe(true);
  });
});
