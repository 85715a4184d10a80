import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admits, fingerprint, parseAuthorizedKey, parseAuthorizedKeys, readPublicKey } from '#keys';
import { blobOf, ECDSA_256, ECDSA_521, ED25519, ED25519_FINGERPRINT, lineOf, RSA_2048 } from './keys.fixture.js';

const point = new Uint8Array(65).fill(4);
const SK_ED25519 = lineOf('sk-ssh-ed25519@openssh.com', new Uint8Array(32).fill(7), 'ssh:');
const SK_ECDSA = lineOf('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', point, 'ssh:');
const NOW = Date.UTC(2026, 5, 15, 12);

/** Whether one line lets its own ed25519 key in. */
const letsIn = (line: string, address = '192.0.2.1', now = NOW): string | true => {
  const { key } = parseAuthorizedKey(line);
  const verdict = admits(key ? [key] : [], { blob: blobOf(ED25519), address, now });
  return verdict.admitted || verdict.fault.reason;
};

describe('parseAuthorizedKey', () => {
  it.each([ED25519, ECDSA_256, ECDSA_521, RSA_2048, SK_ED25519, SK_ECDSA])('takes %s', (line) => {
    const { key, notices } = parseAuthorizedKey(`  ${line}\tann at  home `);
    expect(notices).toEqual([]);
    expect(key).toMatchObject({ comment: 'ann at home', key: { type: line.split(' ')[0] } });
    expect(Buffer.from(key?.key.blob ?? []).equals(blobOf(line))).toBe(true);
  });

  it('shows a key as ssh does', () => {
    expect(fingerprint(blobOf(ED25519))).toBe(ED25519_FINGERPRINT);
  });

  it.each(['', '   ', '# a comment', `#${ED25519}`])('takes %j for nothing, silently', (line) => {
    expect(parseAuthorizedKey(line)).toEqual({ key: undefined, notices: [] });
  });

  it.each([
    ['damaged base64', 'ssh-ed25519 AAAA*', /damaged/],
    ['another type inside', ED25519.replace('ssh-ed25519 ', 'ssh-rsa '), /damaged/],
    ['a field cut', lineOf('ssh-ed25519', new Uint8Array(31)), /damaged/],
    ['another curve inside', lineOf('ecdsa-sha2-nistp256', 'nistp521', point), /damaged/],
    ['a field too many', lineOf('ssh-ed25519', new Uint8Array(32), 'x'), /damaged/],
    ['no key', 'ssh-ed25519', /damaged/],
    ['a short RSA key', lineOf('ssh-rsa', Uint8Array.of(1, 0, 1), new Uint8Array(128).fill(255)), /below 2,048 bits/],
    [
      'an RSA key that never verifies',
      lineOf('ssh-rsa', Uint8Array.of(1, 0, 0, 0, 1), new Uint8Array(256).fill(255)),
      /exponent/,
    ],
    ['a key for one command', `command="backup" ${ED25519} ann`, /^an authorized key \(ann\) is ignored: .*command/],
    ['a key for one command, in upper case', `COMMAND="backup",pty ${ED25519}`, /command/],
    ['a key without a terminal', `no-pty ${ED25519}`, /no-pty/],
    ['a key without a terminal after all', `pty,no-pty ${ED25519}`, /no-pty/],
    ['a restricted key', `restrict ${ED25519} ann`, /^an authorized key \(ann\) is ignored: restrict .*pty/],
    ['a key that is restricted after all', `pty,restrict,user-rc ${ED25519}`, /restrict/],
    ['an authority for one command', `cert-authority,command="backup",principals="a" ${ED25519}`, /command/],
    ['a restricted authority', `cert-authority,restrict ${ED25519}`, /restrict/],
    ['a certificate as an authority', `cert-authority ssh-ed25519-cert-v01@openssh.com AAAA`, /cert-authority/],
    ['a line of 1 MB', `from="${'1'.repeat(1_000_000)}" ${ED25519}`, /too long/],
    ['DSA', lineOf('ssh-dss', 'a', 'b', 'c', 'd'), /too weak/],
    ['a certificate', 'ssh-ed25519-cert-v01@openssh.com AAAA', /cert-authority/],
    ['an unknown option', `frobnicate ${ED25519}`, /the option "frobnicate" is not known/],
    ['two lists of principals', `cert-authority,principals="a",principals="b" ${ED25519}`, /once/],
    ['principals without a name', `cert-authority,principals="" ${ED25519}`, /needs a value/],
    ['an open quote', `command="x ${ED25519}`, /quote/],
    ['options that are damaged', `from=10.0.0.1 ${ED25519}`, /damaged/],
    ['a comma too many', `pty, ${ED25519}`, /damaged/],
    ['an option without its value', `from ${ED25519}`, /needs a value/],
    ['a day that is none', `expiry-time="20260231" ${ED25519}`, /expiry-time/],
    ['a time that is none', `expiry-time="202602281" ${ED25519}`, /expiry-time/],
    ['a line too long', `${ED25519} ${'x'.repeat(9_000)}`, /too long/],
    ['another file', '-----BEGIN OPENSSH PRIVATE KEY-----', /./],
  ])('refuses %s and says why', (_, line, why) => {
    const { key, notices } = parseAuthorizedKey(line);
    expect(key).toBeUndefined();
    expect(notices).toEqual([expect.stringMatching(why)]);
    expect(notices[0]).not.toContain('AAAA');
  });

  it('reads options as sshd does: commas, quotes, escaped quotes, upper case', () => {
    const line = String.raw`Restrict,environment="A=\"a, b\" c",FROM="10.0.0.0/8,192.0.2.*",PTY ${ED25519} ann`;
    const { key, notices } = parseAuthorizedKey(line);
    expect(key?.options).toMatchObject({ from: '10.0.0.0/8,192.0.2.*' });
    expect(notices).toEqual(['authorized key ann: environment has no meaning here and is ignored']);
  });

  it.each(['restrict,pty', 'no-pty,pty', 'restrict,no-pty,PTY,no-port-forwarding'])(
    'lets in by a key that may have a terminal: %s',
    (options) => {
      expect(parseAuthorizedKey(`${options} ${ED25519}`).notices).toEqual([]);
      expect(letsIn(`${options} ${ED25519}`)).toBe(true);
    },
  );

  it('lets in with a listed key exactly where its signatures are verified', () => {
    const bits = fc.tuple(
      fc.integer({ min: 120, max: 300 }),
      fc.integer({ min: 1, max: 255 }),
      fc.integer({ min: 1, max: 6 }),
    );
    fc.assert(
      fc.property(bits, ([bytes, first, exponentBytes]) => {
        const modulus = new Uint8Array(bytes).fill(0xff);
        modulus[0] = first;
        const exponent = new Uint8Array(exponentBytes).fill(1);
        const padded = (number: Uint8Array): Uint8Array =>
          (number[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), number]) : number;
        const line = lineOf('ssh-rsa', padded(exponent), padded(modulus));
        expect(parseAuthorizedKey(line).key !== undefined).toBe(readPublicKey(blobOf(line)) !== undefined);
      }),
    );
  });

  it('says whom an authority lets in, and where principals mean nothing', () => {
    const said = (options: string): readonly string[] => parseAuthorizedKey(`${options} ${ED25519} ca`).notices;
    expect(said('cert-authority')).toEqual([
      'authorized key ca: every certificate of this CA is accepted, unless principals="NAME,..." limits them',
    ]);
    expect(said('cert-authority,principals="ann,bob"')).toEqual([]);
    expect(said('principals="ann"')).toEqual([expect.stringMatching(/without cert-authority/)]);
    const { key } = parseAuthorizedKey(`cert-authority,principals="ann,,bob" ${ED25519}`);
    expect(key?.options).toMatchObject({ authority: true, principals: ['ann', 'bob'] });
  });

  it('notices a host name in from, which matches nobody', () => {
    const line = `from="laptop.example" ${ED25519}`;
    expect(parseAuthorizedKey(line).notices).toEqual([expect.stringMatching(/host names/)]);
    expect(letsIn(line)).toBe('key-address');
  });

  it('either takes or refuses a line, never throws, and says little', () => {
    const word = fc.constantFrom(
      ...ED25519.split(' '),
      'from=',
      '"',
      '\\',
      ',',
      '=',
      'restrict',
      ' ',
      'AAAA',
      'expiry-time',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(word).map((words) => words.join('')),
        ),
        (line) => {
          const { notices } = parseAuthorizedKey(line);
          for (const notice of notices) expect(notice.length).toBeLessThan(160);
        },
      ),
    );
  });
});

describe('admits', () => {
  it('knows its own keys and no others', () => {
    const { keys } = parseAuthorizedKeys(`${RSA_2048}\n${ED25519}`);
    expect(admits(keys, { blob: blobOf(ED25519), address: '::1', now: NOW })).toMatchObject({ admitted: true });
    expect(admits(keys, { blob: blobOf(ECDSA_256), address: '::1', now: NOW })).toEqual({
      admitted: false,
      fault: { reason: 'key-unknown' },
    });
  });

  it.each([
    ['20260615', 'key-expired'],
    ['20260616', true],
    ['202606151200', 'key-expired'],
    ['202606151201Z', true],
    ['20260615120000Z', 'key-expired'],
    ['20260615120001z', true],
  ])('honours expiry-time="%s": %s', (time, expected) => {
    expect(letsIn(`expiry-time="${time}" ${ED25519}`)).toBe(expected);
  });

  it('takes the earlier of two times', () => {
    expect(letsIn(`expiry-time="20270101",expiry-time="20260101" ${ED25519}`)).toBe('key-expired');
  });

  it('honours from', () => {
    expect(letsIn(`from="192.0.2.0/24" ${ED25519}`)).toBe(true);
    expect(letsIn(`from="192.0.2.0/24" ${ED25519}`, '198.51.100.1')).toBe('key-address');
    expect(letsIn(`from="*,!192.0.2.1" ${ED25519}`)).toBe('key-address');
  });

  it("does not take an authority's key for a key", () => {
    expect(letsIn(`cert-authority ${ED25519}`)).toBe('key-unknown');
  });

  it('wants a security key to have verified its user, where the line says so', () => {
    const keys = [parseAuthorizedKey(`verify-required ${SK_ED25519}`).key].flatMap((key) => key ?? []);
    const offered = { blob: blobOf(SK_ED25519), address: '::1', now: NOW };
    expect(admits(keys, offered).admitted).toBe(true); // only offered
    expect(admits(keys, { ...offered, userVerified: true }).admitted).toBe(true);
    expect(admits(keys, { ...offered, userVerified: false })).toEqual({
      admitted: false,
      fault: { reason: 'key-unverified' },
    });
  });

  it('needs one line that lets in, of several for one key', () => {
    const { keys } = parseAuthorizedKeys(`from="10.0.0.1" ${ED25519}\n${ED25519}`);
    expect(admits(keys, { blob: blobOf(ED25519), address: '192.0.2.1', now: NOW })).toMatchObject({ admitted: true });
  });
});

describe('parseAuthorizedKeys', () => {
  it('reads a file and names the lines with faults', () => {
    const { keys, notices } = parseAuthorizedKeys(`# mine\r\n${ED25519}\r\n\r\nbroken line\n${RSA_2048} b\n`);
    expect(keys).toHaveLength(2);
    expect(notices).toEqual([expect.stringMatching(/^line 4: /)]);
  });

  it('reads 10,000 lines that are no keys, or of 1 MB, and says so of each', () => {
    expect(parseAuthorizedKeys('broken line\n'.repeat(10_000)).notices).toHaveLength(10_000);
    const { keys, notices } = parseAuthorizedKeys(`${`${ED25519} `.padEnd(1_000_000, '"')}\n${ED25519}`);
    expect(keys).toHaveLength(1);
    expect(notices).toEqual([expect.stringMatching(/^line 1: .*too long/)]);
  });

  it('refuses a file with too many keys', () => {
    const limit = expect.objectContaining({ code: 'limit' }) as Error;
    expect(() => parseAuthorizedKeys(`${ED25519}\n`.repeat(1_001))).toThrow(limit);
  });
});
