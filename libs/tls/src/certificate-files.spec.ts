import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { Stage, TEST_PAIRS, tempDir, type TestPair } from '#testing';
import { CertificateFiles } from './certificate-files.js';

const stage = new Stage();
afterEach(async () => await stage.clear());
const { localhost, renewed } = TEST_PAIRS;
const LOOK_MS = 1_000;

function make() {
  const dir = tempDir('tls');
  stage.onClear(() => dir.dispose());
  const write = (folder: string, { cert, key }: TestPair): void => {
    mkdirSync(dir.file(folder), { recursive: true });
    writeFileSync(dir.file(`${folder}/tls.crt`), cert);
    writeFileSync(dir.file(`${folder}/tls.key`), key);
  };
  const clock = new FakeClock();
  const told: string[] = [];
  const open = (folder: string): CertificateFiles => {
    const files = new CertificateFiles(
      { cert: dir.file(`${folder}/tls.crt`), key: dir.file(`${folder}/tls.key`) },
      clock,
      {
        renewed: ({ validTo }) => void told.push(`renewed ${new Date(validTo).getUTCFullYear()}`),
        refused: (why) => void told.push(`refused ${why}`),
      },
    );
    stage.onClear(() => files.dispose());
    return files;
  };
  return { dir, write, open, clock, told };
}

const yearOf = ({ certificate }: CertificateFiles): number => new Date(certificate.validTo).getUTCFullYear();

describe('a certificate in files', () => {
  it('is read again when the files are written again', () => {
    const { write, open, clock, told } = make();
    write('a', localhost);
    const files = open('a');
    clock.advance(LOOK_MS);
    expect(told).toEqual([]);
    write('a', renewed);
    clock.advance(LOOK_MS);
    expect([told, yearOf(files)]).toEqual([['renewed 2125'], 2125]);
  });

  it('is read again when a link leads elsewhere, as Kubernetes does it', () => {
    const { dir, write, open, clock, told } = make();
    write('..1', localhost);
    write('..2', renewed);
    symlinkSync('..1', dir.file('..data'));
    const files = open('..data');
    symlinkSync('..2', dir.file('..data_tmp'));
    renameSync(dir.file('..data_tmp'), dir.file('..data'));
    clock.advance(LOOK_MS);
    expect([told, yearOf(files)]).toEqual([['renewed 2125'], 2125]);
  });

  it('stays in use where the new files are wrong, and it is said once', () => {
    const { dir, write, open, clock, told } = make();
    write('a', localhost);
    const files = open('a');
    writeFileSync(dir.file('a/tls.crt'), renewed.cert);
    clock.advance(4 * LOOK_MS);
    expect(told).toEqual([
      expect.stringMatching(/^refused SHIPMATE_TLS_CERT .* the key does not match the certificate$/),
    ]);
    rmSync(dir.file('a/tls.key'));
    clock.advance(4 * LOOK_MS);
    expect(told.slice(1)).toEqual([
      expect.stringMatching(/^refused SHIPMATE_TLS_KEY must be a readable file: .*ENOENT/),
    ]);
    expect(yearOf(files)).toBe(2124);
    write('a', renewed);
    clock.advance(LOOK_MS);
    expect([told.slice(2), yearOf(files)]).toEqual([['renewed 2125'], 2125]);
  });

  it('is not refused for half a change', () => {
    const { dir, write, open, clock, told } = make();
    write('a', localhost);
    open('a');
    writeFileSync(dir.file('a/tls.crt'), renewed.cert);
    clock.advance(LOOK_MS);
    writeFileSync(dir.file('a/tls.key'), renewed.key);
    clock.advance(LOOK_MS);
    expect(told).toEqual(['renewed 2125']);
  });

  it('must be right at the start', () => {
    const { dir, write, open } = make();
    write('a', { cert: localhost.cert, key: renewed.key });
    expect(() => open('a')).toThrow(/SHIPMATE_TLS_KEY .*: the key does not match the certificate/);
    rmSync(dir.file('a/tls.crt'));
    expect(() => open('a')).toThrow(/SHIPMATE_TLS_CERT must be a readable file: .*ENOENT/);
  });
});
