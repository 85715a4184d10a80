import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SignInFault } from '#identity';
import { Secret } from '#platform';
import { GitHubProvider } from './github-provider.js';

const CHECKS = { state: 'state-1', nonce: 'none', verifier: 'v'.repeat(43) };

/** As much of GitHub as signs somebody in; answers by path, as JSON, with a status where it is not 200. */
class FakeGitHub {
  readonly asked: string[] = [];
  readonly answers = new Map<string, unknown>([
    ['/login/oauth/access_token', { access_token: 'gho_1', token_type: 'bearer', scope: 'read:org' }],
    ['/api/v3/user', { id: 583231, login: 'octo-ann' }],
    ['/api/v3/user/orgs?per_page=100', [{ login: 'acme' }, { login: 7 }]],
    ['/api/v3/user/teams?per_page=100', [{ slug: 'sre', organization: { login: 'acme' } }, null, { slug: 'x' }]],
  ]);
  readonly #server: Server = createServer((request, response) => {
    this.asked.push(`${request.url} ${request.headers.authorization ?? ''}`.trim());
    const answer = this.answers.get(request.url ?? '');
    const status = typeof answer === 'number' ? answer : answer === undefined ? 404 : 200;
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

describe('signing in with GitHub', () => {
  let github: FakeGitHub;
  let provider: GitHubProvider;
  const finish = async (query = 'code=abc&state=state-1') =>
    await provider.finish(new URL(`http://localhost/sign-in/callback/github?${query}`), CHECKS);
  const faultOf = async (work: Promise<unknown>): Promise<SignInFault> => {
    const error: unknown = await work.catch((thrown: unknown) => thrown);
    if (error instanceof SignInFault) return error;
    throw error;
  };

  beforeEach(async () => {
    github = new FakeGitHub();
    const url = await github.start();
    provider = new GitHubProvider({
      kind: 'github',
      name: 'github',
      url,
      apiUrl: `${url}/api/v3`,
      clientId: 'app',
      clientSecret: new Secret('secret'),
      scopes: 'read:org',
    });
  });
  afterEach(async () => await github.close());

  it('sends the browser there with PKCE, and says who came back, by id, with organizations and teams as groups', async () => {
    const url = await provider.begin('http://localhost/sign-in/callback/github', CHECKS);
    expect(url.pathname).toBe('/login/oauth/authorize');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'app',
      state: 'state-1',
      scope: 'read:org',
      code_challenge_method: 'S256',
    });
    expect(await finish()).toEqual({
      provider: 'github',
      subject: '583231',
      name: 'octo-ann',
      groups: ['acme', 'acme/sre'],
    });
    expect(github.asked[1]).toBe('/api/v3/user Bearer gho_1');
  });

  it('takes only its own state', async () => {
    expect((await faultOf(finish('code=abc&state=another'))).reason).toBe('invalid');
  });

  it('says what GitHub says against it, and when GitHub is away', async () => {
    expect(await faultOf(finish('error=access_denied&state=state-1'))).toMatchObject({
      reason: 'denied',
      message: 'GitHub did not sign you in: access_denied',
    });
    github.answers.set('/login/oauth/access_token', { error: 'bad_verification_code' });
    expect((await faultOf(finish())).reason).toBe('invalid');
    github.answers.set('/login/oauth/access_token', { access_token: 'gho_1', token_type: 'bearer' });
    github.answers.set('/api/v3/user', 401);
    expect((await faultOf(finish())).reason).toBe('invalid');
    github.answers.set('/api/v3/user', 502);
    expect((await faultOf(finish())).reason).toBe('unavailable');
    github.answers.set('/api/v3/user', { login: 'nobody' });
    expect((await faultOf(finish())).message).toBe('GitHub does not say who you are: its token has no usable subject');
  });
});
