import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeClock } from '#kernel';
import { SignOuts, type SignOut } from '#access';
import { Sealer } from '#control';
import { forLogin, MemorySignInStore, Providers, SignInFault, SignIns, type SignedIn } from '#identity';
import { Secret, type OidcProviderConfig } from '#platform';
import { oidcKey, OidcServer } from './oidc-server.fixture.js';

const BACK = 'http://127.0.0.1:1/sign-in/callback/corp';
const LOGOUT = { 'http://schemas.openid.net/event/backchannel-logout': {} };

const configOf = (name: string, server: OidcServer): OidcProviderConfig => ({
  kind: 'oidc',
  name,
  issuer: server.issuer,
  clientId: server.clientId,
  clientSecret: new Secret(server.clientSecret),
  scopes: 'openid email profile',
  nameClaim: 'email',
  groupsClaim: 'groups',
});

const faultOf = async (work: Promise<unknown>): Promise<SignInFault> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof SignInFault) return error;
  throw error ?? new Error('it was accepted');
};

describe('signing in at a provider of OpenID Connect', () => {
  let clock: FakeClock;
  let server: OidcServer;
  let signIns: SignIns;
  let told: SignOut[];

  const make = (...servers: readonly [string, OidcServer][]): SignIns => {
    const configs = servers.map(([name, one]) => configOf(name, one));
    return new SignIns({
      providers: new Providers(configs, clock, { provider: () => undefined }),
      store: new MemorySignInStore(clock),
      signOuts: { add: async (...outs) => void (await Promise.resolve(told.push(...outs))) },
      sealer: new Sealer('a secret of the fleet', [], 'test'),
      clock,
      countsForMs: 3_600_000,
      rememberKeysMs: undefined,
    });
  };

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    clock = new FakeClock(Date.now());
    told = [];
    server = await OidcServer.start({ redirectUris: [BACK] });
    signIns = make(['corp', server]);
  });
  afterEach(async () => {
    vi.useRealTimers();
    await server.close();
  });

  const pass = (ms: number): void => {
    clock.advance(ms);
    vi.setSystemTime(Date.now() + ms);
  };
  const comeBack = async (): Promise<{ readonly back: URL; readonly attempt: string }> => {
    const { url, attempt } = await signIns.begin('corp', BACK, '/t/abc');
    return { back: new URL(await server.signIn(url.href)), attempt };
  };
  const signIn = async (): Promise<SignedIn> => {
    const { back, attempt } = await comeBack();
    return (await signIns.finish('corp', back, attempt)).who;
  };

  it('says who it is, with their groups, and where they wanted to go', async () => {
    const { back, attempt } = await comeBack();
    expect(await signIns.finish('corp', back, attempt)).toEqual({
      to: '/t/abc',
      who: { provider: 'corp', subject: 'ann', name: 'ann@example.org', groups: ['sre', 'staff'] },
    });
  });

  it('does not call anybody by an address that is not verified', async () => {
    server.accounts.set('eve', {
      email: 'ann@example.org',
      email_verified: false,
      preferred_username: 'ann@example.org',
    });
    server.next = 'eve';
    expect(await signIn()).toMatchObject({ subject: 'eve', name: 'eve' });
  });

  it('says so when the person says no', async () => {
    server.next = undefined;
    expect(await faultOf(signIn())).toMatchObject({
      reason: 'denied',
      message: 'corp did not sign you in: access_denied',
    });
  });

  it('takes a code once', async () => {
    const { back, attempt } = await comeBack();
    await signIns.finish('corp', back, attempt);
    expect(await faultOf(signIns.finish('corp', back, attempt))).toMatchObject({
      reason: 'invalid',
      message: 'corp did not accept this sign-in (invalid_grant): sign in again',
    });
  });

  it('takes what comes back only from the browser that left, and in time', async () => {
    const [ours, theirs] = [await comeBack(), await comeBack()];
    // The other's state and code.
    expect(await faultOf(signIns.finish('corp', theirs.back, ours.attempt))).toMatchObject({ reason: 'invalid' });
    expect(await faultOf(signIns.finish('corp', ours.back, undefined))).toMatchObject({ reason: 'expired' });
    expect(await faultOf(signIns.finish('corp', ours.back, `${ours.attempt}A`))).toMatchObject({ reason: 'expired' });
    pass(16 * 60_000);
    expect(await faultOf(signIns.finish('corp', ours.back, ours.attempt))).toMatchObject({
      reason: 'expired',
      message: 'The sign-in took too long: start again',
    });
  });

  it('takes no token that was made for another way', async () => {
    const { url, attempt } = await signIns.begin('corp', BACK, '/t/abc');
    url.searchParams.set('nonce', 'of-another-way');
    const back = new URL(await server.signIn(url.href));
    expect(await faultOf(signIns.finish('corp', back, attempt))).toMatchObject({
      reason: 'invalid',
      message: 'What corp sent is not valid: sign in again',
    });
  });

  it("takes no code with another way's verifier", async () => {
    const { back, attempt } = await comeBack();
    const other = await signIns.begin('corp', BACK, '/t/abc');
    back.searchParams.set('state', other.state);
    expect(await faultOf(signIns.finish('corp', back, other.attempt))).toMatchObject({ reason: 'invalid' });
    expect(attempt).not.toBe(other.attempt);
  });

  it("takes no answer of one provider for another's", async () => {
    const partner = await OidcServer.start({ redirectUris: [BACK] });
    signIns = make(['corp', server], ['partner', partner]);
    const { back, attempt } = await comeBack();
    expect(await faultOf(signIns.finish('partner', back, attempt))).toMatchObject({ reason: 'expired' });
    back.searchParams.set('iss', partner.issuer);
    expect(await faultOf(signIns.finish('corp', back, attempt))).toMatchObject({ reason: 'invalid' });
    await partner.close();
  });

  it("follows the provider's keys when they change", async () => {
    await signIn();
    const { port } = new URL(server.issuer);
    await server.close();
    await server.listen(Number(port), [await oidcKey('second')]);
    // Keys that do not fit are asked for again at most once a minute.
    pass(61_000);
    expect(await signIn()).toMatchObject({ subject: 'ann' });
  });

  it('accepts a clock that is a little wrong, and no other', async () => {
    const ahead = async (ms: number): Promise<SignedIn> => {
      const { url, attempt } = await signIns.begin('corp', BACK, '/t/abc');
      const now = Date.now();
      vi.setSystemTime(now + ms);
      const back = new URL(await server.signIn(url.href));
      const verdict = vi.spyOn(server, 'onToken').mockImplementation(() => void vi.setSystemTime(now));
      try {
        return (await signIns.finish('corp', back, attempt)).who;
      } finally {
        verdict.mockRestore();
        vi.setSystemTime(now);
      }
    };
    expect(await ahead(20_000)).toMatchObject({ subject: 'ann' });
    expect(await faultOf(ahead(-700_000))).toMatchObject({ reason: 'invalid' });
  });

  it('knows whether the provider is there, also after it was', async () => {
    const provider = signIns.providers.find('corp')!;
    expect(await provider.check()).toBe(true);
    server.away = true;
    expect(await provider.check()).toBe(false);
    // What is known of it still counts.
    expect((await signIns.begin('corp', BACK, '/t/abc')).url.href).toContain(server.issuer);
    server.away = false;
    expect(await provider.check()).toBe(true);
  });

  it('says that the provider is away, and asks it again soon', async () => {
    server.away = true;
    const fault = await faultOf(signIns.begin('corp', BACK, '/t/abc'));
    expect(fault).toMatchObject({
      reason: 'unavailable',
      message: 'corp cannot be reached right now, so nobody can sign in there: try again in a moment',
    });
    server.away = false;
    pass(5_000);
    expect(await signIn()).toMatchObject({ subject: 'ann' });
    const { back, attempt } = await comeBack();
    server.away = true;
    expect(await faultOf(signIns.finish('corp', back, attempt))).toMatchObject({ reason: 'unavailable' });
  });

  describe('once signed in', () => {
    const add = async (who: Partial<SignedIn> = {}): Promise<string> =>
      await signIns.browsers.add({ ...(await signIn()), ...who });

    it('is known by the cookie until that counts no more, or the person signs out', async () => {
      const secret = await add();
      const { signIn: mark, ...known } = (await signIns.browsers.find(secret))!;
      expect(mark).toMatchObject({ at: clock.now(), ids: [expect.any(String)], browser: expect.any(String) });
      expect(known).toEqual({
        provider: 'corp',
        subject: 'ann',
        name: 'ann@example.org',
        groups: ['sre', 'staff'],
        proved: 'sign-in',
        until: clock.now() + 3_600_000,
      });
      expect(await signIns.browsers.find(`${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`)).toBeUndefined();
      const second = await add();
      const inside = (await signIns.browsers.find(second))!;
      expect(new SignOuts(told).end(inside)).toBe(false);
      await signIns.browsers.remove(second);
      expect(new SignOuts(told).end(inside)).toBe(true);
      expect(new SignOuts(told).end(forLogin(inside))).toBe(false);
      expect(await signIns.browsers.find(second)).toBeUndefined();
      pass(3_600_000);
      expect(await signIns.browsers.find(secret)).toBeUndefined();
    });

    it("is signed out by the provider's token: one session, or all", async () => {
      const [here, there] = [await add({ sid: 'one' }), await add({ sid: 'two' })];
      const seconds = Math.floor(clock.now() / 1000);
      const claims = { aud: server.clientId, iat: seconds, events: LOGOUT };
      const provider = signIns.providers.find('corp');
      const out = async (more: object): Promise<void> =>
        await signIns.browsers.end(await provider!.signedOut!(await server.sign({ ...claims, ...more })));
      const [one, two] = [(await signIns.browsers.find(here))!, (await signIns.browsers.find(there))!];
      const ended = (): boolean[] => [one, forLogin(one), two].map((who) => new SignOuts(told).end(who));
      await out({ jti: '1', sid: 'one' });
      expect(ended()).toEqual([true, true, false]);
      expect(await signIns.browsers.find(here)).toBeUndefined();
      expect(await signIns.browsers.find(there)).toMatchObject({ subject: 'ann' });
      await out({ jti: '2', sub: 'ann' });
      expect(ended()).toEqual([true, true, true]);
      expect(await signIns.browsers.find(there)).toBeUndefined();
      pass(1);
      expect(await signIns.browsers.find(await add({ sid: 'one' }))).toMatchObject({ subject: 'ann' });
    });

    it('is not signed out by a token that the provider did not send for that', async () => {
      const seconds = Math.floor(clock.now() / 1000);
      const good = { iss: server.issuer, aud: server.clientId, iat: seconds, jti: '1', sub: 'ann', events: LOGOUT };
      const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
      const forged = await new SignJWT(good).setProtectedHeader({ alg: 'RS256', kid: 'first' }).sign(privateKey);
      const ownKey = await new SignJWT(good)
        .setProtectedHeader({ alg: 'RS256', jwk: await exportJWK(publicKey) })
        .sign(privateKey);
      const bad = [
        'no token',
        new UnsecuredJWT(good).encode(),
        forged,
        ownKey,
        await server.sign({ ...good, aud: 'another' }),
        await server.sign({ ...good, iss: 'https://id.example.org' }),
        await server.sign({ ...good, iat: seconds - 600 }),
        await server.sign({ ...good, events: {} }),
        await server.sign({ ...good, nonce: 'of a sign-in' }),
        await server.sign({ ...good, sub: 7 as never }),
      ];
      const provider = signIns.providers.find('corp');
      for (const token of bad) expect((await faultOf(provider!.signedOut!(token))).reason, token).toBe('invalid');
    });
  });
});
