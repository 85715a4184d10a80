import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_V1_BYTES, MAX_V2_BYTES, readProxyHeader } from './proxy-protocol.js';

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n');

const v1 = (source: string, port: number): Buffer =>
  Buffer.from(`PROXY ${source.includes(':') ? 'TCP6' : 'TCP4'} ${source} ${source} ${port} 2222\r\n`);

function v2(family: number, addresses: Buffer, tlvs: Buffer = Buffer.alloc(0), versionAndCommand = 0x21): Buffer {
  const body = Buffer.concat([addresses, tlvs]);
  const fixed = Buffer.from([versionAndCommand, family, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([SIGNATURE, fixed, body]);
}

const ports = Buffer.from([0xc3, 0x50, 0x08, 0xae]); // 50000, 2222

const anyHeader = fc.oneof(
  fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 0xffff })).map(([ip, port]) => v1(ip, port)),
  fc.constant(Buffer.from('PROXY UNKNOWN\r\n')),
  fc
    .tuple(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.uint8Array({ maxLength: 300 }))
    .map(([addresses, tlvs]) => v2(0x11, Buffer.concat([addresses, ports]), Buffer.from(tlvs))),
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map((addresses) => v2(0x21, Buffer.concat([addresses, ports]))),
);

describe('readProxyHeader', () => {
  it.each([
    ['PROXY TCP4 203.0.113.7 10.0.0.1 50000 2222\r\n', { address: '203.0.113.7', port: 50000 }],
    ['PROXY TCP6 2001:db8::7 ::1 50000 2222\r\n', { address: '2001:db8::7', port: 50000 }],
    ['PROXY UNKNOWN\r\n', undefined],
    ['PROXY UNKNOWN ff:ff::1 ff::2 65535 65535\r\n', undefined],
  ])('reads version 1: %j', (line, source) => {
    const answer = readProxyHeader(Buffer.from(`${line}SSH-2.0-x`));
    expect(answer).toEqual({ kind: 'header', source, length: line.length });
  });

  it('reads version 2 with IPv4, IPv6 and TLVs', () => {
    const four = v2(
      0x11,
      Buffer.concat([Buffer.from([203, 0, 113, 7, 10, 0, 0, 1]), ports]),
      Buffer.from([4, 0, 1, 0]),
    );
    expect(readProxyHeader(four)).toEqual({
      kind: 'header',
      source: { address: '203.0.113.7', port: 50000 },
      length: four.length,
    });
    const address = Buffer.from('20010db8000000000000000000000007', 'hex');
    const six = v2(0x21, Buffer.concat([address, address, ports]));
    expect(readProxyHeader(six)).toMatchObject({ kind: 'header', source: { address: '2001:db8::7', port: 50000 } });
  });

  it('takes a health check of the proxy itself, and what is not TCP, as from nobody', () => {
    for (const header of [v2(0x00, Buffer.alloc(0), undefined, 0x20), v2(0x31, Buffer.alloc(216))]) {
      expect(readProxyHeader(header)).toEqual({ kind: 'header', source: undefined, length: header.length });
    }
  });

  it.each([
    ['a family it does not know', Buffer.from('PROXY TCP5 1.1.1.1 1.1.1.1 1 2\r\n')],
    ['an address of the other family', Buffer.from('PROXY TCP4 ::1 ::1 1 2\r\n')],
    ['a port above 65535', Buffer.from('PROXY TCP4 1.1.1.1 1.1.1.1 65536 2\r\n')],
    ['a port with a leading zero', Buffer.from('PROXY TCP4 1.1.1.1 1.1.1.1 01 2\r\n')],
    ['one part too many', Buffer.from('PROXY TCP4 1.1.1.1 1.1.1.1 1 2 3\r\n')],
    ['a line without an end', Buffer.from(`PROXY TCP4 ${'1'.repeat(MAX_V1_BYTES)}`)],
    ['a version 3', v2(0x11, Buffer.concat([Buffer.alloc(8), ports]), undefined, 0x31)],
    ['a command it does not know', v2(0x11, Buffer.concat([Buffer.alloc(8), ports]), undefined, 0x22)],
    ['addresses cut short', v2(0x21, Buffer.alloc(12))],
    ['a header over the limit', v2(0x11, Buffer.alloc(12), Buffer.alloc(MAX_V2_BYTES))],
  ])('refuses %s', (_, bytes) => {
    expect(readProxyHeader(bytes)).toMatchObject({ kind: 'malformed' });
  });

  it('wants more for every beginning of a header, and reads no further than its end', () => {
    fc.assert(
      fc.property(anyHeader, fc.uint8Array({ maxLength: 50 }), (header, rest) => {
        for (let cut = 1; cut < header.length; cut++) {
          expect(readProxyHeader(header.subarray(0, cut))).toEqual({ kind: 'partial' });
        }
        expect(readProxyHeader(Buffer.concat([header, rest]))).toMatchObject({ kind: 'header', length: header.length });
      }),
    );
  });

  it('never throws, whatever is changed', () => {
    const mutation = fc.tuple(anyHeader, fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 }))));
    fc.assert(
      fc.property(mutation, ([header, changes]) => {
        const bytes = Buffer.from(header);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const answer = readProxyHeader(bytes);
        if (answer.kind === 'header') expect(answer.length).toBeLessThanOrEqual(bytes.length);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(['absent', 'partial', 'malformed', 'header']).toContain(readProxyHeader(bytes).kind);
      }),
    );
  });
});
