import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { oidcKey, OidcServer } from '#identity/oidc-server';
import {
  Chromium,
  freePort,
  PtyJoiner,
  run,
  Shipmate,
  Stage,
  SyntheticHost,
  tempDir,
  TmateHost,
  until,
  WebJoiner,
} from '#testing';
import { Visitor } from './visitor.fixture.js';

// People sign in at a real provider: in a browser, and for an SSH login.
const house = new Stage();
const stage = new Stage();
const keys = tempDir('smk');
const KEY = keys.file('ann');
const HOST_KEY = keys.file('host');
const CI_KEY = keys.file('ci');
let provider: OidcServer;
let shipmate: Shipmate;
let token: string;
let visitor: Visitor;
let host: SyntheticHost;

beforeAll(async () => {
  const httpPort = await freePort();
  for (const key of [KEY, HOST_KEY, CI_KEY]) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  provider = await OidcServer.start({
    redirectUris: [`http://127.0.0.1:${httpPort}/sign-in/callback/corp`],
    jwks: { keys: [await oidcKey('first')] },
  });
  house.onClear(async () => await provider.close());
  shipmate = await house.add(
    Shipmate.start({
      httpPort,
      env: {
        SHIPMATE_OIDC_PROVIDERS: 'corp',
        SHIPMATE_OIDC_CORP_ISSUER: provider.issuer,
        SHIPMATE_OIDC_CORP_CLIENT_ID: provider.clientId,
        SHIPMATE_OIDC_CORP_CLIENT_SECRET: provider.clientSecret,
        SHIPMATE_SIGN_IN: 'everyone',
        SHIPMATE_JWT_ISSUERS: `ci=${provider.issuer}`,
        SHIPMATE_JWT_RULES: 'ci repository=acme/* environment=debug',
        SHIPMATE_REMEMBER_KEYS: '30d',
        SHIPMATE_AUDIT_LOG: 'stdout',
      },
    }),
  );
  await shareForTheFirstTime();
});
beforeEach(async () => {
  provider.away = false;
  provider.next = 'ann';
  visitor = new Visitor(shipmate, provider);
  host = await stage.add(SyntheticHost.start({ port: shipmate.sshPort, ssh: { privateKey: readFileSync(HOST_KEY) } }));
  host.output('inside');
  token = await host.token();
});
afterEach(async () => await stage.clear());
afterAll(async () => {
  await house.clear();
  keys.dispose();
});

/** A stock host shows a link, and shares by itself once somebody has signed in; its key is remembered from then on. */
async function shareForTheFirstTime(): Promise<void> {
  const conf = `set -g tmate-identity "${HOST_KEY}"`;
  const host = await house.add(TmateHost.start({ serverConf: shipmate.tmateConf, conf, mode: 'foreground' }));
  const shown = /open http:\/\/[^/]+(\/in\/\S+) and check/;
  const told = (): string | undefined => shown.exec(host.foreground?.stdout ?? '')?.[1];
  const link = await until(told, { what: 'the host to show a link' });
  const browser = new Visitor(shipmate, provider);
  expect((await browser.open(link)).text).toContain('share a terminal');
  expect((await browser.post(link, { answer: 'remember' })).text).toContain('and sharing begins');
  await host.waitReady();
}

/** Events of a type, as the audit log has them. */
const events = (type: string): readonly Record<string, unknown>[] =>
  shipmate.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ audit }) => audit === type);

const ssh = (user: string, ...args: string[]): PtyJoiner =>
  new PtyJoiner({
    port: shipmate.sshPort,
    user,
    cols: 160,
    rows: 50,
    program: [
      ...'ssh -F /dev/null -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentityAgent=none'.split(
        ' ',
      ),
      ...args,
      '-p',
      `${shipmate.sshPort}`,
      `${user}@127.0.0.1`,
    ],
  });

/** Joins as a page does. */
const enter = async ({ cookie }: Visitor): Promise<WebJoiner> =>
  await WebJoiner.start({ port: shipmate.httpPort, token, headers: { cookie } });

describe('in a browser', () => {
  it('a page goes to the provider and back to the session, in Chromium', async () => {
    const chromium = await stage.add(Chromium.start());
    const { page } = await stage.add(chromium.page());
    await page.goto(`${visitor.origin}/t/${token}`);
    await page.waitForSelector('html[data-link=joined]');
    expect(page.url()).toBe(`${visitor.origin}/t/${token}`);
    const cookie = (await page.context().cookies()).find(({ name }) => name === 'shipmate');
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    await page.goto(`${visitor.origin}/sign-in`);
    expect(await page.textContent('main')).toContain('ann@example.org');
    await page.click('text=Sign out');
    await page.waitForSelector('text=You are signed out');
    await page.goto(`${visitor.origin}/sign-in`);
    expect(await page.textContent('h1')).toBe('Sign in');
  });

  it('without a cookie, nobody joins; with it, one joins under their name', async () => {
    const stranger = await stage.add(WebJoiner.start({ port: shipmate.httpPort, token }));
    expect(stranger.closed?.reason).toMatch(/sign in/i);
    await visitor.open(`/t/${token}`);
    const joiner = await stage.add(
      WebJoiner.start({ port: shipmate.httpPort, token, headers: { cookie: visitor.cookie } }),
    );
    await joiner.screen.toShow('inside');
    expect(events('signed-in').at(-1)).toMatchObject({
      details: { person: 'ann@example.org', provider: 'corp', subject: 'ann' },
    });
    expect(await shipmate.metric('shipmate_sign_ins_total{provider="corp",result="ok"}')).toBeGreaterThan(0);
  });

  it("another site's page gains nothing by the cookie", async () => {
    await visitor.open(`/t/${token}`);
    const elsewhere = { cookie: visitor.cookie, origin: 'https://evil.example.org' };
    const page = await stage.add(WebJoiner.start({ port: shipmate.httpPort, token, headers: elsewhere }));
    expect(page.closed).toBeDefined();
    expect(page.welcome).toBeUndefined();
    const refused = await visitor.post('/sign-out', {}, { origin: 'https://evil.example.org' });
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.text).toContain('did not come from a page of this server');
    for (const headers of [{}, { origin: 'null' }])
      expect((await visitor.post('/sign-out', {}, headers)).status).toBe(403);
    expect((await visitor.get('/sign-in')).text).toContain('You are signed in');
    expect(events('refused').some(({ details }) => (details as { reason: string }).reason === 'cross-site')).toBe(true);
    for (const to of ['https://evil.example.org', '//evil.example.org', '/\\evil.example.org', '/api/t/x'])
      expect((await visitor.get(`/sign-in?to=${encodeURIComponent(to)}`)).text).toContain('You are signed in');
  });

  it('a code, a state or a cookie of somebody else signs nobody in', async () => {
    const begun = await visitor.get(`/sign-in?to=/t/${token}`);
    const back = new URL(await provider.signIn(begun.location ?? ''));
    const path = back.href.slice(visitor.origin.length);
    const victim = new Visitor(shipmate, provider);
    const pushed = await victim.get(path);
    expect(pushed).toMatchObject({ status: 403 });
    expect(pushed.text).toContain('This sign-in was started in another browser');
    const kept = new Map(visitor.cookies);
    expect((await visitor.get(path)).status).toBe(303);
    // Once more, with the cookie that the answer has removed.
    for (const [name, value] of kept) visitor.cookies.set(name, value);
    const again = await visitor.get(path);
    expect(again.status).toBe(403);
    expect(again.text).toContain('did not accept this sign-in');
    expect(await shipmate.metric('shipmate_sign_ins_total{provider="corp",result="expired"}')).toBeGreaterThan(0);
    expect(await shipmate.metric('shipmate_sign_ins_total{provider="corp",result="invalid"}')).toBeGreaterThan(0);
  });

  it('the provider signs somebody out, who leaves at once, and nobody else can', async () => {
    // Not the host's person: their remembered key would be forgotten.
    provider.accounts.set('zoe', { email: 'zoe@example.org', email_verified: true });
    provider.next = 'zoe';
    await visitor.open(`/t/${token}`);
    const inside = await stage.add(enter(visitor));
    await inside.screen.toShow('inside');
    const claims = {
      aud: provider.clientId,
      iat: Math.floor(Date.now() / 1000),
      jti: 'one',
      sub: 'zoe',
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    };
    const out = async (logout_token: string): Promise<number> =>
      (await new Visitor(shipmate, provider).post('/sign-in/logout/corp', { logout_token }, {})).status;
    expect(await out(await provider.sign({ ...claims, aud: 'another' }))).toBe(400);
    expect(await out('rubbish')).toBe(400);
    expect((await visitor.get('/sign-in')).text).toContain('You are signed in');
    expect(inside.open).toBe(true);
    expect(await out(await provider.sign(claims))).toBe(200);
    expect((await visitor.get('/sign-in')).text).not.toContain('You are signed in');
    await until(() => !inside.open, { what: 'the seat to end' });
    expect(inside.closed?.reason).toMatch(/sign in/);
  });

  it('whoever signs out in a browser leaves there, and nowhere else', async () => {
    const elsewhere = new Visitor(shipmate, provider);
    for (const one of [visitor, elsewhere]) await one.open(`/t/${token}`);
    const [here, there] = [await stage.add(enter(visitor)), await stage.add(enter(elsewhere))];
    for (const joiner of [here, there]) await joiner.screen.toShow('inside');
    expect((await visitor.post('/sign-out', {})).status).toBe(200);
    await until(() => !here.open, { what: 'the seat to end' });
    expect(there.open).toBe(true);
  });

  it('while the provider is away, people inside stay, and new ones read why', async () => {
    await visitor.open(`/t/${token}`);
    const inside = await stage.add(
      WebJoiner.start({ port: shipmate.httpPort, token, headers: { cookie: visitor.cookie } }),
    );
    await inside.screen.toShow('inside');
    const late = new Visitor(shipmate, provider);
    const begun = await late.get(`/sign-in?to=/t/${token}`);
    const back = await provider.signIn(begun.location ?? '');
    provider.away = true;
    const refused = await late.get(back.slice(late.origin.length));
    expect(refused.status).toBe(503);
    expect(refused.text).toContain('corp cannot be reached right now');
    const more = await stage.add(
      WebJoiner.start({ port: shipmate.httpPort, token, headers: { cookie: visitor.cookie } }),
    );
    await more.screen.toShow('inside');
    expect(inside.open).toBe(true);
  });
});

describe('with ssh', () => {
  const linkOf = async (joiner: PtyJoiner): Promise<{ link: string; code: string }> => {
    await joiner.screen.toShow('continues by itself');
    const text = (await joiner.screen.read()).lines.join('');
    const [, link = '', code = ''] = /Open (http\S+\/in\/(\S+)) and/.exec(text) ?? [];
    return { link: link.slice(visitor.origin.length), code };
  };
  const withKey = ['-o', 'IdentitiesOnly=yes', '-i', KEY];

  it('a link and a QR code lead to a browser, the login continues by itself, and the next one asks nothing', async () => {
    const first = await stage.add(ssh(token, ...withKey));
    const { link, code } = await linkOf(first);
    await first.screen.toShow('▄▄▄▄▄');
    const page = await visitor.open(link);
    expect(page.text).toContain(code);
    expect(page.text).toContain('127.0.0.1');
    expect(page.text).toContain('SHA256:');
    expect(page.text).not.toContain('has another address');
    // A page of another site answers nothing.
    expect((await visitor.post(link, { answer: 'yes' }, { origin: 'https://evil.example.org' })).status).toBe(403);
    expect((await visitor.post(link, { answer: 'remember' })).text).toContain('Go back to your terminal');
    await first.screen.toShow('inside');
    // The code counts once.
    expect((await visitor.post(link, { answer: 'yes' })).status).toBe(404);
    const second = await stage.add(ssh(token, ...withKey, '-o', 'KbdInteractiveAuthentication=no'));
    await second.screen.toShow('inside');
    expect(events('login-answered').at(-1)).toMatchObject({
      details: { person: 'ann@example.org', answer: 'confirmed', remembered: 'yes' },
    });
  });

  it('whoever says no ends the login', async () => {
    const joiner = await stage.add(ssh(token, '-o', 'PubkeyAuthentication=no'));
    const { link } = await linkOf(joiner);
    await visitor.open(link);
    expect((await visitor.post(link, { answer: 'no' })).text).toContain('Refused');
    expect(await joiner.exited()).toMatchObject({ status: 255 });
    await joiner.screen.toShow('this login is not theirs');
  });
});

describe('a machine', () => {
  const claims = { sub: 'repo:acme/site', repository: 'acme/site', environment: 'debug' };
  const sign = async (more: object = {}): Promise<string> => {
    const seconds = Math.floor(Date.now() / 1000);
    return await provider.sign({ aud: visitor.origin, iat: seconds, exp: seconds + 300, ...claims, ...more });
  };
  const exchange = async (jwt: string): Promise<{ status: number; detail?: string; name?: string }> => {
    const body = JSON.stringify({ token: jwt, key: readFileSync(`${CI_KEY}.pub`, 'utf8').trim() });
    const response = await fetch(`${visitor.origin}/v1/exchange`, { method: 'POST', body });
    return { ...((await response.json()) as object), status: response.status };
  };

  it('shows the token of its job once, and then hosts and joins with its key', async () => {
    expect(await exchange(await sign())).toMatchObject({ status: 201, name: 'repo:acme/site' });
    const ssh = { privateKey: readFileSync(CI_KEY) };
    const own = await stage.add(SyntheticHost.start({ port: shipmate.sshPort, ssh }));
    own.output('built');
    const args = ['-o', 'IdentitiesOnly=yes', '-i', CI_KEY];
    const joiner = await stage.add(new PtyJoiner({ port: shipmate.sshPort, user: await own.token(), args }));
    await joiner.screen.toShow('built');
    expect(events('machine-known').at(-1)).toMatchObject({ details: { person: 'repo:acme/site', provider: 'ci' } });
  });

  it.each<[string, object, string]>([
    ['for another server', { aud: 'https://other.example.org' }, 'not valid'],
    ['of another repository', { repository: 'evil/site' }, 'no rule'],
    ['that is too old', { iat: 1, exp: 2 }, 'not valid'],
    ['of another issuer', { iss: 'https://evil.example.org' }, 'issuer'],
  ])('gains nothing by a token %s', async (_, more, why) => {
    const answer = await exchange(await sign(more));
    expect(answer).toMatchObject({ status: 403 });
    expect(answer.detail).toContain(why);
  });

  it('gains nothing by a token without a signature', async () => {
    const [, body = ''] = (await sign()).split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
    expect(await exchange(none)).toMatchObject({ status: 403 });
  });
});

describe('a stranger', () => {
  // The last one: this address has to wait then.
  it('guessed codes cost waits, as wrong tokens do', async () => {
    const guess = async (): Promise<number> => (await visitor.get('/in/BBBB-BBBB')).status;
    expect(await guess()).toBe(404);
    await until(async () => (await guess()) === 429, { what: 'guesses to be refused', everyMs: 1 });
  });
});
