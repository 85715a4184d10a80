import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { agoText, durationText, isShipmateError } from '#kernel';
import type { SessionRecord } from '#directory';
import { sshCommand, tmateConf, type JoinAttempts, type Edge, type TooMany } from '#edge';
import type { EdgeSessions, SessionTarget } from '#fleet';
import { FAVICON } from '#look';
import { EDGE, PLATFORM, type Answer, type Platform } from '#nest';
import type { Config } from '#platform';
import { ClientAssets, type Asset } from './client-assets.js';
import { joinKeyOf } from './join-path.js';
import { landingPage } from './pages/landing.js';
import { endedPage, keysRequiredPage, noPage, notFoundPage, tryAgainPage, webOffPage } from './pages/messages.js';
import { PAGE_POLICY } from './pages/page.js';
import { CLIENT_ASSETS } from './injected.js';
import { SOCKET_PATH } from './web-edge.js';

/** As much of a request as is needed here. */
interface Request {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: { readonly remoteAddress?: string | undefined };
  /** The best of these that the browser accepts, by `Accept-Encoding`. */
  acceptsEncodings(encodings: readonly string[]): string | false;
}

const PAGE_HEADERS = {
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** Assets have the hash of what is in them in their names. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const NOT_KEPT = 'no-store';
/** Asked for again each time, which costs an answer of 304. */
const CHECKED = 'no-cache';

/** The pages that people see before they are in a session, and the browser client. */
@Controller()
export class PagesController {
  readonly #config: Config;
  readonly #landing: string;
  readonly #tmateConf: string;
  readonly #clientPolicy: string;

  constructor(
    @Inject(PLATFORM) { config }: Platform,
    @Inject(EDGE) private readonly edge: Edge,
    @Inject(CLIENT_ASSETS) private readonly assets: ClientAssets,
  ) {
    this.#config = config;
    this.#tmateConf = tmateConf(config, edge.hostKeys.fingerprints);
    this.#landing = landingPage({
      webUrl: config.webUrl,
      tmateConf: this.#tmateConf,
      sshCommand: sshCommand(config, 'TOKEN'),
      requireAuthorizedKeys: config.requireAuthorizedKeys,
    });
    this.#clientPolicy = clientPolicy(config.webUrl);
  }

  @Get()
  landing(@Res() response: Answer): void {
    sendPage(response, 200, this.#landing, CHECKED);
  }

  @Get('tmate.conf')
  conf(@Res() response: Answer): void {
    response.set({ 'cache-control': CHECKED }).type('text/plain').send(this.#tmateConf);
  }

  @Get('favicon.svg')
  favicon(@Res() response: Answer): void {
    response.set({ 'cache-control': 'public, max-age=86400' }).type('image/svg+xml').send(FAVICON);
  }

  @Get('robots.txt')
  robots(@Res() response: Answer): void {
    response
      .set({ 'cache-control': CHECKED })
      .type('text/plain')
      .send('User-agent: *\nDisallow: /t/\nDisallow: /api/\n');
  }

  @Get('assets/:name')
  asset(@Req() request: Request, @Res() response: Answer): void {
    const name = /^\/assets\/([\w.-]+)(?:\?|$)/.exec(request.url)?.[1];
    const asset = name === undefined ? undefined : this.assets.get(name);
    if (asset === undefined) sendPage(response, 404, noPage(), NOT_KEPT);
    else sendAsset(request, response, asset, { 'cache-control': FOR_EVER });
  }

  @Get(['t', 't/*key'])
  async session(@Req() request: Request, @Res() response: Answer): Promise<void> {
    const target = await this.#find(request);
    if (target === 'away') {
      sendPage(response, 503, tryAgainPage('Sessions cannot be looked up right now.'), NOT_KEPT);
    } else if (target.kind === 'too-many') {
      const wait = durationText(target.retryAfterMs);
      response.set({ 'retry-after': String(Math.ceil(target.retryAfterMs / 1000)) });
      const whence = target.from === 'address' ? 'from your address' : 'from everywhere';
      sendPage(response, 429, tryAgainPage(`Too many wrong links ${whence}: wait ${wait}.`), NOT_KEPT);
    } else if (target.kind === 'unknown') sendPage(response, 404, notFoundPage(), NOT_KEPT);
    else if (target.kind === 'closed') sendPage(response, 410, endedPage(agoText(target.agoMs)), NOT_KEPT);
    else if (target.policy.authorizedKeys !== undefined) {
      sendPage(response, 403, keysRequiredPage(sshCommand(this.#config, 'TOKEN')), NOT_KEPT);
    } else if (!target.policy.web) {
      sendPage(response, 403, webOffPage(sshCommand(this.#config, 'TOKEN')), NOT_KEPT);
    } else this.#sendClient(request, response);
  }

  @Get(['api/t', 'api/t/*key'])
  async describe(@Req() request: Request, @Res() response: Answer): Promise<void> {
    response.set({ ...PAGE_HEADERS, 'cache-control': NOT_KEPT });
    const found = await this.#look(request);
    if (found !== undefined && typeof found === 'object' && 'retryAfterMs' in found)
      response.status(429).send({ error: 'too many' });
    else if (found === 'away') response.status(503).send({ error: 'unavailable' });
    else if (found === undefined) response.status(404).send({ error: 'not found' });
    else response.send(this.#description(found.session));
  }

  async #find(request: Request): Promise<Awaited<ReturnType<JoinAttempts['find']>> | 'away'> {
    try {
      const admits = ({ policy }: SessionTarget): boolean => policy.authorizedKeys === undefined && policy.web;
      const { attempts, addresses } = this.edge;
      return await attempts.find(joinKeyOf(request.url, '/t/'), addresses.of(request), { admits });
    } catch (error) {
      if (isShipmateError(error) && error.temporary) return 'away';
      throw error;
    }
  }

  /** What is known of what the link leads to. */
  async #look(request: Request): Promise<Awaited<ReturnType<EdgeSessions['look']>> | TooMany | 'away'> {
    const given = joinKeyOf(request.url, '/api/t/');
    const ask = async (): Promise<Awaited<ReturnType<EdgeSessions['look']>>> =>
      given === undefined ? undefined : await this.edge.sessions.look(given);
    try {
      return await this.edge.attempts.look(ask, this.edge.addresses.of(request));
    } catch (error) {
      if (isShipmateError(error) && error.temporary) return 'away';
      throw error;
    }
  }

  #sendClient(request: Request, response: Answer): void {
    if (this.assets.index === undefined) {
      sendPage(response, 503, tryAgainPage('The browser client was not built on this server.'), NOT_KEPT);
      return;
    }
    sendAsset(request, response.status(200), this.assets.index, {
      ...PAGE_HEADERS,
      'cache-control': NOT_KEPT,
      'content-security-policy': this.#clientPolicy,
    });
  }

  /** The fields that tmate's own service has, with `%s` for the token. */
  #description({ createdAt, disconnectedAt, closedAt, addresses }: SessionRecord): Record<string, string | null> {
    const iso = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
    return {
      ws_url_fmt: `${this.#config.webUrl.replace(/^http/, 'ws')}${SOCKET_PATH}%s`,
      ssh_cmd_fmt: sshCommand({ sshHost: addresses.sshHost, sshPublicPort: addresses.sshPort }, '%s'),
      created_at: iso(createdAt),
      disconnected_at: iso(disconnectedAt),
      closed_at: iso(closedAt),
    };
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

/** Sends one of our own pages. */
export function sendPage(response: Answer, status: number, text: string, cacheControl: string): void {
  response
    .status(status)
    .set({ ...PAGE_HEADERS, 'cache-control': cacheControl, 'content-security-policy': PAGE_POLICY })
    .type('text/html')
    .send(text);
}

function sendAsset(request: Request, response: Answer, asset: Asset, headers: Readonly<Record<string, string>>): void {
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
