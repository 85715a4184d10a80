import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeId, isShipmateError, participantId } from '#kernel';
import type { SharedPeople } from '../model/people.js';
import type { AdmissionAnswer } from '../ports.js';
import {
  admissionRecords,
  decodeRecords,
  decodeState,
  encodeRecord,
  encodeState,
  type HostState,
  type StreamRecord,
} from './stream-records.js';

const bytes = fc.uint8Array({ maxLength: 300 });
const ending = fc.constantFrom('ended' as const, 'lost' as const);
const ms = fc.nat(600_000);
const people: fc.Arbitrary<SharedPeople> = fc
  .uniqueArray(fc.option(fc.uuid().map(edgeId), { nil: undefined }), { maxLength: 5 })
  .chain((names) => {
    const edges = fc.tuple(...names.map((edge) => fc.nat(5000).map((count) => ({ edge, count }))));
    const one = fc.record({
      edge: fc.constantFrom(...(names.length === 0 ? [undefined] : names)),
      role: fc.constantFrom('writer' as const, 'reader' as const),
      transport: fc.constantFrom('ssh' as const, 'web' as const),
    });
    return fc.record({ edges, listed: fc.array(one, { maxLength: names.length === 0 ? 0 : 64 }) });
  });
const record: fc.Arbitrary<StreamRecord> = fc.oneof(
  bytes.map((value) => ({ kind: 'host', bytes: value }) as const),
  fc
    .tuple(fc.uuid(), fc.string())
    .map(([id, cause]) => ({ kind: 'failed', participantId: participantId(id), cause }) as const),
  ms.map((leftMs) => ({ kind: 'waiting', leftMs }) as const),
  ending.map((value) => ({ kind: 'ended', ending: value }) as const),
  fc.tuple(fc.uuid(), fc.boolean()).map(([nonce, alive]) => ({ kind: 'probed', nonce, alive }) as const),
  people.map((value) => ({ kind: 'people', people: value }) as const),
  fc
    .array(
      fc.string({ maxLength: 40 }).map((text) => text.replace(/[^ -~]/g, '').trim()),
      { maxLength: 64 },
    )
    .map((names) => ({ kind: 'names', names }) as const),
);
const host: fc.Arbitrary<HostState> = fc.oneof(
  fc.constant({ kind: 'live' } as const),
  ms.map((leftMs) => ({ kind: 'waiting', leftMs }) as const),
  ending.map((value) => ({ kind: 'ended', ending: value }) as const),
);

const joined = (records: readonly StreamRecord[]): Uint8Array => Buffer.concat(records.map(encodeRecord));

function readOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    expect(isShipmateError(error, 'protocol')).toBe(true);
    return 'refused';
  }
}

describe('names of people', () => {
  const names = (cause: string): unknown => [
    ...decodeRecords(encodeRecord({ kind: 'failed', participantId: participantId('names'), cause })),
  ];

  it('are cut as all names are, and refused if they are no list', () => {
    expect(names(JSON.stringify(['a\u001b[1m', 'x'.repeat(300), 5]))).toEqual([
      { kind: 'names', names: ['a[1m', 'x'.repeat(128), ''] },
    ]);
    for (const text of ['', '{}', '"a"', JSON.stringify(Array(65).fill('a'))]) {
      expect(readOf(() => names(text))).toBe('refused');
    }
  });
});

describe('records', () => {
  it('answer somebody who asks to join, in words that the previous release knows', () => {
    const id = participantId('a');
    const words = (word: AdmissionAnswer): string[] =>
      [...decodeRecords(joined(admissionRecords(id, word)))].map((one) =>
        one.kind === 'admission' ? one.answer : one.kind === 'failed' ? one.cause : one.kind,
      );
    expect(words({ kind: 'admitted', as: 'writer' })).toEqual(['admitted']);
    expect(words({ kind: 'admitted', as: 'reader' })).toEqual(['reader', 'admitted']);
    expect(words({ kind: 'waiting' })).toEqual(['waiting']);
    expect(words({ kind: 'refused', reason: 'full', text: 'Full' })).toEqual(['full']);
    expect(words({ kind: 'refused', reason: 'password', text: 'It has one' })).toEqual([
      'password It has one',
      'refused',
    ]);
  });

  it('come out as they went in, however many are joined', () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const read = [...decodeRecords(joined(records))];
        expect(read.map((one) => (one.kind === 'host' ? { ...one, bytes: Uint8Array.from(one.bytes) } : one))).toEqual(
          records.map((one) => (one.kind === 'host' ? { ...one, bytes: Uint8Array.from(one.bytes) } : one)),
        );
      }),
    );
  });

  it('that are damaged are read or refused, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        (records, at, value) => {
          const whole = Uint8Array.from(joined(records));
          whole[at % whole.length] = value;
          readOf(() => [...decodeRecords(whole)]);
          readOf(() => [...decodeRecords(whole.subarray(0, at % whole.length))]);
        },
      ),
    );
  });
});

describe('a state', () => {
  it('comes out as it went in', () => {
    fc.assert(
      fc.property(host, people, bytes, (state, here, model) => {
        const read = decodeState(encodeState({ host: state, people: here, model }));
        expect({ ...read, model: Uint8Array.from(read.model) }).toEqual({ host: state, people: here, model });
      }),
    );
  });

  it('of another version is refused', () => {
    const other = encodeState({ host: { kind: 'live' }, people: { edges: [], listed: [] }, model: new Uint8Array(3) });
    other[0] = 99;
    expect(readOf(() => decodeState(other))).toBe('refused');
    expect(readOf(() => decodeState(new Uint8Array()))).toBe('refused');
  });
});
