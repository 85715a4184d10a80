import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnv, freePort, Program, RedisServer, run, Stage, tempDir, until, type TempDir } from '#testing';
import { inContext, readCopy, readDockerfile, textsOf } from './dockerfile.fixture.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const stages = readDockerfile(join(ROOT, 'Dockerfile'));
const final = stages.at(-1);
const helmTest = readFileSync(join(ROOT, 'helm/shipmate/files/check.mjs'), 'utf8');
const isRoot = process.getuid?.() === 0;

describe('the Dockerfile', () => {
  it('begins each stage with an image of a version', () => {
    expect(stages.map(({ name }) => name)).toEqual(['build', 'packages', 'final']);
    for (const { from } of stages) expect(from).toMatch(/^node:\d+\.\d+\.\d+(-slim)?$/);
  });

  it('copies what there is, and what the context has', () => {
    for (const stage of stages) {
      for (const { from, sources } of textsOf(stage, 'COPY').map(readCopy)) {
        if (from !== undefined) expect(stages.map(({ name }) => name)).toContain(from);
        else for (const source of sources) expect([source, whereabouts(source)]).toEqual([source, 'in the context']);
      }
    }
  });

  it('runs at the end as a user with a number that is not root', () => {
    expect(textsOf(final, 'USER')).toEqual([expect.stringMatching(/^[1-9]\d+:[1-9]\d+$/)]);
  });

  it('has a health check and an entry without a shell', () => {
    const [check = ''] = textsOf(final, 'HEALTHCHECK');
    expect(check).toMatch(/ CMD \["node", .*"ready"\]$/);
    const [entry = ''] = textsOf(final, 'ENTRYPOINT');
    expect(JSON.parse(entry)).toEqual(['node', '/app/dist/apps/shipmate/src/main.js']);
  });

  it('needs no frontend of BuildKit, and lists its packages under its own name', () => {
    expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).not.toMatch(/^# *syntax *=/im);
    const packages = stages.find(({ name }) => name === 'packages');
    expect(textsOf(packages, 'WORKDIR')).toEqual([expect.stringMatching(/\/shipmate$/)]);
    expect(textsOf(packages, 'RUN').join(' ')).not.toMatch(/mkdir data/);
  });

  it('says what the image is', () => {
    const labels = textsOf(final, 'LABEL').join(' ');
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    for (const name of ['title', 'description', 'licenses', 'version', 'revision']) {
      expect(labels).toContain(`org.opencontainers.image.${name}=`);
    }
    expect(textsOf(final, 'ARG')).toContain(`VERSION=${version}`);
  });
});

function whereabouts(source: string): string {
  if (!existsSync(join(ROOT, source))) return 'not there';
  return inContext(join(ROOT, '.dockerignore'), source) ? 'in the context' : 'kept out by .dockerignore';
}

describe('what the image holds', () => {
  const stage = new Stage();
  let app: TempDir;
  let redis: RedisServer;
  let fleet: Record<string, string>;

  beforeAll(async () => {
    app = tempDir('img');
    stage.onClear(() => app.dispose());
    fillApp(app.path);
    redis = await stage.add(RedisServer.start());
    const broker = await freePort();
    const shared = { SHIPMATE_SECRET: 'one for the whole fleet', SHIPMATE_ADMIN_TOKEN: 'the-first-operator' };
    const addresses = { SHIPMATE_BROKER_PORT: `${broker}`, SHIPMATE_BROKER_URL: `http://127.0.0.1:${broker}` };
    fleet = { SHIPMATE_REDIS_URL: redis.url, SHIPMATE_HOST_KEYS_DIR: app.file('data/keys'), ...shared, ...addresses };
    await run(process.execPath, [main(), 'host-keys', app.file('data/keys')], { env: env({}), deadlineMs: 60_000 });
    await run('chmod', ['-R', 'a+rX', app.file('data')]);
  }, 300_000);
  afterAll(async () => await stage.clear());

  const main = (): string => app.file('app/dist/apps/shipmate/src/main.js');
  const env = (more: Record<string, string>): Record<string, string> =>
    cleanEnv('/nonexistent', { NODE_ENV: 'production', SHIPMATE_DATA_DIR: '/nonexistent/data', ...more });

  it.each(['broker', 'ssh-edge', 'web-edge'])(
    'is a %s: as the first process, without rights, with nothing to write to',
    async (role) => {
      const ports = { SHIPMATE_HTTP_PORT: `${await freePort()}`, SHIPMATE_SSH_PORT: `${await freePort()}` };
      const its = env({ ...fleet, ...ports });
      const [command, ...args] = [...asFirstProcess(), process.execPath, main(), role];
      const program = new Program(command, args, { env: its });
      stage.onClear(async () => await program.stop('SIGKILL'));
      const probe = async (): Promise<number | null> =>
        (await run(process.execPath, [main(), 'ready'], { env: its, mayFail: true, deadlineMs: 30_000 })).status;
      // What `helm test` asks, as the chart has it run.
      const port = role === 'ssh-edge' ? ports.SHIPMATE_SSH_PORT : ports.SHIPMATE_HTTP_PORT;
      const question = ['--input-type=module', '--eval', helmTest, '--', `${role}=127.0.0.1:${port}`];
      const answer = async (): Promise<string> =>
        (await run(process.execPath, question, { env: its, mayFail: true, deadlineMs: 30_000 })).stdout;
      expect(await probe()).toBe(1);
      expect(await answer()).toMatch(/ fails: /);
      await program.toPrint(/\bready\b/, { deadlineMs: 50_000 });
      expect(await probe()).toBe(0);
      expect(await answer()).toMatch(/ answers$/m);
      process.kill(isRoot ? await onlyChild(program.pid ?? 0) : (program.pid ?? 0), 'SIGTERM');
      expect(await program.exited).toEqual({ status: 0, signal: null });
    },
  );
});

/** As in a container: alone among processes, another user, no capabilities. Where this is not root, as it is. */
function asFirstProcess(): string[] {
  const user = (textsOf(final, 'USER')[0] ?? '').split(':');
  if (!isRoot) return [];
  const rights = ['--clear-groups', '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'];
  return ['unshare', '--pid', '--fork', 'setpriv', `--reuid=${user[0]}`, `--regid=${user[1]}`, ...rights];
}

async function onlyChild(pid: number): Promise<number> {
  const children = (): number => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
  return await until(() => (children() > 0 ? children() : undefined), { what: 'the process in its own namespace' });
}

/** /app as the last stage has it: what is built, and of the packages those that `npm ci --omit=dev` would install. */
function fillApp(root: string): void {
  const app = join(root, 'app');
  mkdirSync(join(app, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'dist/apps'), join(app, 'dist/apps'), { recursive: true });
  cpSync(join(ROOT, 'dist/chunks'), join(app, 'dist/chunks'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(app, 'package.json'));
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  for (const [path, { dev, devOptional }] of Object.entries(lock.packages)) {
    if (path === '' || dev === true || devOptional === true || !existsSync(join(ROOT, path))) continue;
    mkdirSync(dirname(join(app, path)), { recursive: true });
    const own = (from: string): boolean => !from.slice(join(ROOT, path).length).includes('/node_modules');
    cpSync(join(ROOT, path), join(app, path), { recursive: true, filter: own });
  }
  chmodSync(root, 0o755);
}
