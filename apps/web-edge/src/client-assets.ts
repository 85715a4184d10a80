import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

/** A file of the browser client, plain and compressed. */
export interface Asset {
  readonly type: string;
  readonly identity: Buffer;
  /** Undefined where the build made none: it would not be smaller. */
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
}

/** The built browser client, whole in memory. The build compresses it (`apps/web/vite.config.ts`). */
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
      .map((name) => [name, assetOf(join(assets, name), TYPES[extname(name)] ?? '')] as const);
    return new ClientAssets(assetOf(index, 'text/html; charset=utf-8'), new Map(files));
  }

  /** A file of `assets`, by its name. */
  get(name: string): Asset | undefined {
    return this.files.get(name);
  }
}

function assetOf(file: string, type: string): Asset {
  const read = (path: string): Buffer | undefined => (existsSync(path) ? readFileSync(path) : undefined);
  return { type, identity: readFileSync(file), br: read(`${file}.br`), gzip: read(`${file}.gz`) };
}
