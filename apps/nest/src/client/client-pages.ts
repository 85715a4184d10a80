import type { Answer } from '../answer.js';
import type { Asset, ClientAssets, ClientPage } from './client-assets.js';

/** As much of a request as is needed to choose an encoding. */
export interface AssetRequest {
  /** The best of these that the browser accepts, by `Accept-Encoding`. */
  acceptsEncodings(encodings: readonly string[]): string | false;
}

/** What every page of ours is sent with. */
export const PAGE_HEADERS = {
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** The pages of the browser client, as they are sent. */
export class ClientPages {
  readonly #policy: string;

  constructor(
    readonly assets: ClientAssets,
    webUrl: string,
  ) {
    this.#policy = clientPolicy(webUrl);
  }

  /** Sends a page; false where it was not built. */
  send(page: ClientPage, request: AssetRequest, response: Answer): boolean {
    const asset = this.assets.page(page);
    if (asset === undefined) return false;
    sendAsset(request, response.status(200), asset, {
      ...PAGE_HEADERS,
      'cache-control': 'no-store',
      'content-security-policy': this.#policy,
    });
    return true;
  }
}

/** The browser client runs its own scripts, by its own styles, and speaks to this server: it does nothing else. */
function clientPolicy(webUrl: string): string {
  const { host, protocol } = new URL(webUrl);
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    // Not all browsers take 'self' for the same host's WebSockets.
    `connect-src 'self' ${protocol === 'https:' ? 'wss' : 'ws'}://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Sends a file as the browser takes it. */
export function sendAsset(
  request: AssetRequest,
  response: Answer,
  asset: Asset,
  headers: Readonly<Record<string, string>>,
): void {
  const there = (['br', 'gzip'] as const).filter((encoding) => asset[encoding] !== undefined);
  const encoding = there.find((one) => request.acceptsEncodings([one]) === one);
  response
    .set({
      ...headers,
      vary: 'accept-encoding',
      'content-type': asset.type,
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    })
    .send(encoding === undefined ? asset.identity : asset[encoding]);
}
