import { createRemoteJWKSet, decodeJwt, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import * as oidc from 'openid-client';
import type { Clock } from '#kernel';
import type { Identity } from '#access';
import type { MachineConfig, MachineRule } from '#platform';
import { claimOf, nameOf, subjectOf } from './providers/claims.js';
import { awayText, faultOf } from './providers/faults.js';
import { CLOCK_TOLERANCE_S, PROVIDER_TIMEOUT_S } from './providers/oidc-provider.js';
import { SignInFault } from './sign-in-fault.js';

/** How long a machine is known after it has shown its token, in ms: a job that takes longer shows a new one. */
export const MACHINE_MS = 3_600_000;
/** The oldest token that counts, in seconds: a job asks for one when it needs it. */
const MAX_AGE_S = 900;

/** Machines, by the tokens (JWT) of issuers that the operator trusts. */
export class Machines {
  readonly #keys = new Map<string, Promise<JWTVerifyGetKey>>();

  constructor(
    private readonly config: MachineConfig,
    private readonly audience: string,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** Who shows a token. Throws a `SignInFault`. */
  async identify(token: string): Promise<Identity> {
    const faults: SignInFault[] = [];
    for (const [name, issuer] of this.config.issuers) {
      if (issuerOf(token) !== issuer) continue;
      try {
        return this.#identityOf(name, await this.#verify(token, name, issuer));
      } catch (error) {
        faults.push(faultOf(name, error));
      }
    }
    throw faults[0] ?? new SignInFault('invalid', 'This server does not know the issuer of this token');
  }

  async #verify(token: string, name: string, issuer: string): Promise<JWTPayload> {
    const keys = await this.#keysOf(name, issuer);
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: this.audience,
      requiredClaims: ['sub', 'exp', 'iat'],
      maxTokenAge: MAX_AGE_S,
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(this.clock.now()),
    });
    return payload;
  }

  #identityOf(name: string, claims: JWTPayload): Identity {
    if (!this.config.rules.some((rule) => rule.issuer === name && fits(rule, claims)))
      throw new SignInFault('no-rule', 'The token is valid, but no rule of this server admits its claims');
    const subject = subjectOf(name, claims.sub);
    const shown = nameOf({}, 'sub', subject);
    return {
      provider: name,
      subject,
      name: shown,
      groups: [],
      proved: 'machine',
      until: this.clock.now() + MACHINE_MS,
    };
  }

  async #keysOf(name: string, issuer: string): Promise<JWTVerifyGetKey> {
    let keys = this.#keys.get(name);
    if (keys === undefined) this.#keys.set(name, (keys = discover(issuer)));
    try {
      return await keys;
    } catch (error) {
      this.#keys.delete(name);
      throw new SignInFault('unavailable', awayText(name), { cause: error });
    }
  }
}

/** Where the keys of an issuer are: its description says so. */
async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const url = new URL(issuer);
  const execute = url.protocol === 'http:' ? [oidc.allowInsecureRequests] : [];
  const found = await oidc.discovery(url, 'none', undefined, oidc.None(), { timeout: PROVIDER_TIMEOUT_S, execute });
  const { jwks_uri: jwksUri } = found.serverMetadata();
  if (jwksUri === undefined) throw new Error('the issuer does not say where its keys are');
  return createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: PROVIDER_TIMEOUT_S * 1000 });
}

/** Whom a token names as its issuer: that decides only whose keys it is checked with. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

const fits = ({ claims }: MachineRule, token: JWTPayload): boolean =>
  [...claims].every(([name, pattern]) => {
    const value = claimOf(token, name);
    const text = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? `${value}` : '';
    return text !== '' && toPattern(pattern).test(text);
  });

const toPattern = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^/]*')}$`,
  );
