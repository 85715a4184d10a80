import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protocolOf } from './first-bytes.js';

const KNOWN = [
  ['ssh', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['ssh', 'SSH-1.99-x\n'],
  ['tls', '\x16\x03\x01\x02\x00\x01\x00'],
  ['http', 'GET / HTTP/1.1\r\n'],
  ['http', 'DELETE /v1/x HTTP/1.1\r\n'],
  ['http', '\r\nGET / HTTP/1.1\r\n'],
  ['http', 'PRI / HTTP/1.1\r\n'],
  ['http', 'SEARCH / HTTP/1.1\r\n'],
  ['http2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['socks4', '\x04\x01\x00\x50\x7f\x00\x00\x01\x00'],
  ['socks5', '\x05\x01\x00'],
  ['smtp', 'EHLO mail.example\r\n'],
  ['smtp', 'helo mail.example\r\n'],
  ['rdp', '\x03\x00\x00\x2b\x26\xe0\x00\x00\x00\x00\x00Cookie: mstshash=x\r\n'],
  ['other', '\x80\x2e\x01\x00\x02'],
  ['other', '\x16\x02\x01'],
  ['other', '\0\0\0\0'],
  ['other', '{"jsonrpc":"2.0"}'],
  ['other', 'A'.repeat(30)],
  ['other', '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c'],
] as const;

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('the first bytes', () => {
  it.each(KNOWN)('are %s: %j', (protocol, text) => {
    expect(protocolOf(bytes(text))).toBe(protocol);
  });

  it('tell the same however they are cut: nothing but the whole, or that more is needed', () => {
    for (const [protocol, text] of KNOWN) {
      const whole = bytes(text);
      const told = Array.from({ length: whole.length + 1 }, (_, n) => protocolOf(whole.subarray(0, n)));
      expect(new Set(told.filter((one) => one !== undefined))).toEqual(new Set([protocol]));
      // Once it is known, it stays.
      expect(told.slice(told.indexOf(protocol))).not.toContain(undefined);
    }
  });

  it('are known after 24 of them at most, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), (any) => {
        expect(protocolOf(any)).toBeDefined();
      }),
    );
  });
});
