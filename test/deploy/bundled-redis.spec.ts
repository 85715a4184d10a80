import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { cleanEnv, freePort, Program, run, Shipmate, Stage, tempDir, until } from '#testing';
import { objectsIn, ROOT } from './objects.fixture.js';

const stage = new Stage();
afterAll(async () => await stage.clear());

const PASSWORD = 'the-password-of-a-trial-100%';

interface Container {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly readinessProbe: { readonly exec: { readonly command: readonly string[] } };
}

/** The chart's own container, with Debian's Redis under the names of its image's programs, and a folder in place of its volume. */
async function start() {
  const redis = objectsIn(join(ROOT, 'k8s/bases/trial')).find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name.endsWith('-redis'),
  );
  if (redis === undefined) throw new Error('the trial has no Redis');
  const [container] = redis['spec'].template.spec.containers as readonly [Container];
  const dir = tempDir('smr');
  stage.onClear(() => dir.dispose());
  const port = await freePort();
  for (const name of ['server', 'cli']) {
    symlinkSync(execFileSync('which', [`redis-${name}`], { encoding: 'utf8' }).trim(), dir.file(`valkey-${name}`));
  }
  const env = { ...cleanEnv(dir.path), REDISCLI_AUTH: PASSWORD, PATH: `${dir.path}:${process.env['PATH'] ?? ''}` };
  // Its port is its container's alone; here there are others.
  const args = container.args.map(
    (text) => `${text.replaceAll('/data/', `${dir.path}/`)} --port ${port} --bind 127.0.0.1`,
  );
  const [command = '', ...first] = container.command;
  const program = await stage.add(new Program(command, [...first, ...args], { env, cwd: dir.path }));
  const probe = async (changes: Record<string, string> = {}): Promise<string> => {
    const [cli = '', ...words] = container.readinessProbe.exec.command;
    const { stdout, stderr } = await run(dir.file(cli), ['-p', `${port}`, ...words], {
      env: { ...env, ...changes },
      mayFail: true,
    });
    return stdout + stderr;
  };
  await until(async () => (await probe()).startsWith('PONG'), { what: 'the Redis to be ready by its own probe' });
  return { dir, port, program, probe };
}

describe("the chart's own Redis", () => {
  it('starts with its password in a file of its own and in no argument, and carries a server', async () => {
    const { dir, port, program, probe } = await start();
    expect(await probe({ REDISCLI_AUTH: '' })).toContain('NOAUTH');
    expect(readFileSync(`/proc/${program.pid}/cmdline`, 'utf8')).not.toContain(PASSWORD);
    const file = dir.file('auth.conf');
    expect(readFileSync(file, 'utf8')).toBe(`requirepass "${PASSWORD}"\n`);
    // The umask said so.
    expect((await run('stat', ['-c', '%a', file], { env: cleanEnv(dir.path) })).stdout.trim()).toBe('600');
    const url = `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;
    const server = await stage.add(Shipmate.start({ env: { SHIPMATE_REDIS_URL: url } }));
    const { text } = await server.get('/readyz');
    expect(JSON.parse(text)).toMatchObject({ status: 'ok' });
    expect((await server.get('/metrics')).text).toContain('shipmate_redis_up 1');
    const doctor = await stage.add(Shipmate.launch({ args: ['doctor', '--json'], env: { SHIPMATE_REDIS_URL: url } }));
    await doctor.program.exited;
    const found = JSON.parse(doctor.program.stdout) as { check: string; state: string }[];
    expect(found.filter(({ check }) => check.startsWith('redis')).map(({ state }) => state)).toEqual([
      'ok',
      'ok',
      'ok',
    ]);
  });
});
