import { afterEach, describe, expect, it } from 'vitest';
import { hashToken } from '#directory';
import { cleanEnv, Program, PtyJoiner, RedisServer, Shipmate, Stage, SyntheticHost, until } from '#testing';
import { Api } from '../broker/broker.fixture.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

const SECRET = 'a-secret-of-the-fleet-0123456789abcdef';
const PASSWORD = 'open-sesame-7d1f';

describe('what Redis is ever sent', () => {
  it('has no token, key, password or reconnection data in it, but hashes', async () => {
    const redis = await stage.add(RedisServer.start());
    // All commands with all of their arguments.
    const monitor = new Program('redis-cli', ['-p', `${redis.port}`, 'monitor'], { env: cleanEnv('/nonexistent') });
    await stage.add({ stop: async () => void (await monitor.stop('SIGKILL')) });
    await monitor.toPrint(/^OK/);
    const env = { SHIPMATE_REDIS_URL: redis.url, SHIPMATE_SECRET: SECRET };
    const one = await stage.add(Shipmate.start({ env }));
    const two = await stage.add(Shipmate.start({ env }));
    const api = Api.of(one);
    const secrets = new Map([
      ['the fleet’s secret', SECRET],
      ['a password', PASSWORD],
      ['an API key', await api.userWithKey('ada')],
      ["an operator's token", String((await api.call('POST', '/tokens', { scope: 'read' })).body['token'])],
    ]);
    const commands = [
      ['set-option', '-g', 'tmate-set', `password=${PASSWORD}`],
      ['set-option', '-g', 'tmate-api-key', secrets.get('an API key') ?? ''],
    ];
    const host = await stage.add(SyntheticHost.start({ port: one.sshPort }, { commands }));
    host.output('inside');
    const [token, reader] = [await host.token(), await host.token('read')];
    secrets.set('the token', token).set('the token of readers', reader.slice('ro-'.length));
    secrets.set('the reconnection data', host.env.get('tmate_reconnection_data') ?? '');
    const mate = await stage.add(new PtyJoiner({ port: two.sshPort, user: token }));
    await mate.screen.toShow('Password of this session');
    await mate.type(`${PASSWORD}\r`);
    await mate.screen.toShow('inside');
    const [session] = await api.list('/sessions');
    expect((await api.call('POST', `/sessions/${String(session?.['id'])}/rotate`, {})).status).toBeLessThan(300);
    await until(async () => (await host.token()) !== token, { what: 'new tokens' });
    secrets.set('the new token', await host.token());
    secrets.set('the new reconnection data', host.env.get('tmate_reconnection_data') ?? '');
    await mate.type('\x02d');
    await mate.exited();
    host.fin();
    await host.toClose();
    await two.toLog('left');

    const hashes = [token, reader, await host.token()].map(hashToken);
    await until(() => hashes.every((hash) => monitor.stdout.includes(hash)), { what: 'the hashes of all tokens' });
    const sent = monitor.stdout;
    for (const [what, secret] of secrets) {
      expect(secret.length, what).toBeGreaterThan(10);
      for (const form of [
        secret,
        ...(['base64', 'hex'] as const).map((coding) => Buffer.from(secret).toString(coding)),
      ]) {
        expect(sent.includes(form.replace(/=+$/, '')), what).toBe(false);
      }
    }
  });
});
