import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { agoText, durationText, isShipmateError, type Clock } from '#kernel';
import { lacks, type Refusal } from '#access';
import type { SessionRecord } from '#directory';
import { sshCommand, tmateConf, type JoinAttempts, type Edge, type TooMany } from '#edge';
import type { EdgeSessions, SessionTarget } from '#fleet';
import {
  CLIENT,
  EDGE,
  PAGE_HEADERS,
  PLATFORM,
  type Answer,
  type AssetRequest,
  type ClientPages,
  type Platform,
} from '#nest';
import type { Config } from '#platform';
import { joinKeyOf } from './join-path.js';
import { landingPage } from './pages/landing.js';
import { endedPage, keysRequiredPage, notFoundPage, tryAgainPage, webOffPage } from './pages/messages.js';
import { NOT_KEPT, sendPage } from './send-page.js';
import { VISITORS } from './injected.js';
import { signInPath } from './sign-in/paths.js';
import type { Visitor, Visitors } from './sign-in/visitors.js';
import { SOCKET_PATH } from './web-edge.js';

/** As much of a request as is needed here. */
interface Request extends AssetRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Asked for again each time, which costs an answer of 304. */
const CHECKED = 'no-cache';

/** A response that may send a browser elsewhere. */
interface Redirecting {
  redirect(status: number, url: string): void;
}

/** What a session has against everybody who comes by a browser. */
const NO_CLIENT: ReadonlySet<string | undefined> = new Set(['keys-required', 'web-off']);

/** The pages that people see before they are in a session, and the browser client. */
@Controller()
export class PagesController {
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #landing: string;
  readonly #tmateConf: string;

  constructor(
    @Inject(PLATFORM) { config, clock }: Platform,
    @Inject(EDGE) private readonly edge: Edge,
    @Inject(CLIENT) private readonly client: ClientPages,
    @Inject(VISITORS) private readonly visitors: Visitors,
  ) {
    this.#config = config;
    this.#clock = clock;
    this.#tmateConf = tmateConf(config, edge.hostKeys.fingerprints);
    this.#landing = landingPage({
      webUrl: config.webUrl,
      tmateConf: this.#tmateConf,
      sshCommand: sshCommand(config, 'TOKEN'),
      requireAuthorizedKeys: config.requireAuthorizedKeys,
    });
  }

  @Get()
  landing(@Res() response: Answer): void {
    sendPage(response, 200, this.#landing, CHECKED);
  }

  @Get('tmate.conf')
  conf(@Res() response: Answer): void {
    response.set({ 'cache-control': CHECKED }).type('text/plain').send(this.#tmateConf);
  }

  @Get('robots.txt')
  robots(@Res() response: Answer): void {
    response
      .set({ 'cache-control': CHECKED })
      .type('text/plain')
      .send('User-agent: *\nDisallow: /t/\nDisallow: /host\nDisallow: /decide\nDisallow: /api/\n');
  }

  /** The link's secret is in its fragment: it does not come here. */
  @Get('host')
  host(@Req() request: Request, @Res() response: Answer): void {
    this.#sendClient('host', request, response);
  }

  /** Looking at it decides nothing, and tells nothing: previews of links do that. */
  @Get('decide')
  decide(@Req() request: Request, @Res() response: Answer): void {
    this.#sendClient('decide', request, response);
  }

  @Get(['t', 't/*key'])
  async session(@Req() request: Request, @Res() response: Answer & Redirecting): Promise<void> {
    const target = await this.#find(request);
    if (target === 'away') {
      sendPage(response, 503, tryAgainPage('Sessions cannot be looked up right now.'), NOT_KEPT);
    } else if (target.kind === 'too-many') {
      const wait = durationText(target.retryAfterMs);
      response.set({ 'retry-after': String(Math.ceil(target.retryAfterMs / 1000)) });
      const whence = target.from === 'address' ? 'from your address' : 'from all addresses';
      sendPage(response, 429, tryAgainPage(`Too many wrong links ${whence}: wait ${wait}.`), NOT_KEPT);
    } else if (target.kind === 'unknown') sendPage(response, 404, notFoundPage(), NOT_KEPT);
    else if (target.kind === 'closed') sendPage(response, 410, endedPage(agoText(target.agoMs)), NOT_KEPT);
    else await this.#enter(target, request, response);
  }

  /** Sends the client, unless the session wants something that a page cannot give later. */
  async #enter(target: SessionTarget, request: Request, response: Answer & Redirecting): Promise<void> {
    const visitor = await this.visitors.of(request);
    const wants = this.#lacking(target, request, visitor)?.reason;
    // Whoever signs in has more than a token.
    const bare = wants === 'token-only' && this.edge.signIns.providers.all.length > 0;
    switch (bare ? 'sign-in-required' : wants) {
      case 'keys-required':
        return sendPage(response, 403, keysRequiredPage(sshCommand(this.#config, 'TOKEN')), NOT_KEPT);
      case 'web-off':
        return sendPage(response, 403, webOffPage(sshCommand(this.#config, 'TOKEN')), NOT_KEPT);
      case 'sign-in-required':
        if (visitor === 'unavailable')
          return sendPage(response, 503, tryAgainPage('Nobody can sign in right now.'), NOT_KEPT);
        response.set({ ...PAGE_HEADERS, 'cache-control': NOT_KEPT });
        return response.redirect(302, signInPath(request.url));
      default:
        return this.#sendClient('index', request, response);
    }
  }

  #lacking({ policy, cameWith }: SessionTarget, request: Request, visitor: Visitor): Refusal | undefined {
    const identity = visitor === 'unavailable' ? undefined : visitor;
    const address = this.edge.addresses.of(request);
    return lacks(policy, { transport: 'web', address, keys: [], identity, ...cameWith }, this.#clock.now());
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
      const admits = (target: SessionTarget): boolean =>
        !NO_CLIENT.has(this.#lacking(target, request, undefined)?.reason);
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

  #sendClient(page: 'index' | 'host' | 'decide', request: Request, response: Answer): void {
    if (this.client.send(page, request, response)) return;
    sendPage(response, 503, tryAgainPage('The browser client was not built on this server.'), NOT_KEPT);
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
