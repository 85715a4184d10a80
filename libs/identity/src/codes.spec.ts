import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import type { Identity } from '#access';
import { CODE_MS, Codes, MemorySignInStore, readCode, RememberedKeys } from '#identity';
import { EndedSignIns, markOf } from './ended-sign-ins.js';

const ANN: Identity = {
  provider: 'corp',
  subject: 'ann',
  name: 'ann@example.org',
  groups: ['sre'],
  proved: 'sign-in',
  until: Date.UTC(2026, 0, 2),
};
const LOGIN = { address: '192.0.2.1', wants: 'join', fingerprint: 'SHA256:abc' } as const;

describe('codes of SSH logins', () => {
  it('are answered once, and the answer is taken once', async () => {
    const clock = new FakeClock();
    const codes = new Codes({ store: new MemorySignInStore(clock), clock });
    const code = await codes.make(LOGIN);
    expect(code).toMatch(/^[B-Z]{4}-[B-Z]{4}$/);
    expect(await codes.find(code)).toMatchObject(LOGIN);
    expect(await codes.takeAnswer(code)).toBeUndefined();
    const answers = [codes.answer(code, { kind: 'identity', identity: ANN }), codes.answer(code, { kind: 'refused' })];
    expect((await Promise.all(answers)).map((login) => login?.address)).toEqual(['192.0.2.1', undefined]);
    expect(await codes.find(code)).toBeUndefined();
    expect(await codes.takeAnswer(code)).toEqual({ kind: 'identity', identity: ANN });
    expect(await codes.takeAnswer(code)).toBeUndefined();
  });

  it('end after five minutes, or when the login is over', async () => {
    const clock = new FakeClock();
    const codes = new Codes({ store: new MemorySignInStore(clock), clock });
    const [late, left] = [await codes.make(LOGIN), await codes.make(LOGIN)];
    await codes.forget(left);
    expect(await codes.answer(left, { kind: 'refused' })).toBeUndefined();
    clock.advance(CODE_MS);
    expect(await codes.answer(late, { kind: 'refused' })).toBeUndefined();
  });

  it('are read as people write them', () => {
    for (const text of ['WDJB-MJHT', 'wdjbmjht', ' wdjb mjht ']) expect(readCode(text)).toBe('WDJB-MJHT');
    for (const text of ['', 'WDJB', 'WDJB-MJHA', 'WDJB-MJHTX', '../secret']) expect(readCode(text)).toBeUndefined();
  });
});

describe('remembered keys', () => {
  const make = (clock: FakeClock, forMs: number | undefined): { keys: RememberedKeys; ended: EndedSignIns } => {
    const store = new MemorySignInStore(clock);
    const signOuts = { add: async () => await Promise.resolve() };
    const ended = new EndedSignIns({ store, signOuts, clock, forMs: 60_000 });
    return { ended, keys: new RememberedKeys({ store, ended, clock, forMs, machines: false }) };
  };

  it('stand for their holder for a time, or until they are forgotten', async () => {
    const clock = new FakeClock();
    const { keys } = make(clock, 60_000);
    await keys.remember('SHA256:abc', ANN);
    await keys.remember('SHA256:other', ANN);
    expect(await keys.find('SHA256:abc')).toEqual({ ...ANN, proved: 'remembered-key', until: clock.now() + 60_000 });
    expect(await keys.find('SHA256:unknown')).toBeUndefined();
    await keys.forget('SHA256:other');
    expect(await keys.find('SHA256:other')).toBeUndefined();
    clock.advance(60_000);
    expect(await keys.find('SHA256:abc')).toBeUndefined();
  });

  it('are forgotten when the provider signs their holder out, and not when the browser does', async () => {
    const clock = new FakeClock();
    const { keys, ended } = make(clock, 60_000);
    const signIn = { ...markOf({ ...ANN, sid: 'one' }, clock.now()), browser: 'browser' };
    await keys.remember('SHA256:abc', { ...ANN, signIn });
    await ended.endBrowser('browser');
    await ended.end({ provider: 'corp', subject: undefined, sid: 'two', at: clock.now() });
    expect((await keys.find('SHA256:abc'))?.signIn).toEqual({ ...signIn, browser: undefined });
    await ended.end({ provider: 'corp', subject: undefined, sid: 'one', at: clock.now() });
    expect(await keys.find('SHA256:abc')).toBeUndefined();
  });

  it('are never remembered if the operator does not want it', async () => {
    const clock = new FakeClock();
    const { keys } = make(clock, undefined);
    await keys.remember('SHA256:abc', ANN);
    expect(await keys.find('SHA256:abc')).toBeUndefined();
  });
});
