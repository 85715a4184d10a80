import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostingFault, lacks, OPEN_POLICY, refusalText } from '#access';
import {
  admits,
  describeCertificate,
  isVouchedFor,
  parseAuthorizedKey,
  type Certificate,
  type OfferedKey,
  type PublicKey,
} from '#keys';
import { blobOf, ECDSA_256, ED25519, ED25519_FINGERPRINT, RSA_2048 } from './keys.fixture.js';

const NOW = Date.UTC(2026, 5, 15, 12);
const HOUR = 3_600_000;
const FROM = '192.0.2.7';

const ANN: Certificate = {
  kind: 'user',
  serial: 7n,
  keyId: 'ann@example',
  principals: ['ann', 'ops'],
  validAfter: NOW - HOUR,
  validBefore: NOW + HOUR,
  criticalOptions: new Map(),
  extensions: new Set(['permit-pty', 'permit-agent-forwarding']),
  authority: blobOf(ED25519),
};

const lines = (...texts: string[]) => texts.flatMap((text) => parseAuthorizedKey(text).key ?? []);
const offered = (certificate: Partial<Certificate> = {}, rest: Partial<OfferedKey> = {}): OfferedKey => ({
  blob: blobOf(ECDSA_256),
  certificate: { ...ANN, ...certificate },
  address: FROM,
  now: NOW,
  ...rest,
});
const option = (name: string, value = ''): Partial<Certificate> => ({ criticalOptions: new Map([[name, value]]) });

/** What a joiner with this certificate hears; empty where they come in. */
function heard(line: string, certificate: Partial<Certificate> = {}, rest: Partial<OfferedKey> = {}): string {
  const { address, now, ...proven } = offered(certificate, rest);
  const keys = [{ type: 'a key', fingerprint: 'SHA256:', ...proven } as PublicKey];
  const policy = { ...OPEN_POLICY, authorizedKeys: lines(line) };
  const lacking = lacks(policy, { transport: 'ssh', address, keys }, now);
  return lacking === undefined ? '' : refusalText(lacking);
}

const CA = `cert-authority ${ED25519}`;

describe('a certificate', () => {
  it.each<[string, string, Partial<Certificate>, Partial<OfferedKey>, string]>([
    ['of a trusted CA', CA, {}, {}, ''],
    ['with a principal of the line', `cert-authority,principals="bob,ops" ${ED25519}`, {}, {}, ''],
    ['for no principals, where the line names none', CA, { principals: [] }, {}, ''],
    ['valid for ever', CA, { validAfter: 0, validBefore: Infinity }, {}, ''],
    ['in its first moment', CA, { validAfter: NOW }, {}, ''],
    ['from its own addresses', CA, option('source-address', '198.51.100.1,192.0.2.0/24'), {}, ''],
    ['from its own address in IPv6', CA, option('source-address', '2001:db8::/32'), { address: '2001:DB8::1' }, ''],
    ['from where the line says', `from="192.0.2.*",cert-authority ${ED25519}`, {}, {}, ''],
    ['that wants its user verified, of a key that did', CA, option('verify-required'), { userVerified: true }, ''],
    ['with extensions that nobody knows', CA, { extensions: new Set(['permit-pty', 'x@example']) }, {}, ''],
  ])('%s comes in', (_, line, certificate, rest, text) => {
    expect(heard(line, certificate, rest)).toBe(text);
  });

  it.each<[string, string, Partial<Certificate>, Partial<OfferedKey>, RegExp]>([
    ['of another CA', `cert-authority ${RSA_2048}`, {}, {}, /^Only certain SSH keys may do this$/],
    ['whose CA is a plain key of the list', ED25519, {}, {}, /^Only certain SSH keys/],
    ['whose own key is a plain key of the list', ECDSA_256, {}, {}, /^Only certain SSH keys/],
    ['for hosts', CA, { kind: 'host' }, {}, /^Your certificate is for hosts/],
    ['that expired', CA, { validBefore: NOW }, {}, /^Your certificate expired at 2026-06-15 12:00:00 UTC$/],
    ['of later', CA, { validAfter: NOW + 1000 }, {}, /^Your certificate is not valid before 2026-06-15 12:00:01 UTC$/],
    ['of the far future', CA, { validAfter: 2 ** 64 * 1000 }, {}, /not valid before a time in the far future$/],
    ['with other principals', `cert-authority,principals="bob" ${ED25519}`, {}, {}, /names no principal that may/],
    ['for no principals', `cert-authority,principals="ann" ${ED25519}`, { principals: [] }, {}, /names no principal/],
    [
      'for the empty principal',
      `cert-authority,principals="a,,b" ${ED25519}`,
      { principals: [''] },
      {},
      /names no principal/,
    ],
    [
      'for a list in one',
      `cert-authority,principals="a,b" ${ED25519}`,
      { principals: ['a,b'] },
      {},
      /names no principal/,
    ],
    ['in capitals', `cert-authority,principals="ann" ${ED25519}`, { principals: ['Ann'] }, {}, /names no principal/],
    ['from elsewhere', CA, option('source-address', '198.51.100.0/24'), {}, /may not be used from your address/],
    ['from an empty list', CA, option('source-address', ''), {}, /^Your certificate may not be used from/],
    ['from a pattern', CA, option('source-address', '192.0.2.0/24,*'), {}, /^Your certificate may not be used from/],
    ['from where the line does not say', `cert-authority,from="10.0.0.0/8" ${ED25519}`, {}, {}, /SSH key may not/],
    ['for one command', CA, option('force-command', 'id'), {}, /for one command only, and this is a shared shell$/],
    [
      'with an option not known',
      CA,
      option('m\x1b[31mx@y'),
      {},
      /critical option "m\?\[31mx@y", which this server does not know/,
    ],
    ['without a terminal', CA, { extensions: new Set(['permit-x11-forwarding']) }, {}, /does not permit a terminal/],
    ['not verified', CA, option('verify-required'), { userVerified: false }, /must verify you/],
    ['not verified, for the line', `verify-required,${CA}`, {}, { userVerified: false }, /must verify you/],
    [
      'of a CA that expired',
      `expiry-time="20260615",${CA}`,
      {},
      {},
      /^The CA of your certificate is no longer accepted here: it has expired$/,
    ],
  ])('%s stays out', (_, line, certificate, rest, text) => {
    expect(lines(line)).toHaveLength(1);
    expect(heard(line, certificate, rest)).toMatch(text);
  });

  it('needs one line that lets in, of several for its CA', () => {
    const keys = lines(`cert-authority,principals="bob" ${ED25519}`, `cert-authority,principals="ann" ${ED25519}`);
    expect(admits(keys, offered()).admitted).toBe(true);
  });

  it('needs no terminal to host with, but nothing else less', () => {
    const keys = lines(CA);
    expect(hostingFault(keys, offered({ extensions: new Set() }))).toBeUndefined();
    expect(hostingFault(keys, offered({ validBefore: NOW }))).toBeDefined();
    expect(hostingFault(keys, offered(option('force-command', 'id')))).toBeDefined();
  });

  it('of an unknown kind of restriction never lets in', () => {
    const known = new Set(['source-address', 'verify-required']);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (name, value) => {
        fc.pre(!known.has(name));
        expect(heard(CA, option(name, value))).not.toBe('');
      }),
    );
  });
});

it('only a line for its CA vouches for a certificate', () => {
  expect(isVouchedFor(ANN, lines(RSA_2048, CA))).toBe(true);
  for (const keys of [undefined, [], lines(ED25519), lines(`cert-authority ${RSA_2048}`)]) {
    expect(isVouchedFor(ANN, keys)).toBe(false);
  }
});

describe('describeCertificate', () => {
  it('says whose it is and by whom', () => {
    expect(describeCertificate(ANN)).toBe(`"ann@example" serial 7 of CA ${ED25519_FINGERPRINT}`);
  });

  it('lets no text of the certificate out of its quotes, nor make it long', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 500 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (keyId, serial) => {
          const text = describeCertificate({ ...ANN, keyId, serial });
          expect(text).toMatch(/^"[\x20-\x21\x23-\x7e]{0,64}" serial \d{1,20} of CA SHA256:[\w+/]{43}$/);
        },
      ),
    );
  });
});
