import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Stage, tempDir } from '#testing';
import { ClientAssets } from './client-assets.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

function built(): string {
  const dir = tempDir('sma');
  stage.onClear(() => dir.dispose());
  mkdirSync(dir.file('assets'));
  writeFileSync(dir.file('index.html'), `<!doctype html>${'<p>text</p>'.repeat(50)}`);
  writeFileSync(dir.file('assets/index-abc.js'), 'const a = 1;\n'.repeat(100));
  writeFileSync(dir.file('assets/tiny.css'), 'a{}');
  writeFileSync(dir.file('assets/secret.txt'), 'not for the web');
  return dir.path;
}

describe('the files of the browser client', () => {
  it('are those that were built, of the kinds that a page needs', () => {
    const assets = ClientAssets.load(built());
    expect(assets.page('index')?.type).toBe('text/html; charset=utf-8');
    expect(assets.get('index-abc.js')?.type).toBe('text/javascript; charset=utf-8');
    expect(assets.page('operator')).toBeUndefined();
    for (const name of ['secret.txt', '../index.html', 'toString', '']) expect(assets.get(name)).toBeUndefined();
  });

  it('do not exist if it was not built', () => {
    const dir = tempDir('sma');
    stage.onClear(() => dir.dispose());
    expect(ClientAssets.load(dir.path).page('index')).toBeUndefined();
  });

  it('are compressed where the build has done so', () => {
    const folder = built();
    writeFileSync(join(folder, 'assets/index-abc.js.br'), 'brotli');
    const assets = ClientAssets.load(folder);
    expect(assets.get('index-abc.js')).toMatchObject({ br: Buffer.from('brotli'), gzip: undefined });
    expect(assets.get('index-abc.js.br')).toBeUndefined();
  });
});
