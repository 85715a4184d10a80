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

/** The pages of the browser client: a session's, its host's, that of a request to join, the operator's. */
export const CLIENT_PAGES = ['index', 'host', 'decide', 'operator'] as const;
export type ClientPage = (typeof CLIENT_PAGES)[number];

/** The built browser client, whole in memory. The build compresses it (`apps/web/vite.config.ts`). */
export class ClientAssets {
  private constructor(
    private readonly pages: ReadonlyMap<ClientPage, Asset>,
    private readonly files: ReadonlyMap<string, Asset>,
  ) {}

  /** Reads the pages in `folder` and all of `folder/assets`. */
  static load(folder: string): ClientAssets {
    const pages = CLIENT_PAGES.flatMap((page) => {
      const file = join(folder, `${page}.html`);
      return existsSync(file) ? [[page, assetOf(file, 'text/html; charset=utf-8')] as const] : [];
    });
    const assets = join(folder, 'assets');
    const names = existsSync(assets) ? readdirSync(assets) : [];
    const files = names
      .filter((name) => extname(name) in TYPES)
      .map((name) => [name, assetOf(join(assets, name), TYPES[extname(name)] ?? '')] as const);
    return new ClientAssets(new Map(pages), new Map(files));
  }

  /** Undefined where the client was not built. */
  page(page: ClientPage): Asset | undefined {
    return this.pages.get(page);
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
