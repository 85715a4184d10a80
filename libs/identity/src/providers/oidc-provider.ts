import { createRemoteJWKSet, jwtVerify, type JWTVerifyGetKey } from 'jose';
import * as oidc from 'openid-client';
import type { Clock } from '#kernel';
import type { OidcProviderConfig } from '#platform';
import { SignInFault } from '../sign-in-fault.js';
import { claimOf, groupsOf, nameOf, subjectOf } from './claims.js';
import { awayText, faultOf } from './faults.js';
import type { Checks, Provider, SignedIn, SignedOut } from './provider.js';

/** How long a provider may take to answer, in seconds. */
export const PROVIDER_TIMEOUT_S = 10;
/** How far its clock may be from ours, in seconds. */
export const CLOCK_TOLERANCE_S = 30;
/** A provider that did not answer is not asked again for its description within this time, in ms. */
const AWAY_MS = 2_000;
/** After this time, in ms, its description is read again: endpoints move. */
const DESCRIPTION_MS = 24 * 3_600_000;
/** The oldest logout token that counts, in seconds. */
const MAX_LOGOUT_AGE_S = 300;
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

interface Known {
  readonly configuration: oidc.Configuration;
  readonly keys: JWTVerifyGetKey;
  readonly untilMs: number;
}

/** A provider of OpenID Connect, found by its issuer. Its keys and its description are read again when they change. */
export class OidcProvider implements Provider {
  readonly name: string;
  readonly title: string;
  #known: Known | undefined;
  #asking: Promise<Known> | undefined;
  #awayUntilMs = -Infinity;

  constructor(
    private readonly config: OidcProviderConfig,
    private readonly clock: Clock,
  ) {
    this.name = config.name;
    this.title = config.name;
  }

  async begin(redirectUri: string, checks: Checks): Promise<URL> {
    const { configuration } = await this.#describe();
    return oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: this.config.scopes,
      code_challenge: await oidc.calculatePKCECodeChallenge(checks.verifier),
      code_challenge_method: 'S256',
      state: checks.state,
      nonce: checks.nonce,
    });
  }

  async finish(returned: URL, checks: Checks): Promise<SignedIn> {
    const { configuration } = await this.#describe();
    try {
      const tokens = await oidc.authorizationCodeGrant(configuration, returned, {
        pkceCodeVerifier: checks.verifier,
        expectedState: checks.state,
        expectedNonce: checks.nonce,
        idTokenExpected: true,
      });
      const claims: Readonly<Record<string, unknown>> = tokens.claims() ?? {};
      const subject = subjectOf(this.title, claims['sub']);
      const all = await this.#withUserInfo(configuration, claims, tokens.access_token, subject);
      const { nameClaim, groupsClaim } = this.config;
      const sid = claims['sid'];
      return {
        provider: this.name,
        subject,
        name: nameOf(all, nameClaim, subject),
        groups: groupsOf(all, groupsClaim),
        ...(typeof sid === 'string' ? { sid } : {}),
      };
    } catch (error) {
      throw faultOf(this.title, error);
    }
  }

  async signedOut(logoutToken: string): Promise<SignedOut> {
    const { keys, configuration } = await this.#describe();
    try {
      const { payload } = await jwtVerify(logoutToken, keys, {
        issuer: configuration.serverMetadata().issuer,
        audience: this.config.clientId,
        requiredClaims: ['iat', 'jti', 'events'],
        maxTokenAge: MAX_LOGOUT_AGE_S,
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(this.clock.now()),
      });
      const { sub, sid, events, nonce, iat = 0 } = payload;
      const isLogout = typeof events === 'object' && events !== null && LOGOUT_EVENT in events;
      if (!isLogout || nonce !== undefined || (typeof sub !== 'string' && typeof sid !== 'string'))
        throw new SignInFault('invalid', 'This is not a logout token');
      const session = typeof sid === 'string' ? sid : undefined;
      // The token has whole seconds; shown again later, it signs out nobody who has come meanwhile.
      const at = Math.min(this.clock.now(), iat * 1000 + 999);
      return { provider: this.name, subject: sub, sid: session, at };
    } catch (error) {
      throw faultOf(this.title, error);
    }
  }

  async check(): Promise<boolean> {
    try {
      this.#known = await this.#discover();
      return true;
    } catch {
      return false;
    }
  }

  /** Some providers put the name and the groups in the ID token, others say them only when they are asked. */
  async #withUserInfo(
    configuration: oidc.Configuration,
    claims: Readonly<Record<string, unknown>>,
    accessToken: string,
    subject: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { nameClaim, groupsClaim } = this.config;
    const isWhole = [nameClaim, groupsClaim].every((claim) => claimOf(claims, claim) !== undefined);
    if (isWhole || configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
    return { ...(await oidc.fetchUserInfo(configuration, accessToken, subject)), ...claims };
  }

  /** What is known of the provider; asks it at most once at a time. A description that is old still counts while no new one can be had. */
  async #describe(): Promise<Known> {
    const now = this.clock.monotonic();
    if (this.#known !== undefined && now < this.#known.untilMs) return this.#known;
    if (this.#known === undefined && now < this.#awayUntilMs)
      throw new SignInFault('unavailable', awayText(this.title));
    this.#asking ??= this.#discover().finally(() => (this.#asking = undefined));
    try {
      this.#known = await this.#asking;
    } catch (error) {
      const untilMs = this.clock.monotonic() + AWAY_MS;
      this.#awayUntilMs = untilMs;
      if (this.#known === undefined) throw new SignInFault('unavailable', awayText(this.title), { cause: error });
      this.#known = { ...this.#known, untilMs };
    }
    return this.#known;
  }

  async #discover(): Promise<Known> {
    const { issuer, clientId, clientSecret } = this.config;
    const url = new URL(issuer);
    const configuration = await oidc.discovery(
      url,
      clientId,
      { [oidc.clockTolerance]: CLOCK_TOLERANCE_S },
      clientAuth(clientSecret.reveal()),
      {
        timeout: PROVIDER_TIMEOUT_S,
        execute: [oidc.enableNonRepudiationChecks, ...(url.protocol === 'http:' ? [oidc.allowInsecureRequests] : [])],
      },
    );
    const { jwks_uri: jwksUri } = configuration.serverMetadata();
    if (jwksUri === undefined) throw new SignInFault('client', `${this.title} does not say where its keys are`);
    const keys = createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: PROVIDER_TIMEOUT_S * 1000 });
    return { configuration, keys, untilMs: this.clock.monotonic() + DESCRIPTION_MS };
  }
}

/** The standard's own way, unless the provider says that it takes only the other one. */
function clientAuth(secret: string): oidc.ClientAuth {
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)];
  return (server, ...rest) => {
    const takes = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    (takes.includes('client_secret_basic') ? basic : post)(server, ...rest);
  };
}
