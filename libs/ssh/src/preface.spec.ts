import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_IDENTIFICATION_BYTES, Preface, type PrefaceStep, type ProxyMode } from './preface.js';

const IDENT = 'SSH-2.0-OpenSSH_9.2\r\n';
const HEADER = 'PROXY TCP4 203.0.113.7 10.0.0.1 50000 2222\r\n';

/** Pushes `text` in pieces cut at `cuts`; the last step. */
function push(mode: ProxyMode, trusted: boolean, text: string, cuts: readonly number[] = []): PrefaceStep {
  const preface = new Preface(mode, trusted);
  const bytes = Buffer.from(text, 'latin1');
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  let step: PrefaceStep = { kind: 'more' };
  for (const end of ends) {
    if (step.kind !== 'more') break;
    step = preface.push(bytes.subarray(start, end));
    start = end;
  }
  return step;
}

describe('Preface', () => {
  it('finds the identification, and the source where there is a header, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.nat(200), { maxLength: 12 }), (withHeader, cuts) => {
        const step = push('optional', true, (withHeader ? HEADER : '') + IDENT, cuts);
        expect(step).toMatchObject({
          kind: 'done',
          source: withHeader ? { address: '203.0.113.7', port: 50000 } : undefined,
        });
        expect(step.kind === 'done' && Buffer.from(step.bytes).toString()).toBe(IDENT);
      }),
    );
  });

  it('hands on what came behind the identification', () => {
    const step = push('off', false, `${IDENT}\0\0\x05`);
    expect(step.kind === 'done' && Buffer.from(step.bytes).toString('latin1')).toBe(`${IDENT}\0\0\x05`);
  });

  it.each<[string, ProxyMode, boolean, string, string]>([
    ['required, none sent', 'required', true, IDENT, 'bad-proxy-header'],
    ['required, from an address that is not trusted', 'required', false, HEADER + IDENT, 'bad-proxy-header'],
    ['optional, from an address that is not trusted', 'optional', false, HEADER + IDENT, 'bad-proxy-header'],
    ['off', 'off', true, HEADER + IDENT, 'bad-proxy-header'],
    ['optional, malformed', 'optional', true, 'PROXY TCP9 x\r\n', 'bad-proxy-header'],
    ['no SSH behind the header', 'required', true, `${HEADER}GET / HTTP/1.1\r\n`, 'not-ssh'],
  ])('refuses a header or its lack: %s', (_, mode, trusted, text, reason) => {
    expect(push(mode, trusted, text)).toEqual({ kind: 'refused', reason });
  });

  it('knows a scanner by its first byte, and a line that does not end', () => {
    expect(push('off', false, 'G')).toEqual({ kind: 'refused', reason: 'not-ssh' });
    expect(push('off', false, 'SSH-'.padEnd(MAX_IDENTIFICATION_BYTES - 1, 'x'))).toEqual({ kind: 'more' });
    const tooLong = 'SSH-'.padEnd(MAX_IDENTIFICATION_BYTES, 'x');
    expect(push('off', false, tooLong)).toEqual({ kind: 'refused', reason: 'not-ssh' });
  });

  it('greets nobody before a header that is required', () => {
    expect(new Preface('required', true).mayGreetFirst).toBe(false);
    expect(new Preface('optional', true).mayGreetFirst).toBe(true);
  });
});
