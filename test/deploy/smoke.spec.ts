import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { cleanEnv, run, Shipmate, SshJoiner, Stage, TmateHost, within } from '#testing';

// What a user gets is dist, run by plain Node: a test runner forgives what Node does not, such as a named import of a
// CommonJS package.
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const libs = readdirSync(`${ROOT}libs`).filter(
  (name) => existsSync(`${ROOT}libs/${name}/src/index.ts`) && name !== 'testing',
);
const hasServe = existsSync(`${ROOT}apps/shipmate/src/main.ts`);

const stage = new Stage();
afterEach(async () => await stage.clear());

describe('the built libs', () => {
  it.each(libs)('%s loads in plain Node, with every name that its sources export', async (name) => {
    const url = JSON.stringify(new URL(`../../dist/libs/${name}/src/index.js`, import.meta.url).href);
    const code = `console.log(JSON.stringify(Object.keys(await import(${url}))))`;
    const env = cleanEnv('/nonexistent');
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { env, deadlineMs: 30_000 });
    const sources = (await import(`../../libs/${name}/src/index.ts`)) as Record<string, unknown>;
    expect(JSON.parse(stdout)).toEqual(Object.keys(sources).sort());
  });
});

describe.skipIf(!hasServe)('the built server', () => {
  it('takes SSH and HTTP, tells how to share, and stops clean', async () => {
    const shipmate = await stage.add(Shipmate.start());
    expect(await banner(shipmate.sshPort)).toMatch(/^SSH-2\.0-/);
    expect(JSON.parse((await shipmate.get('/healthz')).text)).toMatchObject({ status: 'ok' });
    expect((await shipmate.get('/readyz')).status).toBe(200);
    expect((await shipmate.get('/metrics')).text).toContain('shipmate_draining 0');
    expect(shipmate.stdout).toContain('tmate.conf');
    expect(readFileSync(shipmate.tmateConf, 'utf8')).toMatch(/^set -g tmate-server-ed25519-fingerprint "SHA256:/m);

    expect(await shipmate.halt('SIGTERM')).toEqual({ status: 0, signal: null });
    expect(shipmate.log.filter((record) => 'raw' in record)).toEqual([]);
    expect(shipmate.log.map((record) => record['event'])).toEqual(expect.arrayContaining(['stopping', 'stopped']));
  });

  it('keeps its secret files readable only for their owner', async () => {
    const shipmate = await stage.add(Shipmate.start());
    const files = readdirSync(shipmate.dir.file('data'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const secret = files
      .filter(({ name }) => !/\.(pub|conf)$/.test(name))
      .map(({ parentPath, name }) => `${parentPath}/${name}`);
    expect(secret.length).toBeGreaterThanOrEqual(3);
    for (const file of secret) expect(statSync(file).mode & 0o077, file).toBe(0);
  });

  it('ends with 78 and every fault at a wrong configuration', async () => {
    const env = { SHIPMATE_SSH_PORT: 'x', SHIPMATE_PROXY_PROTOCOL: 'y', SHIPMATE_SECRET: 'hunter2' };
    const shipmate = await stage.add(Shipmate.launch({ env }));
    expect((await within(shipmate.program.exited, 'the start to fail')).status).toBe(78);
    const said = shipmate.program.stderr;
    for (const name of Object.keys(env)) expect(said).toContain(name);
    expect(said).not.toContain('hunter2');
    expect(said).not.toContain('    at ');
  });

  it.each([
    ['SHIPMATE_SSH_PORT', 'sshPort'],
    ['SHIPMATE_HTTP_PORT', 'httpPort'],
  ] as const)('ends with 69 and a sentence when the port of %s is taken', async (variable, port) => {
    const first = await stage.add(Shipmate.start());
    const second = await stage.add(Shipmate.launch({ env: { [variable]: `${first[port]}` } }));
    expect((await within(second.program.exited, 'the start to fail')).status).toBe(69);
    expect(second.program.stderr).toContain(`Port ${first[port]} on 127.0.0.1 is used`);
    expect(second.program.stderr).toContain(variable);
  });

  it('lets a stock tmate share its terminal and plain ssh join it', async () => {
    const shipmate = await stage.add(Shipmate.start());
    const host = await stage.add(TmateHost.start({ serverConf: shipmate.tmateConf }));
    await host.waitReady();
    const joiner = await stage.add(SshJoiner.start({ port: shipmate.sshPort, user: await host.token() }));
    await joiner.screen.toShow('$');
    await joiner.type('echo $((6*7))\r');
    await joiner.screen.toShow(/^42$/m);
    expect(await host.capture()).toMatch(/^42$/m);
  });
});

describe('npm start', () => {
  it('says which Node it needs', () => {
    const { engines } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { engines: { node: string } };
    const least = /LEAST_NODE = \[(\d+), (\d+)\]/.exec(readFileSync(`${ROOT}scripts/tools.mjs`, 'utf8'));
    expect(engines.node).toBe(`>=${least?.[1]}.${least?.[2]}`);
  });
});

/** The first line that an SSH server sends. */
async function banner(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  try {
    return await within(
      new Promise((resolve, reject) => socket.once('data', (data) => resolve(String(data))).once('error', reject)),
      'a banner',
    );
  } finally {
    socket.destroy();
  }
}
