import { describe, expect, it } from 'vitest';
import { parseLink } from '#access';
import { FakeClock } from '#kernel';
import { MemoryDirectory } from '#directory';
import { MemoryBus } from '#relay';
import type { HostMessage } from '#tmate-protocol';
import { WAIT_MS } from './admissions.js';
import { NO_HOOK, NO_HOOKS_HERE, NO_WEB_URL, withHookOption } from './session-hooks.js';
import { Stage } from '#fleet/stage';

const set = (option: string, value: string): HostMessage => ({
  type: 'exec-cmd',
  args: ['set-option', '-g', option, value],
});
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve();
};

describe('what a home tells for webhooks', () => {
  it('is a session, its joiners and its end, in tmate’s words', async () => {
    const stage = new Stage();
    const before = [
      set('tmate-webhook-url', 'https://hook.example/'),
      set('tmate-webhook-userdata', 'mine'),
      set('tmate-set', 'webhook-secret=key'),
    ];
    const host = await stage.host({ before });
    expect(host.notices.filter((text) => text.includes('webhook'))).toEqual([]);
    const mate = await stage.join(host, 'reader');
    mate.seat.leave('detached');
    await stage.join(host);
    host.say({ type: 'fin' });
    expect(stage.hooks.map(({ type }) => type)).toEqual([
      'session_register',
      'session_join',
      'session_left',
      'session_join',
      'session_close',
    ]);
    const [register, join, left] = stage.hooks;
    expect(register).toMatchObject({
      generation: 1,
      settings: { url: 'https://hook.example/', userdata: 'mine', secret: 'key' },
    });
    expect(register?.params).toMatchObject({
      ip_address: '192.0.2.1',
      client_version: '2.4.0',
      stoken: expect.stringMatching(/^\w{25}$/),
      stoken_ro: expect.stringMatching(/^ro-\w{25}$/),
      reconnected: false,
      foreground: false,
      named: false,
      uname: { sysname: 'Linux', machine: 'x86_64' },
    });
    expect(join?.params).toEqual({ id: mate.seat.info.id, type: 'ssh', ip_address: '192.0.2.9', readonly: true });
    expect(left?.params).toEqual({ id: mate.seat.info.id });
    expect(new Set(stage.hooks.map(({ session }) => session)).size).toBe(1);
  });

  it('is nothing where the host names no address, and the host is told so', async () => {
    const stage = new Stage();
    const host = await stage.host({ before: [set('tmate-webhook-url', 'hook.example')] });
    expect(host.notices).toContain(NO_WEB_URL);
    const told = (): number => host.notices.filter((text) => text === NO_WEB_URL).length;
    host.say(set('tmate-webhook-url', ''));
    host.say(set('tmate-webhook-url', 'https://hook.example/'));
    expect(told()).toBe(1);
    host.say(set('tmate-webhook-url', `https://hook.example/${'x'.repeat(3_000)}`));
    expect(told()).toBe(2);
  });

  it('is nothing where the operator allows none, and a host that asks is told so once', async () => {
    const stage = new Stage({ sendsHooks: false });
    const host = await stage.host({ before: [set('tmate-webhook-url', 'https://hook.example/')] });
    host.say(set('tmate-webhook-userdata', 'mine'));
    host.say(set('tmate-webhook-url', ''));
    expect(host.notices.filter((text) => text.startsWith('tmate-webhook-url'))).toEqual([NO_HOOKS_HERE]);
    const quiet = await stage.host();
    expect(quiet.notices.filter((text) => text.startsWith('tmate-webhook-url'))).toEqual([]);
  });

  it('is a request to join, with a link to decide, where somebody waits', async () => {
    const stage = new Stage();
    const host = await stage.host({ before: [set('tmate-set', 'approve=true')] });
    const joining = stage.join(host, 'reader');
    await settle();
    const [, request, ...more] = stage.hooks;
    expect(more).toEqual([]);
    expect(request?.type).toBe('session_access_request');
    expect(request?.params).toEqual({
      id: expect.any(String) as string,
      type: 'ssh',
      ip_address: '192.0.2.9',
      readonly: true,
      decide_url: expect.stringMatching(/^https:\/\/localhost\/decide#smd-[\w-]{47}$/) as string,
      expires_at: new Date(stage.clock.now() + WAIT_MS).toISOString(),
      agreed: [],
      needed: 1,
    });
    const [home] = stage.sessions.sessions;
    const link = parseLink(String(request?.params['decide_url']).split('#')[1] ?? '');
    home?.rules.admissions.decideByLink(link?.code ?? '', { admit: true });
    expect((await joining).seat.info.role).toBe('reader');
  });

  it('has the format that the host wants', () => {
    const slack = withHookOption(NO_HOOK, 'tmate-set', 'webhook-format=slack');
    expect(slack).toEqual({ ...NO_HOOK, format: 'slack' });
    expect(withHookOption(slack, 'tmate-set', 'webhook-format=tmate').format).toBeUndefined();
    expect(withHookOption(slack, 'tmate-set', 'webhook-format=slak').format).toBeUndefined();
  });

  it('is a host that is lost, and back under the next generation', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const reconnect = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    await stage.host({ reconnect });
    await settle();
    expect(stage.hooks.map(({ type, generation }) => `${type} ${generation}`)).toEqual([
      'session_register 1',
      'session_disconnect 1',
      'session_register 2',
    ]);
    expect(stage.hooks[2]?.params).toMatchObject({ reconnected: true, stoken: stage.hooks[0]?.params['stoken'] });
  });

  it('is reported only by the home, even for people who join elsewhere', async () => {
    const [clock, bus] = [new FakeClock(), new MemoryBus()];
    const directory = new MemoryDirectory(clock);
    const [one, two] = [new Stage({ clock, bus, directory }), new Stage({ clock, bus, directory })];
    await one.sessions.start();
    await two.sessions.start();
    const host = await one.host();
    const joining = two.join(host);
    for (let i = 0; i < 20; i++) {
      clock.advance(50);
      await settle();
    }
    const mate = await joining;
    await settle();
    mate.seat.leave('detached');
    await settle();
    expect(two.hooks).toEqual([]);
    expect(one.hooks.map(({ type }) => type)).toEqual(['session_register', 'session_join', 'session_left']);
    expect(one.hooks[1]?.params).not.toHaveProperty('key');
    const withKey = two.join(host, 'writer', 80, 24, 'xterm', 'SHA256:abc');
    for (let i = 0; i < 20; i++) {
      clock.advance(50);
      await settle();
    }
    await withKey;
    await settle();
    expect(one.hooks.at(-1)).toMatchObject({ type: 'session_join', params: { key: 'SHA256:abc' } });
    expect(one.hooks[1]?.params).toMatchObject({ id: mate.seat.info.id, ip_address: '192.0.2.9', type: 'ssh' });
    // People who leave while the session ends are reported later.
    const last = await withKey;
    last.seat.leave('detached');
    host.say({ type: 'fin' });
    for (let i = 0; i < 20; i++) {
      clock.advance(50);
      await settle();
    }
    expect(one.hooks.at(-1)).toMatchObject({ type: 'session_close' });
  });
});

describe('withHookOption', () => {
  it('keeps what is said of webhooks, within limits, and nothing else', () => {
    expect(withHookOption(NO_HOOK, 'status', 'off')).toBe(NO_HOOK);
    expect(withHookOption(NO_HOOK, 'tmate-set', 'password=x')).toBe(NO_HOOK);
    expect(withHookOption(NO_HOOK, 'tmate-webhook-url', `https://a/${'x'.repeat(3_000)}`).url).toBe('');
    for (const url of ['ftp://x/', 'no url', '//x', 'http//x']) {
      expect(withHookOption({ ...NO_HOOK, url: 'https://a/' }, 'tmate-webhook-url', url).url).toBe('');
    }
    expect(withHookOption(NO_HOOK, 'tmate-webhook-userdata', 'x'.repeat(3_000)).userdata).toHaveLength(1_024);
  });
});
