import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { Stage, tempDir, TEST_PAIRS } from '#testing';
import { checkCertificate } from './check-certificate.js';
import type { Finding } from './finding.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

const { localhost, renewed, expired } = TEST_PAIRS;
const TODAY = Date.UTC(2026, 5, 1);

/** What is found of these files; undefined: a file that is not there. */
function found(
  { cert, key }: { readonly cert: string | undefined; readonly key: string | undefined },
  { webUrl = 'https://share.example', now = TODAY } = {},
): readonly Finding[] {
  const dir = tempDir('smd');
  stage.onClear(() => dir.dispose());
  for (const [name, text] of [
    ['tls.crt', cert],
    ['tls.key', key],
  ] as const)
    if (text !== undefined) writeFileSync(dir.file(name), text);
  return checkCertificate({ tls: { cert: dir.file('tls.crt'), key: dir.file('tls.key') }, webUrl }, new FakeClock(now));
}

describe("doctor's check of the certificate", () => {
  it('says for what it is, and until when', () => {
    expect(found(localhost)).toEqual([
      expect.objectContaining({
        state: 'ok',
        text: expect.stringMatching(/^for localhost, .*until 2124-01-01$/) as string,
      }),
    ]);
    for (const webUrl of ['https://127.0.0.1:8443', 'https://localhost'])
      expect(found(localhost, { webUrl })).toMatchObject([{ state: 'ok' }]);
    expect(checkCertificate({ tls: undefined, webUrl: 'https://share.example' }, new FakeClock(TODAY))).toEqual([]);
  });

  it.each<[string, Parameters<typeof found>, string, RegExp]>([
    ['has expired', [expired, { webUrl: 'https://localhost' }], 'fail', /^it expired on \d{4}-\d\d-\d\d$/],
    [
      'is for another name',
      [localhost, { webUrl: 'https://other.example' }],
      'fail',
      /share\.example.* and not for other\.example$/,
    ],
    ['is for another address', [localhost, { webUrl: 'https://[::1]' }], 'fail', /and not for ::1$/],
    ['does not fit its key', [{ ...localhost, key: renewed.key }], 'fail', /^the key does not match the certificate$/],
    ['has a key that is not there', [{ ...localhost, key: undefined }], 'fail', /^it cannot be read \(.*ENOENT/],
    ['has a key that is no key', [{ ...localhost, key: 'rubbish' }], 'fail', /^the key cannot be used/],
    ['is not there', [{ ...localhost, cert: undefined }], 'fail', /^it cannot be read \(.*ENOENT/],
    ['is no certificate', [{ ...localhost, cert: localhost.key }], 'fail', /^the certificate cannot be used/],
    ['ends within two weeks', [localhost, { now: Date.UTC(2123, 11, 25) }], 'warn', /^it expires on 2124-01-01$/],
  ])('says that it %s, and how to fix it', (_, args, state, text) => {
    const findings = found(...args);
    expect(findings).toMatchObject([{ state, check: 'certificate' }]);
    expect(findings[0]?.text).toMatch(text);
    expect(findings[0]?.fix).toMatch(/\w/);
    expect(JSON.stringify(findings)).not.toContain('PRIVATE KEY');
  });
});
