import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

/** A file of the browser client, as it is and as browsers take it. */
export interface Asset {
  readonly type: string;
  readonly identity: Buffer;
  /** Smaller than `identity` where they are there. */
  readonly br?: Buffer;
  readonly gzip?: Buffer;
}

/**
 * The built browser client, whole in memory: it is small, the same for everybody, and so it is compressed once, as well as can be.
 */
export class ClientAssets {
  private constructor(
    /** Undefined where the client was not built. */
    readonly index: Asset | undefined,
    private readonly files: ReadonlyMap<string, Asset>,
  ) {}

  /** Reads `folder/index.html` and all of `folder/assets`. */
  static load(folder: string): ClientAssets {
    const index = join(folder, 'index.html');
    if (!existsSync(index)) return new ClientAssets(undefined, new Map());
    const assets = join(folder, 'assets');
    const names = existsSync(assets) ? readdirSync(assets) : [];
    const files = names
      .filter((name) => extname(name) in TYPES)
      .map((name) => [name, packed(readFileSync(join(assets, name)), TYPES[extname(name)] ?? '')] as const);
    return new ClientAssets(packed(readFileSync(index), 'text/html; charset=utf-8'), new Map(files));
  }

  /** A file of `assets`, by its name. */
  get(name: string): Asset | undefined {
    return this.files.get(name);
  }
}

/** The best that `Accept-Encoding` allows. */
export function encodingFor(
  asset: Asset,
  accept: string | undefined,
): { body: Buffer; encoding: 'br' | 'gzip' | undefined } {
  for (const encoding of ['br', 'gzip'] as const) {
    const body = asset[encoding];
    const wanted = new RegExp(`(^|,)\\s*${encoding}\\s*(;\\s*q=(?!0(\\.0*)?\\s*(,|$))[^,]*)?(,|$)`, 'i');
    if (body !== undefined && wanted.test(accept ?? '')) return { body, encoding };
  }
  return { body: asset.identity, encoding: undefined };
}

function packed(identity: Buffer, type: string): Asset {
  if (/^(image\/png|font)/.test(type)) return { type, identity };
  const br = brotliCompressSync(identity, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: identity.length } });
  const gzip = gzipSync(identity, { level: 9 });
  return {
    type,
    identity,
    ...(br.length < identity.length ? { br } : {}),
    ...(gzip.length < identity.length ? { gzip } : {}),
  };
}
