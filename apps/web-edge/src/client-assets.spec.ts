import { mkdirSync, writeFileSync } from 'node:fs';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { Stage, tempDir } from '#testing';
import { ClientAssets, encodingFor } from './client-assets.js';

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
    expect(assets.index?.type).toBe('text/html; charset=utf-8');
    expect(assets.get('index-abc.js')?.type).toBe('text/javascript; charset=utf-8');
    for (const name of ['secret.txt', '../index.html', 'toString', '']) expect(assets.get(name)).toBeUndefined();
  });

  it('are none where it was not built', () => {
    const dir = tempDir('sma');
    stage.onClear(() => dir.dispose());
    expect(ClientAssets.load(dir.path).index).toBeUndefined();
  });

  it('are sent as small as the browser takes them', () => {
    const asset = ClientAssets.load(built()).get('index-abc.js');
    if (asset === undefined) throw new Error('not there');
    const br = encodingFor(asset, 'gzip, deflate, br, zstd');
    expect(br.encoding).toBe('br');
    expect(brotliDecompressSync(br.body)).toEqual(asset.identity);
    const gzip = encodingFor(asset, 'gzip;q=0.5, br;q=0');
    expect(gzip.encoding).toBe('gzip');
    expect(gunzipSync(gzip.body)).toEqual(asset.identity);
    for (const accept of [undefined, '', 'identity', 'brotli', 'xgzip', 'br;q=0.0, gzip;q=0']) {
      expect(encodingFor(asset, accept)).toEqual({ body: asset.identity, encoding: undefined });
    }
  });

  it('are not made larger', () => {
    const tiny = ClientAssets.load(built()).get('tiny.css');
    if (tiny === undefined) throw new Error('not there');
    expect(encodingFor(tiny, 'br, gzip').encoding).toBeUndefined();
  });
});
