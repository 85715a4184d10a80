import { describe, expect, it } from 'vitest';
import { FakeClock, sessionId } from '#kernel';
import { HostSecrets, linkSecret, MemoryLimiter, mintApprovalCode, type Identity } from '#access';
import { hashSecret, type SecretHash } from '#control';
import { API_LIMITS } from './api-limits.js';
import { Callers } from './callers.js';

const ID = sessionId('6f1c9a52-3f0b-4c5e-9d0a-2b7e8f4a1c33');
const hosts = new HostSecrets('a-secret-of-the-fleet-0123456789');
const secret = hosts.of(ID);
const person = (name: string, group: string): Identity => ({
  provider: 'corp',
  subject: `id-of-${name}`,
  name,
  groups: [group],
  proved: 'sign-in',
  until: 1,
});
const people = new Map([
  ['a', person('ann', 'sre')],
  ['b', person('bob', 'sales')],
]);
const ADMIN = 'the-token-of-an-operator';

function callersWith({ hostsOnly = false } = {}) {
  const clock = new FakeClock();
  const credential = {
    id: 'k1',
    hash: hashSecret('tmk-ada'),
    scope: 'user',
    user: 'ada',
    label: '',
    createdAt: 0,
  } as const;
  const accounts = {
    findCredential: async (hash: SecretHash) => (hash === credential.hash ? credential : undefined),
  };
  const noted: string[] = [];
  const callers = new Callers({
    hosts,
    signedIn: {
      find: async ({ cookie }) => people.get(String(cookie)),
      mayOperate: ({ groups }) => groups.includes('sre'),
    },
    ...(hostsOnly ? {} : { people: { adminToken: ADMIN, accounts } }),
    limiter: new MemoryLimiter(clock, API_LIMITS),
    refusals: { note: (reason) => void noted.push(reason) },
  });
  const identify = async (token: string) => await callers.identify({ authorization: `Bearer ${token}` }, '192.0.2.9');
  return { clock, identify, noted, callers };
}

describe('a caller of the API', () => {
  it('is an operator, a user, or the host of one session', async () => {
    const { identify } = callersWith();
    expect(await identify(ADMIN)).toMatchObject({ scope: 'admin', name: 'admin' });
    expect(await identify('tmk-ada')).toMatchObject({ scope: 'user', user: 'ada', name: 'user:ada' });
    expect(await identify(secret)).toEqual({ scope: 'host', user: undefined, session: ID, name: 'host' });
  });

  it('has a link to decide about one person, and is known by name where they have signed in', async () => {
    const { callers } = callersWith({ hostsOnly: true });
    const code = mintApprovalCode();
    const authorization = `Bearer ${linkSecret({ sessionId: ID, code })}`;
    const link = { scope: 'link', user: undefined, session: ID, code };
    const call = async (headers: Record<string, string>) =>
      await callers.identify({ authorization, ...headers }, '192.0.2.9');
    expect(await call({})).toEqual({ ...link, name: 'link' });
    const page = { 'x-shipmate-page': 'yes', 'sec-fetch-site': 'same-origin' };
    expect(await call({ ...page, cookie: 'b' })).toEqual({ ...link, name: 'person:corp:id-of-bob' });
    expect(await call({ ...page, cookie: 'b', 'sec-fetch-site': 'cross-site' })).toEqual({ ...link, name: 'link' });
    expect(await call({ cookie: 'b' })).toEqual({ ...link, name: 'link' });
  });

  it('is a host and nobody else where only hosts may call', async () => {
    const { identify } = callersWith({ hostsOnly: true });
    expect(await identify(secret)).toMatchObject({ scope: 'host', session: ID });
    await expect(identify(ADMIN)).rejects.toMatchObject({ status: 401 });
    await expect(identify('tmk-ada')).rejects.toMatchObject({ status: 401 });
  });

  it('that guesses the secret of a host waits like one that guesses a token', async () => {
    const { identify, noted, clock } = callersWith();
    const { free } = API_LIMITS['wrong-bearer'];
    for (let n = 0; n < free; n++) {
      await expect(identify(`${secret.slice(0, -4)}${1000 + n}`)).rejects.toMatchObject({ status: 401 });
    }
    await expect(identify(`${secret.slice(0, -4)}zzzz`)).rejects.toMatchObject({ status: 401 });
    await expect(identify(secret)).rejects.toMatchObject({ status: 429 });
    expect(new Set(noted)).toEqual(new Set(['bearer', 'too-many']));
    clock.advance(API_LIMITS['wrong-bearer'].maxWaitMs);
    expect(await identify(secret)).toMatchObject({ scope: 'host' });
  });

  it('is an operator who has signed in, if the policy says so and one of our pages calls', async () => {
    const { callers, noted } = callersWith();
    const page = { 'x-shipmate-page': 'yes', 'sec-fetch-site': 'same-origin' };
    const call = async (headers: Record<string, string>) => await callers.identify(headers, '192.0.2.9');
    expect(await call({ ...page, cookie: 'a' })).toEqual({
      scope: 'admin',
      user: undefined,
      name: 'person:corp:id-of-ann',
    });
    await expect(call({ ...page, cookie: 'b' })).rejects.toMatchObject({ status: 403 });
    expect(noted).toEqual(['not-operator']);
    // A cookie that nobody knows, and requests that another site has made a browser send.
    expect(await call({ ...page, cookie: 'x' })).toBeUndefined();
    expect(await call({ cookie: 'a' })).toBeUndefined();
    expect(await call({ ...page, cookie: 'a', 'sec-fetch-site': 'cross-site' })).toBeUndefined();
    expect(await call({ ...page, cookie: 'a', 'sec-fetch-site': 'same-site' })).toBeUndefined();
    expect(await call({ ...page, cookie: 'a', authorization: 'Basic YTpi' })).toBeUndefined();
    await expect(call({ ...page, cookie: 'a', authorization: 'Bearer wrong' })).rejects.toMatchObject({ status: 401 });
  });
});
