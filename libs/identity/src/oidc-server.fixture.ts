import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from 'jose';
import Provider, { type Configuration } from 'oidc-provider';

/** Somebody with an account at the provider. */
export interface OidcAccount {
  readonly [claim: string]: unknown;
}

export interface OidcServerOptions {
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly redirectUris: readonly string[];
  /** The port to listen on; 0: any. */
  readonly port?: number;
  /** The provider's signing key; left out: a new one. */
  readonly jwks?: { readonly keys: readonly JWK[] };
}

/** A new key for a provider, with its own `kid`. */
export async function oidcKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, use: 'sig', alg: 'RS256' };
}

/**
 * A real provider of OpenID Connect on loopback (`oidc-provider`), whose sign-in page asks nothing: whoever comes is the account in
 * `next`. Close it when the test ends.
 */
export class OidcServer {
  /** Who signs in next, with the claims of the account; undefined: the person says no. */
  next: string | undefined = 'ann';
  /** Accounts by their subject. */
  readonly accounts = new Map<string, OidcAccount>([
    ['ann', { email: 'ann@example.org', email_verified: true, preferred_username: 'ann', groups: ['sre', 'staff'] }],
  ]);
  /** Answers each request with 503 while it is true. */
  away = false;
  /** Called when somebody asks for tokens, after they were made. */
  onToken: () => void = () => undefined;
  #server: Server | undefined;
  #keys: readonly JWK[] = [];

  private constructor(private readonly options: Required<Omit<OidcServerOptions, 'port' | 'jwks'>>) {}

  static async start(options: OidcServerOptions): Promise<OidcServer> {
    const made = new OidcServer({ clientId: 'shipmate', clientSecret: 'a-secret-of-the-client', ...options });
    await made.listen(options.port ?? 0, options.jwks?.keys ?? [await oidcKey('first')]);
    return made;
  }

  get issuer(): string {
    if (this.#server === undefined) throw new Error('the provider is not started');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get clientId(): string {
    return this.options.clientId;
  }

  get clientSecret(): string {
    return this.options.clientSecret;
  }

  /** Starts at a port with these keys, again after `close`. */
  async listen(port: number, keys: readonly JWK[]): Promise<void> {
    this.#keys = keys;
    const server = createServer((request, response) => {
      if (this.away) response.writeHead(503).end();
      else void this.#answer(provider, request, response);
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    const provider = new Provider(this.issuer, this.#configuration(keys));
  }

  async close(): Promise<void> {
    this.#server?.close();
    this.#server?.closeAllConnections();
    if (this.#server?.listening === true) await once(this.#server, 'close');
  }

  /** A token that this provider signs: whatever the claims say. */
  async sign(claims: JWTPayload, header: { readonly alg?: string; readonly typ?: string } = {}): Promise<string> {
    const [key] = this.#keys;
    if (key === undefined) throw new Error('the provider has no key');
    return await new SignJWT({ iss: this.issuer, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: key.kid ?? '', ...header })
      .sign(key);
  }

  /** Follows the redirects of a browser from `url` until one leaves the provider; the answer is that address. */
  async signIn(url: string): Promise<string> {
    const cookies = new Map<string, string>();
    let at = url;
    for (let steps = 0; steps < 10; steps++) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(at, { redirect: 'manual', headers: { cookie } });
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (location === null) throw new Error(`the provider answered ${response.status}: ${await response.text()}`);
      at = new URL(location, at).href;
      if (!at.startsWith(this.issuer)) return at;
    }
    throw new Error('the provider redirects for ever');
  }

  #configuration(keys: readonly JWK[]): Configuration {
    const { clientId, clientSecret, redirectUris } = this.options;
    return {
      clients: [
        {
          client_id: clientId,
          client_secret: clientSecret,
          redirect_uris: [...redirectUris],
          token_endpoint_auth_method: 'client_secret_basic',
        },
      ],
      jwks: { keys: keys.map((key) => ({ ...key })) },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['preferred_username', 'groups'] },
      cookies: { keys: ['for tests'] },
      features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: false } },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      findAccount: (_, id) => {
        const account = this.accounts.get(id);
        return account && { accountId: id, claims: async () => ({ ...account, sub: id }) };
      },
      pkce: { required: () => true },
      ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    };
  }

  async #answer(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith('/interaction/') !== true) {
      if (request.url?.startsWith('/token') === true) response.once('finish', () => this.onToken());
      await provider.callback()(request, response);
      return;
    }
    const { prompt, params, grantId } = await provider.interactionDetails(request, response);
    if (this.next === undefined) {
      await provider.interactionFinished(request, response, { error: 'access_denied' });
      return;
    }
    if (prompt.name === 'login') {
      await provider.interactionFinished(request, response, { login: { accountId: this.next } });
      return;
    }
    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const grant = known ?? new provider.Grant({ accountId: this.next, clientId: String(params['client_id']) });
    grant.addOIDCScope(String(params['scope']));
    await provider.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant.save() } },
      { mergeWithLastSubmission: true },
    );
  }
}
