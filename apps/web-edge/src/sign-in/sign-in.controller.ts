import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { durationText } from '#kernel';
import { exceededText } from '#access';
import type { Edge, TooMany } from '#edge';
import { ATTEMPT_MS, forLogin, readCode, type WaitingLogin } from '#identity';
import { EDGE, PLATFORM, type Answer, type Platform, attemptCookie, readCookie, setCookie } from '#nest';
import { VISITORS } from '../injected.js';
import { originAllowed } from '../origin.js';
import { tryAgainPage } from '../pages/messages.js';
import {
  answeredPage,
  loginPage,
  noCodePage,
  signedInPage,
  signedOutPage,
  signInPage,
  strangeRequestPage,
  type ProviderLink,
} from '../pages/sign-in.js';
import { NOT_KEPT, sendFormPage, sendPage } from '../send-page.js';
import { safePath, signInPath } from './paths.js';
import { readForm, type FormRequest } from './read-form.js';
import type { Visitors } from './visitors.js';

interface Request extends FormRequest {
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

interface Response extends Answer {
  redirect(status: number, url: string): void;
  append(name: string, value: string): unknown;
}

const ANSWERS = ['yes', 'remember', 'no'] as const;

/** Signs browsers in and out, and lets their users answer SSH logins. */
@Controller()
export class SignInController {
  readonly #webUrl: string;
  readonly #rememberText: string | undefined;

  constructor(
    @Inject(PLATFORM) { config }: Platform,
    @Inject(EDGE) private readonly edge: Edge,
    @Inject(VISITORS) private readonly visitors: Visitors,
  ) {
    this.#webUrl = config.webUrl;
    const { rememberKeysMs } = config.signIn;
    this.#rememberText = rememberKeysMs === undefined ? undefined : durationText(rememberKeysMs);
  }

  /** With `with`, goes to that provider at once, as where there is only one; then back to `to`. */
  @Get('sign-in')
  async signIn(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (this.#turnedAway(request, response)) return;
    const to = safePath(request.query['to']);
    const visitor = await this.visitors.of(request);
    if (visitor === 'unavailable') return this.#away(response);
    const { all } = this.edge.signIns.providers;
    const asked = request.query['with'];
    const provider =
      all.find(({ name }) => name === asked) ?? (all.length === 1 && to !== '/sign-in' ? all[0] : undefined);
    if (provider !== undefined) await this.#begin(provider.name, to, request, response);
    else if (visitor !== undefined && to === '/sign-in') sendFormPage(response, 200, signedInPage(visitor));
    else sendPage(response, 200, signInPage(this.#links(to)), NOT_KEPT);
  }

  /** A browser has come back from its provider. */
  @Get('sign-in/callback/:provider')
  async callback(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (this.#turnedAway(request, response)) return;
    const { signIns, addresses } = this.edge;
    const { cookies } = this.visitors;
    const address = addresses.of(request);
    const provider = request.params['provider'] ?? '';
    const state = request.query['state'];
    const attempt = attemptCookie(cookies, typeof state === 'string' ? state : '');
    const header = request.headers['cookie'];
    const kept = readCookie(typeof header === 'string' ? header : undefined, attempt);
    response.append('set-cookie', setCookie(cookies, attempt, '', 0));
    try {
      const returned = new URL(`${this.#webUrl}${request.url}`);
      const { who, to } = await signIns.finish(provider, returned, kept);
      const secret = await signIns.browsers.add(who);
      signIns.report.signedIn(who, address);
      const seconds = signIns.browsers.countsForMs / 1000;
      response.append('set-cookie', setCookie(cookies, cookies.session, secret, seconds));
      this.#goTo(response, to);
    } catch (error) {
      const known = signIns.providers.find(provider)?.name ?? 'unknown';
      const { message, reason } = signIns.report.failed(known, error, address);
      const status = reason === 'unavailable' ? 503 : 403;
      sendPage(response, status, signInPage(this.#links('/sign-in'), message), NOT_KEPT);
    }
  }

  @Post('sign-out')
  async signOut(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (this.#isStrange(request, response)) return;
    const { cookies } = this.visitors;
    const visitor = await this.visitors.of(request);
    if (visitor === 'unavailable') return this.#away(response);
    const secret = this.visitors.secretOf(request);
    if (secret !== undefined) await this.edge.signIns.browsers.remove(secret);
    if (visitor !== undefined) this.edge.signIns.report.signedOut(visitor, 'person');
    response.append('set-cookie', setCookie(cookies, cookies.session, '', 0));
    sendPage(response, 200, signedOutPage(), NOT_KEPT);
  }

  /** A provider signs somebody out (OpenID Connect Back-Channel Logout 1.0). */
  @Post('sign-in/logout/:provider')
  async backChannel(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (this.#turnedAway(request, response)) return;
    const { signIns, addresses } = this.edge;
    const provider = signIns.providers.find(request.params['provider'] ?? '');
    const token = (await readForm(request))?.get('logout_token');
    response.set({ 'cache-control': NOT_KEPT });
    if (provider?.signedOut === undefined || typeof token !== 'string') {
      response.status(400).send({ error: 'invalid_request' });
      return;
    }
    try {
      const out = await provider.signedOut(token);
      await signIns.browsers.end(out);
      signIns.report.signedOut(out, 'provider');
      response.status(200).send('');
    } catch (error) {
      const { reason, message } = signIns.report.failed(provider.name, error, addresses.of(request));
      const isAway = reason === 'unavailable';
      response
        .status(isAway ? 503 : 400)
        .send({ error: isAway ? 'temporarily_unavailable' : 'invalid_request', error_description: message });
    }
  }

  /** Asks for the code of an SSH login. */
  @Get('in')
  enter(@Req() request: Request, @Res() response: Response): void {
    const { code: given } = request.query;
    const code = typeof given === 'string' ? readCode(given) : undefined;
    if (code === undefined) sendFormPage(response, 200, noCodePage());
    else this.#goTo(response, `/in/${code}`);
  }

  /** Asks whether the SSH login that has this code is theirs; whoever is not signed in signs in before. */
  @Get('in/:code')
  async login(@Req() request: Request, @Res() response: Response): Promise<void> {
    const found = await this.#waiting(request, response);
    if (found === undefined) return;
    const { code, login } = found;
    const visitor = await this.visitors.of(request);
    if (visitor === 'unavailable') return this.#away(response);
    if (visitor === undefined) return this.#goTo(response, signInPath(`/in/${code}`));
    const { wants, address } = login;
    const key = this.#keyOf(login);
    const ownAddress = this.edge.addresses.of(request);
    sendFormPage(response, 200, loginPage({ code, wants, address, ownAddress, key, who: visitor }));
  }

  @Post('in/:code')
  async answer(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (this.#isStrange(request, response)) return;
    const visitor = await this.visitors.of(request);
    if (visitor === 'unavailable') return this.#away(response);
    const given = (await readForm(request))?.get('answer');
    const answer = ANSWERS.find((one) => one === given);
    const found = await this.#waiting(request, response);
    if (found === undefined) return;
    if (visitor === undefined || answer === undefined) return this.#goTo(response, `/in/${found.code}`);
    const { signIns } = this.edge;
    const login = await signIns.codes.answer(
      found.code,
      answer === 'no' ? { kind: 'refused' } : { kind: 'identity', identity: forLogin(visitor) },
    );
    if (login === undefined) return sendFormPage(response, 404, noCodePage());
    const remembered = answer === 'remember' ? this.#keyOf(login)?.fingerprint : undefined;
    if (remembered !== undefined) await signIns.keys.remember(remembered, visitor);
    signIns.report.login(visitor, answer === 'no' ? 'refused' : 'confirmed', {
      address: login.address,
      ...(login.fingerprint === undefined ? {} : { key: login.fingerprint }),
      remembered: remembered === undefined ? 'no' : 'yes',
    });
    sendPage(response, 200, answeredPage(answer, login.wants), NOT_KEPT);
  }

  #keyOf({ fingerprint }: WaitingLogin): { readonly fingerprint: string; readonly forText: string } | undefined {
    const forText = this.#rememberText;
    return fingerprint === undefined || forText === undefined ? undefined : { fingerprint, forText };
  }

  /** The login that waits for the code of a request. A wrong code counts as a wrong token does. */
  async #waiting(
    request: Request,
    response: Response,
  ): Promise<{ readonly code: string; readonly login: WaitingLogin } | undefined> {
    const { attempts, signIns, addresses } = this.edge;
    const code = readCode(request.params['code'] ?? '');
    const ask = async (): Promise<WaitingLogin | undefined> =>
      code === undefined ? undefined : await signIns.codes.find(code);
    const login: WaitingLogin | TooMany | undefined = await attempts.look(ask, addresses.of(request));
    if (login !== undefined && 'retryAfterMs' in login) {
      const wait = `Too many wrong codes came from your address: wait ${durationText(login.retryAfterMs)}.`;
      sendPage(response, 429, tryAgainPage(wait), NOT_KEPT);
      return undefined;
    }
    if (login !== undefined && code !== undefined) return { code, login };
    sendFormPage(response, 404, noCodePage());
    return undefined;
  }

  async #begin(provider: string, to: string, request: Request, response: Response): Promise<void> {
    const { signIns, addresses } = this.edge;
    const { cookies } = this.visitors;
    try {
      const begun = await signIns.begin(provider, `${this.#webUrl}/sign-in/callback/${provider}`, to);
      const name = attemptCookie(cookies, begun.state);
      response.append('set-cookie', setCookie(cookies, name, begun.attempt, ATTEMPT_MS / 1000));
      response.set({ 'cache-control': NOT_KEPT, 'referrer-policy': 'no-referrer' });
      response.redirect(302, begun.url.href);
    } catch (error) {
      const { message } = signIns.report.failed(provider, error, addresses.of(request));
      sendPage(response, 503, signInPage(this.#links(to), message), NOT_KEPT);
    }
  }

  #links(to: string): ProviderLink[] {
    return this.edge.signIns.providers.all.map(({ name, title }) => ({
      title,
      href: `/sign-in?with=${encodeURIComponent(name)}&to=${encodeURIComponent(to)}`,
    }));
  }

  #goTo(response: Response, path: string): void {
    response.set({ 'cache-control': NOT_KEPT, 'referrer-policy': 'no-referrer' });
    response.redirect(303, path);
  }

  #away(response: Response): void {
    sendPage(response, 503, tryAgainPage('Nobody can sign in right now.'), NOT_KEPT);
  }

  /** Whether an address asks too often: each way to a provider costs a request there. */
  #turnedAway(request: Request, response: Response): boolean {
    const { quotas, addresses, turnedAway } = this.edge;
    const address = addresses.of(request);
    const exceeded = quotas.take('handshakes', { address });
    if (exceeded === undefined) return false;
    turnedAway(exceeded.limit, address, 'web');
    sendPage(response, 429, tryAgainPage(`${exceededText(exceeded)}.`), NOT_KEPT);
    return true;
  }

  /** Refuses what no page of this server has sent: browsers name the origin of every form. */
  #isStrange({ headers, ...request }: Request, response: Response): boolean {
    const { origin, host, 'sec-fetch-site': site } = headers;
    const isOwn =
      typeof origin === 'string' && typeof host === 'string'
        ? originAllowed(origin, host, this.#webUrl)
        : site === 'same-origin';
    if (isOwn) return false;
    this.edge.refusals.note('cross-site', this.edge.addresses.of({ headers, ...request }), 'web');
    sendPage(response, 403, strangeRequestPage(), NOT_KEPT);
    return true;
  }
}
