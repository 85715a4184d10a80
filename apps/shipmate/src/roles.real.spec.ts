import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Shipmate, Stage, tempDir } from '#testing';
import { COMMANDS } from './commands/all.js';
import { overview } from './commands/help.js';
import { ROLES } from './roles.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

describe('a role', () => {
  it.each([[['serve', 'more']], [['broker', 'more']], [['host-keys']]])('answers %j with its usage', async (args) => {
    const { program } = await stage.add(Shipmate.launch({ args }));
    expect(await program.exited).toEqual({ status: 78, signal: null });
    expect(program.stderr).toMatch(`usage: shipmate ${args[0]}`);
  });

  it.each(['serve', 'doctor'])('says what to do if too few files may be open: %s', async (role) => {
    const { program } = await stage.add(Shipmate.launch({ args: [role], through: ['prlimit', '--nofile=32'] }));
    expect(await program.exited).toEqual({ status: 69, signal: null });
    expect(program.stderr).toMatch(/^This process may not open enough files\. Raise the limit: ulimit -n 4096.*\n$/);
  });

  it('ends with one sentence where a part of it cannot start', async () => {
    const env = { SHIPMATE_HOST_AUTHORIZED_KEYS: '/dev/null', SHIPMATE_LOG_LEVEL: 'info' };
    const { program } = await stage.add(Shipmate.launch({ env }));
    expect(await program.exited).toEqual({ status: 78, signal: null });
    expect(`${program.stdout}${program.stderr}`).toBe('SHIPMATE_HOST_AUTHORIZED_KEYS: /dev/null has no usable key\n');
  });

  it('names each role in its help', () => {
    for (const name of Object.keys(ROLES)) expect(overview(COMMANDS)).toContain(`\n  ${name} `);
  });

  it('ends at SIGTERM while it still waits for its Redis', { timeout: 60_000 }, async () => {
    // It must listen for the signal: as the first process of a container, it would not be stopped otherwise.
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    stage.onClear(() => void silent.close());
    const asked = once(silent, 'connection');
    const env = { SHIPMATE_REDIS_URL: `redis://127.0.0.1:${(silent.address() as AddressInfo).port}` };
    const { program } = await stage.add(Shipmate.launch({ env }));
    await asked;
    program.signal('SIGTERM');
    expect(await program.exited).toEqual({ status: 143, signal: null });
  });

  it('serves where tmate.conf cannot be written, and says so', { timeout: 60_000 }, async () => {
    const dir = tempDir('smd');
    stage.onClear(() => dir.dispose());
    // Not even root can put a file in the place of a folder.
    mkdirSync(dir.file('data/tmate.conf/taken'), { recursive: true });
    const shipmate = await stage.add(Shipmate.start({ env: { SHIPMATE_DATA_DIR: dir.file('data') } }));
    expect(await shipmate.toLog('tmate-conf-not-written')).toMatchObject({ level: 'warn', why: 'EISDIR' });
    expect((await shipmate.get('/tmate.conf')).text).toContain('tmate-server-ed25519-fingerprint');
    expect(readdirSync(dir.file('data')).filter((name) => name.endsWith('.new'))).toEqual([]);
  });
});
