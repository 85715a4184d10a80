// npm run check:package: packs the npm package, installs it in an empty folder as a user would, without a compiler, and runs it there.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkNode, fail, install, ROOT, step } from './tools.mjs';

/** What an installation may take on disk, with all packages that it needs and without native code. */
const MOST_BYTES = 100 * 1024 * 1024;
/** What the package itself may take. */
const MOST_OWN_BYTES = 12 * 1024 * 1024;
const START_MS = 60_000;

// The folder and the server must not stay when something is wrong.
const wrong = (text) => {
  throw new Error(text);
};
const mebibytes = (bytes) => (bytes / 1024 / 1024).toFixed(1);

checkNode();
await install();
const execute = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'shipmate-package-'));
let failure;
try {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  step('Packing');
  const { stdout } = await execute('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: ROOT });
  const tarball = join(folder, stdout.trim().split('\n').at(-1));
  step('Installing it in an empty folder');
  // Without scripts nothing is compiled: what is left must work.
  const options = ['--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await execute('npm', ['install', ...options, tarball], { cwd: folder });
  const own = bytesOf(join(folder, 'node_modules', 'shipmate'));
  const all = bytesOf(join(folder, 'node_modules'));
  const text = `${mebibytes(own)} MiB, with the packages that it needs ${mebibytes(all)} MiB`;
  if (own > MOST_OWN_BYTES || all > MOST_BYTES) wrong(`It is too large: ${text}.`);
  step(`It takes ${text}`);
  const tests = readdirSync(join(folder, 'node_modules', 'shipmate'), { recursive: true }).filter((name) =>
    /\.(spec|fixture|map)\b|libs\/testing/.test(name),
  );
  if (tests.length > 0) wrong(`It has what only tests need: ${tests.slice(0, 5).join(', ')}`);

  const [ssh, http] = [await freePort(), await freePort()];
  const environment = () => ({
    PATH: process.env.PATH,
    HOME: folder,
    SHIPMATE_BIND: '127.0.0.1',
    SHIPMATE_SSH_PORT: `${ssh}`,
    SHIPMATE_HTTP_PORT: `${http}`,
  });
  const program = join(folder, 'node_modules', '.bin', 'shipmate');
  const shipmate = async (...args) => await execute(program, args, { cwd: folder, env: environment() });
  const told = (await shipmate('--version')).stdout;
  if (told !== `shipmate ${version}\n`) wrong(`shipmate --version says ${JSON.stringify(told)}`);
  step('Running it');
  const server = spawn(program, ['serve'], { cwd: folder, env: environment(), stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => server.on('exit', (status, signal) => resolve(signal ?? status)));
  try {
    await printed(server, /\bready\b/);
    await shipmate('ready');
    const sessions = JSON.parse((await shipmate('sessions', '--json')).stdout);
    if (!Array.isArray(sessions) || sessions.length > 0) wrong('shipmate sessions --json is not an empty list');
    const page = await (await fetch(`http://127.0.0.1:${http}/`)).text();
    if (!page.includes('Share a terminal')) wrong('The page at / is not the landing page.');
    if (!existsSync(join(folder, '.shipmate', 'tmate.conf'))) wrong('There is no .shipmate/tmate.conf.');
  } finally {
    server.kill('SIGTERM');
  }
  const end = await exited;
  if (end !== 0) wrong(`The server ended with ${end}.`);
  console.log(`shipmate ${version} runs from its package.`);
} catch (error) {
  failure = error instanceof Error ? error.message : String(error);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failure !== undefined) fail(failure);

/** What the files in a folder take, but for native code. */
function bytesOf(where) {
  let bytes = 0;
  for (const name of readdirSync(where, { recursive: true })) {
    const { size, isFile } = stat(join(where, name));
    if (isFile && !name.endsWith('.node')) bytes += size;
  }
  return bytes;
}

function stat(file) {
  const found = statSync(file);
  return { size: found.size, isFile: found.isFile() };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function printed(child, pattern) {
  let output = '';
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it did not print ${pattern}: ${output}`)), START_MS);
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (!pattern.test(output)) return;
      clearTimeout(timer);
      resolve();
    });
    child.on('exit', (status) => reject(new Error(`it ended with ${status}: ${output}`)));
  });
}
