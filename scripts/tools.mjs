// What the scripts share. They run with nothing installed: Node's own modules only.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLIENT = join(ROOT, 'dist', 'apps', 'web');
/** What bundles of programs share, or load when they need it. */
export const CHUNKS = join(ROOT, 'dist', 'chunks');
const LEAST_NODE = [20, 20];

/** Ends with a sentence when Node is too old to run the project. */
export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  fail(`Shipmate needs Node.js ${LEAST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
}

/** Reports a step on standard error: standard output is for the result. */
export function step(text) {
  process.stderr.write(`${text}\n`);
}

export function fail(text, status = 1) {
  process.stderr.write(`${text}\n`);
  process.exit(status);
}

/** Runs a program to its end in the project's folder. With `quiet` its output is kept and given instead of shown. */
export function run(command, args, { quiet = false, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      env: { ...process.env, ...env },
    });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr?.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ status: code ?? 1, signal, output }));
  });
}

/** A tool out of node_modules, as the arguments of `process.execPath`. */
export function tool(name, entry) {
  const folder = join(ROOT, 'node_modules', name);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[entry ?? name]);
}

/** `npm ci`, unless npm's own record of what is installed is as new as package-lock.json. */
export async function install() {
  const record = join(ROOT, 'node_modules', '.package-lock.json');
  const lock = join(ROOT, 'package-lock.json');
  if (existsSync(record) && statSync(record).mtimeMs >= statSync(lock).mtimeMs) return;
  step('Installing packages (npm ci)');
  // Shown only when it fails: what npm says of packages' funding and age helps nobody here.
  const { status, output } = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { quiet: true });
  if (status !== 0) fail(`${output.trim()}\nnpm ci failed: see above.`);
}

/** Compiles apps and libs into dist, unless it was done with these very sources. */
export async function build() {
  await compile('Building', 'tsconfig.build.json', ['apps', 'libs', 'types'], async () => {
    // Its bundler is installed by now.
    const { bundle } = await import('./bundle.mjs');
    await bundle();
  });
  await buildClient();
}

// What a mate's phone loads before it shows anything; bytes of gzip, all files together.
const MOST_CLIENT_BYTES = 250 * 1024;

/** Bundles the browser client into dist/apps/web, with the same proviso, and sees that it stays small. */
async function buildClient() {
  const config = 'apps/web/vite.config.ts';
  const stamp = join(ROOT, 'dist', '.built-by-vite');
  const folders = ['apps/web', 'libs/web-protocol', 'libs/look', 'libs/kernel'];
  const sources = sourceState(config, folders, /(?<!\.spec)\.(ts|json|css|html|svg)$/);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  step('Building the browser client');
  const { status, output } = await run(process.execPath, [tool('vite'), 'build', '-c', config], { quiet: true });
  if (status !== 0) fail(`${output}\nThe build of the browser client failed: see above.`);
  const files = walk(CLIENT, /(?<!\.(br|gz))$/);
  const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0);
  const told = `${Math.round(bytes / 1024)} of at most ${MOST_CLIENT_BYTES / 1024} KiB gzipped`;
  if (bytes > MOST_CLIENT_BYTES) fail(`The browser client is too large: ${told}.`);
  // Whoever loads the page learns nothing of where it was built.
  const telling = files.find((file) => readFileSync(file).includes(ROOT));
  if (telling !== undefined) fail(`${relative(ROOT, telling)} tells where it was built.`);
  step(`The browser client: ${told}`);
  writeFileSync(stamp, sources);
}

/** The same for the benches and the launchers they use. */
export async function buildBenches() {
  await compile('Building the benches', 'tsconfig.bench.json', ['apps', 'libs', 'types', 'test']);
}

/** @param afterwards what belongs to the same build */
async function compile(what, config, folders, afterwards = async () => {}) {
  const stamp = join(ROOT, 'dist', `.built-by-${config}`);
  const sources = sourceState(config, folders);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  step(what);
  const { status, output } = await run(process.execPath, [tool('typescript', 'tsc'), '-p', config], { quiet: true });
  if (status !== 0) fail(`${output}\nThe build failed: see above.`);
  prune();
  await afterwards();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, sources);
}

/** Removes from dist what has no source any more, so that nothing works by leftovers. */
function prune() {
  const dist = join(ROOT, 'dist');
  for (const path of walk(dist, /\.js$/)) {
    if (path.startsWith(CLIENT) || path.startsWith(CHUNKS)) continue; // Bundlers clear up behind themselves.
    if (existsSync(join(ROOT, relative(dist, path).replace(/\.js$/, '.ts')))) continue;
    rmSync(path);
    rmSync(`${path}.map`, { force: true });
  }
}

/** What a build depends on, in one word: paths, sizes and times of all sources. */
function sourceState(config, folders, wanted) {
  const hash = createHash('sha256').update(process.versions.node);
  const roots = ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/bundle.mjs', config];
  const files = roots.map((name) => join(ROOT, name));
  for (const folder of folders) files.push(...walk(join(ROOT, folder), wanted));
  for (const file of files.sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(ROOT, file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function walk(folder, wanted = /(?<!\.spec)\.ts$|\.json$/) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : walk(path, wanted);
    return wanted.test(entry.name) ? [path] : [];
  });
}
