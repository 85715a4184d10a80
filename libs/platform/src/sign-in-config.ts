import type { z } from 'zod';
import { VARIABLES } from './config-schema.js';
import { splitList } from './config-values.js';
import type { Secret } from './secret.js';

/** A provider that people sign in with by OpenID Connect. */
export interface OidcProviderConfig {
  readonly kind: 'oidc';
  /** The operator's word for it, which links, metrics and lists of people use. */
  readonly name: string;
  /** As the provider writes it. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scopes: string;
  readonly nameClaim: string;
  readonly groupsClaim: string;
}

/** GitHub, which speaks OAuth without OpenID Connect. */
export interface GitHubProviderConfig {
  readonly kind: 'github';
  readonly name: 'github';
  /** URLs have no slash at their ends. */
  readonly url: string;
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scopes: string;
}

/** Where people sign in. */
export type ProviderConfig = OidcProviderConfig | GitHubProviderConfig;

/** Who signs in, where, and for how long. Times are in milliseconds. */
export interface SignInConfig {
  readonly required: 'optional' | 'joiners' | 'everyone';
  /** Empty: nobody can sign in. */
  readonly providers: readonly ProviderConfig[];
  readonly countsForMs: number;
  /** Undefined: keys are never remembered. */
  readonly rememberKeysMs: number | undefined;
  /** Whose tokens machines may bring; undefined: nobody's. */
  readonly machines: MachineConfig | undefined;
}

/** Which machines have an identity. */
export interface MachineConfig {
  /** By the operator's word for each. */
  readonly issuers: ReadonlyMap<string, string>;
  /** Undefined: the server's own URL. */
  readonly audience: string | undefined;
  readonly rules: readonly MachineRule[];
}

/** Tokens that are accepted: of this issuer, with these claims, in which `*` stands for any characters but a slash. */
export interface MachineRule {
  readonly issuer: string;
  readonly claims: ReadonlyMap<string, string>;
}

type Values = z.output<typeof VARIABLES>;

const PARTS = ['ISSUER', 'CLIENT_ID', 'CLIENT_SECRET', 'SCOPES', 'NAME_CLAIM', 'GROUPS_CLAIM'] as const;
type Part = (typeof PARTS)[number];
type Given = { readonly [P in Part]?: Values[`SHIPMATE_OIDC_${P}`] };

const variableOf = (provider: string | undefined, part: Part): string =>
  provider === undefined
    ? `SHIPMATE_OIDC_${part}`
    : `SHIPMATE_OIDC_${provider.toUpperCase().replaceAll('-', '_')}_${part}`;

/** The variables of the providers that `SHIPMATE_OIDC_PROVIDERS` names, in the order of the docs. */
export function providerVariables(providers: readonly string[]): string[] {
  return providers.flatMap((provider) => PARTS.map((part) => variableOf(provider, part)));
}

/** What the variables say of signing in, and what is wrong with them: sentences that show no secret. */
export function readSignIn(
  values: Values,
  env: Readonly<Record<string, string | undefined>>,
): { readonly signIn: SignInConfig; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const providers: ProviderConfig[] = [];
  const names = values.SHIPMATE_OIDC_PROVIDERS;
  for (const name of names ?? [undefined]) {
    const given = name === undefined ? plainParts(values) : partsOf(name, env, faults);
    const isGiven = name !== undefined || isProvider(given);
    const provider = isGiven ? oidcProvider(name, given, faults) : undefined;
    if (provider !== undefined) providers.push(provider);
  }
  if (names !== undefined && isProvider(plainParts(values)))
    faults.push('SHIPMATE_OIDC_PROVIDERS and the variables of a single provider cannot be used together');
  const github = gitHubProvider(values, faults);
  if (github !== undefined) providers.push(github);
  const required = values.SHIPMATE_SIGN_IN ?? 'optional';
  if (required !== 'optional' && providers.length === 0 && faults.length === 0)
    faults.push('SHIPMATE_SIGN_IN needs a provider: SHIPMATE_OIDC_ISSUER or SHIPMATE_GITHUB_CLIENT_ID');
  const { SHIPMATE_REMEMBER_KEYS: remember = 'off', SHIPMATE_SIGN_IN_FOR: countsForMs = 12 * 3_600_000 } = values;
  const rememberKeysMs = remember === 'off' ? undefined : remember;
  const machines = readMachines(values, faults);
  return { signIn: { required, providers, countsForMs, rememberKeysMs, machines }, faults };
}

function readMachines(values: Values, faults: string[]): MachineConfig | undefined {
  const { SHIPMATE_JWT_ISSUERS: issuers, SHIPMATE_JWT_RULES: text, SHIPMATE_JWT_AUDIENCE: audience } = values;
  if (issuers === undefined) {
    if (text !== undefined) faults.push('SHIPMATE_JWT_RULES needs SHIPMATE_JWT_ISSUERS');
    return undefined;
  }
  const rules: MachineRule[] = [];
  for (const item of splitList(text ?? '')) {
    const [issuer = '', ...conditions] = item.split(/\s+/);
    const claims = new Map(conditions.map((one) => [one.split('=', 1)[0] ?? '', one.slice(one.indexOf('=') + 1)]));
    const isWhole = conditions.length > 0 && conditions.every((one) => /^[\w.:/-]+=.+$/.test(one));
    if (issuers.has(issuer) && isWhole && claims.size === conditions.length) rules.push({ issuer, claims });
    else faults.push(`SHIPMATE_JWT_RULES must name an issuer and claims in each rule, not ${JSON.stringify(item)}`);
  }
  if (text === undefined) faults.push('SHIPMATE_JWT_ISSUERS needs SHIPMATE_JWT_RULES: which tokens are accepted');
  return { issuers, audience, rules };
}

/** The others have defaults. */
const isProvider = (given: Given): boolean =>
  given.ISSUER !== undefined || given.CLIENT_ID !== undefined || given.CLIENT_SECRET !== undefined;

const plainParts = (values: Values): Given => ({
  ISSUER: values.SHIPMATE_OIDC_ISSUER,
  CLIENT_ID: values.SHIPMATE_OIDC_CLIENT_ID,
  CLIENT_SECRET: values.SHIPMATE_OIDC_CLIENT_SECRET,
  SCOPES: values.SHIPMATE_OIDC_SCOPES,
  NAME_CLAIM: values.SHIPMATE_OIDC_NAME_CLAIM,
  GROUPS_CLAIM: values.SHIPMATE_OIDC_GROUPS_CLAIM,
});

function partsOf(name: string, env: Readonly<Record<string, string | undefined>>, faults: string[]): Given {
  const given: Record<string, unknown> = {};
  for (const part of PARTS) {
    const variable = variableOf(name, part);
    const text = env[variable];
    if (text === undefined || text.trim() === '') continue;
    const result = VARIABLES.shape[`SHIPMATE_OIDC_${part}`].safeParse(text);
    if (result.success) given[part] = result.data;
    else faults.push(`${variable} ${result.error.issues[0]?.message ?? 'is wrong'}`);
  }
  return given;
}

function oidcProvider(name: string | undefined, given: Given, faults: string[]): OidcProviderConfig | undefined {
  const { ISSUER: issuer, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret } = given;
  const missing = (['ISSUER', 'CLIENT_ID', 'CLIENT_SECRET'] as const).filter((part) => given[part] === undefined);
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) {
    const list = missing.map((part) => variableOf(name, part)).join(' and ');
    // A wrong one is named already.
    if (faults.length === 0) faults.push(`A provider needs ${list}`);
    return undefined;
  }
  const scopes = given.SCOPES ?? 'openid email profile';
  if (!scopes.split(/ +/).includes('openid')) {
    faults.push(`${variableOf(name, 'SCOPES')} must contain openid`);
    return undefined;
  }
  return {
    kind: 'oidc',
    name: name ?? 'oidc',
    issuer,
    clientId,
    clientSecret,
    scopes,
    nameClaim: given.NAME_CLAIM ?? 'email',
    groupsClaim: given.GROUPS_CLAIM ?? 'groups',
  };
}

function gitHubProvider(values: Values, faults: string[]): GitHubProviderConfig | undefined {
  const { SHIPMATE_GITHUB_CLIENT_ID: clientId, SHIPMATE_GITHUB_CLIENT_SECRET: clientSecret } = values;
  if (clientId === undefined && clientSecret === undefined) return undefined;
  if (clientId === undefined || clientSecret === undefined) {
    faults.push('SHIPMATE_GITHUB_CLIENT_ID and SHIPMATE_GITHUB_CLIENT_SECRET must be set together');
    return undefined;
  }
  const plain = (url: string): string => url.replace(/\/+$/, '');
  const url = plain(values.SHIPMATE_GITHUB_URL ?? 'https://github.com');
  const ownApi = url === 'https://github.com' ? 'https://api.github.com' : `${url}/api/v3`;
  return {
    kind: 'github',
    name: 'github',
    url,
    apiUrl: plain(values.SHIPMATE_GITHUB_API_URL ?? ownApi),
    clientId,
    clientSecret,
    scopes: values.SHIPMATE_GITHUB_SCOPES ?? 'read:org',
  };
}
