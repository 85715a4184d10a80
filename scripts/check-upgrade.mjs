// npm run check:upgrade: an older build next to the current one, on one Redis, under load.
//   npm run check:upgrade                  the last release's tag
//   npm run check:upgrade -- 917f6dd       any revision
// It takes git's history and some ten minutes, so that it is no part of npm test, which reads records of an older build instead.
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { installPrograms } from './programs.mjs';
import { build, checkNode, fail, install, ROOT, run, step, tool } from './tools.mjs';

checkNode();
const [given, ...rest] = process.argv.slice(2);
const revision = await find(given ?? (await lastRelease()));
await install();
await installPrograms();
await build();
const older = await buildOlder(revision);
step(`Testing this build next to ${revision.slice(0, 10)}`);
const { status } = await run(process.execPath, [tool('vitest'), 'run', 'test/upgrade', ...rest], {
  env: { SHIPMATE_OLDER: older },
});
process.exit(status);

async function git(...args) {
  const { status, output } = await run('git', args, { quiet: true });
  return status === 0 ? output.trim() : undefined;
}

async function lastRelease() {
  const tag = await git('describe', '--tags', '--abbrev=0', '--match', 'v*');
  return tag ?? fail('There is no tag of a release here: npm run check:upgrade -- REVISION');
}

async function find(name) {
  const found = await git('rev-parse', '--verify', '--quiet', `${name}^{commit}`);
  return found ?? fail(`git knows no revision ${name}. A shallow clone has no history: git fetch --unshallow`);
}

/** The folder of that revision, built. It stays for the next time. */
async function buildOlder(revision) {
  const folder = join(tmpdir(), `shipmate-${revision.slice(0, 16)}`);
  if (!existsSync(join(folder, 'package.json'))) {
    mkdirSync(folder, { recursive: true });
    const archive = join(folder, 'tree.tar');
    if ((await git('archive', '--format=tar', `--output=${archive}`, revision)) === undefined)
      fail('git archive failed.');
    const { status, output } = await run('tar', ['-xf', archive, '-C', folder], { quiet: true });
    if (status !== 0) fail(output);
  }
  const modules = join(folder, 'node_modules');
  // The same packages are shared; others are installed by the older build's own script.
  const lock = (root) => readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (!existsSync(modules) && lock(folder) === lock(ROOT)) symlinkSync(join(ROOT, 'node_modules'), modules);
  step(`Building ${revision.slice(0, 10)} in ${folder}`);
  const { status, output } = await run(process.execPath, [join(folder, 'scripts', 'build.mjs')], { quiet: true });
  if (status !== 0) fail(`${output}\nThe older build failed: see above.`);
  return folder;
}
