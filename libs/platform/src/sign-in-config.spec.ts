import { describe, expect, it } from 'vitest';
import { loadConfig, Secret, unknownVariables } from '#platform';
import { faults } from './config-faults.fixture.js';

const CORP = {
  SHIPMATE_OIDC_ISSUER: 'https://id.example.org/realms/corp',
  SHIPMATE_OIDC_CLIENT_ID: 'shipmate',
  SHIPMATE_OIDC_CLIENT_SECRET: 'secret-of-corp',
};

const named = (name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(CORP).map(([key, value]) => [key.replace('OIDC_', `OIDC_${name}_`), value.replace('corp', name)]),
  );

describe('signing in, as the variables say it', () => {
  it('has one provider with an issuer alone, and the usual claims', () => {
    const { signIn } = loadConfig({ ...CORP, SHIPMATE_SIGN_IN: 'joiners', SHIPMATE_REMEMBER_KEYS: '30d' });
    expect(signIn).toEqual({
      required: 'joiners',
      countsForMs: 12 * 3_600_000,
      rememberKeysMs: 30 * 24 * 3_600_000,
      machines: undefined,
      providers: [
        {
          kind: 'oidc',
          name: 'oidc',
          issuer: 'https://id.example.org/realms/corp',
          clientId: 'shipmate',
          clientSecret: new Secret('secret-of-corp'),
          scopes: 'openid email profile',
          nameClaim: 'email',
          groupsClaim: 'groups',
        },
      ],
    });
  });

  it('has several providers by name, and GitHub besides', () => {
    const env = {
      SHIPMATE_OIDC_PROVIDERS: 'corp,big-partner',
      ...named('CORP'),
      ...named('BIG_PARTNER'),
      SHIPMATE_OIDC_BIG_PARTNER_GROUPS_CLAIM: 'roles',
      SHIPMATE_GITHUB_CLIENT_ID: 'gh',
      SHIPMATE_GITHUB_CLIENT_SECRET: 'gh-secret',
      SHIPMATE_GITHUB_URL: 'https://github.example.org/',
    };
    expect(loadConfig(env).signIn.providers).toMatchObject([
      { name: 'corp', groupsClaim: 'groups' },
      { name: 'big-partner', groupsClaim: 'roles' },
      { kind: 'github', url: 'https://github.example.org', apiUrl: 'https://github.example.org/api/v3' },
    ]);
    const unknown = unknownVariables({ ...env, SHIPMATE_OIDC_OTHER_ISSUER: 'x' });
    expect(unknown.map(({ name }) => name)).toEqual(['SHIPMATE_OIDC_OTHER_ISSUER']);
  });

  it('has rules for machines', () => {
    const { machines } = loadConfig({
      SHIPMATE_JWT_ISSUERS: 'ci=https://ci.example.org,gitlab=https://gitlab.com',
      SHIPMATE_JWT_RULES: 'ci repository=acme/site ref=refs/heads/*, gitlab project_path=acme/site',
    }).signIn;
    expect(machines).toEqual({
      issuers: new Map([
        ['ci', 'https://ci.example.org'],
        ['gitlab', 'https://gitlab.com'],
      ]),
      audience: undefined,
      rules: [
        {
          issuer: 'ci',
          claims: new Map([
            ['repository', 'acme/site'],
            ['ref', 'refs/heads/*'],
          ]),
        },
        { issuer: 'gitlab', claims: new Map([['project_path', 'acme/site']]) },
      ],
    });
  });

  it.each<[string, Record<string, string>, string]>([
    ['machines without rules', { SHIPMATE_JWT_ISSUERS: 'ci=https://ci.example.org' }, 'needs SHIPMATE_JWT_RULES'],
    [
      'a rule for every token',
      { SHIPMATE_JWT_ISSUERS: 'ci=https://ci.example.org', SHIPMATE_JWT_RULES: 'ci' },
      'in each rule, not "ci"',
    ],
    [
      'an issuer alone',
      { SHIPMATE_OIDC_ISSUER: CORP.SHIPMATE_OIDC_ISSUER },
      'SHIPMATE_OIDC_CLIENT_ID and SHIPMATE_OIDC_CLIENT_SECRET',
    ],
    [
      'plain http elsewhere',
      { ...CORP, SHIPMATE_OIDC_ISSUER: 'http://id.example.org' },
      'SHIPMATE_OIDC_ISSUER must be',
    ],
    ['no openid', { ...CORP, SHIPMATE_OIDC_SCOPES: 'email' }, 'SHIPMATE_OIDC_SCOPES must contain openid'],
    ['nobody to ask', { SHIPMATE_SIGN_IN: 'joiners' }, 'SHIPMATE_SIGN_IN needs a provider'],
    ['both forms', { ...CORP, SHIPMATE_OIDC_PROVIDERS: 'corp', ...named('CORP') }, 'cannot be used together'],
    ['a name without variables', { SHIPMATE_OIDC_PROVIDERS: 'corp' }, 'SHIPMATE_OIDC_CORP_ISSUER'],
    ['the name of GitHub', { SHIPMATE_OIDC_PROVIDERS: 'github' }, 'SHIPMATE_OIDC_PROVIDERS must be'],
    ['half of GitHub', { SHIPMATE_GITHUB_CLIENT_ID: 'gh' }, 'must be set together'],
    ['no unit', { ...CORP, SHIPMATE_SIGN_IN_FOR: '12' }, 'SHIPMATE_SIGN_IN_FOR must be a time'],
    [
      'a wrong one of several',
      { SHIPMATE_OIDC_PROVIDERS: 'corp', ...named('CORP'), SHIPMATE_OIDC_CORP_ISSUER: 'corp' },
      'SHIPMATE_OIDC_CORP_ISSUER must be',
    ],
  ])('names the fault of %s', (_, env, fault) => {
    expect(faults(env)).toContain(fault);
    expect(faults(env)).not.toContain('secret-of');
  });
});
