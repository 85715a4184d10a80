import { afterEach, describe, expect, it } from 'vitest';
import { Shipmate, Stage, until } from '#testing';
import { share } from '../share.fixture.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

describe('a server that is killed and started again', () => {
  const [before, after] = ['the secret of last year', 'the secret of this year'];
  const changed = { SHIPMATE_SECRET: after, SHIPMATE_ACCEPTED_SECRETS: before };
  it.each([
    ['SIGKILL', 'its kept secret', {}, {}],
    ['SIGTERM', 'a new secret that accepts the old one', { SHIPMATE_SECRET: before }, changed],
  ] as const)('has its host back, with the same tokens and screen (%s, %s)', async (signal, _, env, envAfter) => {
    const first = await stage.add(Shipmate.start({ env }));
    const { host, token, readToken, join } = await share(stage, first, { mode: 'attached' });
    const before = await join();
    await before.screen.toShow('$');
    await before.type('seq 1000 1200; echo "the end"\r');
    await before.screen.toShow(/^the end/m);
    await before.type('\u0002%');
    await before.screen.toShow('│');
    await before.type('echo right $((1+1))\r');
    await before.screen.toShow('right 2');
    await first.halt(signal);
    expect((await before.exited()).status).not.toBe(0);
    await host.terminal.toShow('Reconnecting');

    const second = await stage.add(Shipmate.start({ restartOf: first, env: envAfter }));
    const live = 'shipmate_sessions{region="local",state="live"}';
    await until(async () => (await second.metric(live)) === 1, { what: 'the host to come back', deadlineMs: 5000 });
    await until(async () => (await host.messages()).includes('Reconnected'), { what: 'the host to be told so' });
    expect([await host.token(), await host.token('read')]).toEqual([token, readToken]);

    const after = await join();
    await after.screen.toShow('right 2');
    await after.screen.toShow(/^the end/m);
    await after.screen.toShow('│');
    expect((await after.screen.read()).lines.at(-1)).toContain('0:bash*');
    const reader = await join({ user: readToken });
    await reader.screen.toShow('right 2');
    await after.type('echo goes on $((50+5))\r');
    await reader.screen.toShow('goes on 55');
    // The lines above the window came too.
    await after.type('\u0002\u001B[D\u0002[');
    await after.screen.toShow('[0/');
    await after.type('\u001B[5~\u001B[5~');
    await after.screen.toShow(/^11[0-9]{2}\b/m);
    await after.screen.toNotShow('the end');
  });

  it('ends with the session that ended in between', async () => {
    const first = await stage.add(Shipmate.start());
    const { host, join } = await share(stage, first);
    await first.halt('SIGKILL');
    host.signal('SIGKILL');
    await stage.add(Shipmate.start({ restartOf: first }));
    const late = await join();
    expect((await late.exited()).status).toBe(1);
    expect((await late.screen.text()).trim()).not.toBe('');
  });
});
