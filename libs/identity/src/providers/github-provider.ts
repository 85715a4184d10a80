import * as oauth from 'openid-client';
import type { GitHubProviderConfig } from '#platform';
import { SignInFault } from '../sign-in-fault.js';
import { groupsOf, nameOf, subjectOf } from './claims.js';
import { awayText, faultOf } from './faults.js';
import { PROVIDER_TIMEOUT_S } from './oidc-provider.js';
import type { Checks, Provider, SignedIn } from './provider.js';

/** Organizations and teams that are asked for, each: a page of GitHub's API. */
const PAGE = 100;

/** GitHub: OAuth 2.0 with PKCE, and its API for who has signed in. */
export class GitHubProvider implements Provider {
  readonly name = 'github';
  readonly title = 'GitHub';
  readonly #configuration: oauth.Configuration;

  constructor(private readonly config: GitHubProviderConfig) {
    const { url, clientId, clientSecret } = config;
    this.#configuration = new oauth.Configuration(
      {
        issuer: url,
        authorization_endpoint: `${url}/login/oauth/authorize`,
        token_endpoint: `${url}/login/oauth/access_token`,
      },
      clientId,
      undefined,
      oauth.ClientSecretPost(clientSecret.reveal()),
    );
    this.#configuration.timeout = PROVIDER_TIMEOUT_S;
    if (url.startsWith('http:')) oauth.allowInsecureRequests(this.#configuration);
  }

  async begin(redirectUri: string, checks: Checks): Promise<URL> {
    return oauth.buildAuthorizationUrl(this.#configuration, {
      redirect_uri: redirectUri,
      scope: this.config.scopes,
      code_challenge: await oauth.calculatePKCECodeChallenge(checks.verifier),
      code_challenge_method: 'S256',
      state: checks.state,
    });
  }

  async finish(returned: URL, checks: Checks): Promise<SignedIn> {
    try {
      const { access_token: token } = await oauth.authorizationCodeGrant(this.#configuration, returned, {
        pkceCodeVerifier: checks.verifier,
        expectedState: checks.state,
      });
      const user = await this.#get(token, '/user');
      const { id, login } = user as { id?: unknown; login?: unknown };
      const subject = subjectOf(this.title, typeof id === 'number' ? String(id) : undefined);
      const groups = this.config.scopes.split(/ +/).includes('read:org') ? await this.#groups(token) : [];
      return {
        provider: this.name,
        subject,
        name: nameOf({ login }, 'login', subject),
        groups: groupsOf({ groups }, 'groups'),
      };
    } catch (error) {
      throw faultOf(this.title, error);
    }
  }

  async check(): Promise<boolean> {
    try {
      const { status } = await fetch(`${this.config.url}/robots.txt`, {
        method: 'HEAD',
        redirect: 'manual',
        signal: AbortSignal.timeout(PROVIDER_TIMEOUT_S * 1000),
      });
      return status < 500;
    } catch {
      return false;
    }
  }

  /** `acme` of an organization, `acme/sre` of a team. */
  async #groups(token: string): Promise<string[]> {
    const [orgs, teams] = await Promise.all([
      this.#get(token, `/user/orgs?per_page=${PAGE}`),
      this.#get(token, `/user/teams?per_page=${PAGE}`),
    ]);
    const loginOf = (org: unknown): string[] => {
      const login = (org as { login?: unknown } | undefined)?.login;
      return typeof login === 'string' ? [login] : [];
    };
    return [
      ...listOf(orgs).flatMap(loginOf),
      ...listOf(teams).flatMap((team) => {
        const { slug, organization } = team as { slug?: unknown; organization?: unknown };
        return typeof slug === 'string' ? loginOf(organization).map((org) => `${org}/${slug}`) : [];
      }),
    ];
  }

  async #get(token: string, path: string): Promise<unknown> {
    const response = await fetch(`${this.config.apiUrl}${path}`, {
      headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${token}`, 'user-agent': 'shipmate' },
      redirect: 'error',
      signal: AbortSignal.timeout(PROVIDER_TIMEOUT_S * 1000),
    });
    if (response.ok) return await response.json();
    await response.body?.cancel();
    if (response.status >= 500 || response.status === 429)
      throw new SignInFault('unavailable', awayText(this.title), { cause: response });
    throw new SignInFault('invalid', `GitHub does not say who you are (${response.status}): sign in again`);
  }
}

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];
