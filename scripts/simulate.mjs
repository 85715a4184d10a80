// npm run simulate: whole fleets in simulated time, with faults drawn from a seed (docs/simulation.md). What breaks a rule is
// shrunk to the fewest events and printed.
//   npm run simulate -- --seeds 1000 --from 1           default: 100 schedules from seed 1
//   npm run simulate -- --script FILE                   one that was printed before
//   npm run simulate -- --without NAME --first          takes a fix of test/simulation/without.json out, in a copy of what is built
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBenches, build, checkNode, install, fail, ROOT } from './tools.mjs';

checkNode();
await install();
await build();
await buildBenches();

const args = process.argv.slice(2);
const at = args.indexOf('--without');
const root = at < 0 ? ROOT : without(args.splice(at, 2)[1]);
const main = join(root, 'dist/test/simulation/main.js');
const child = spawn(process.execPath, ['--max-semi-space-size=64', main, ...args], { stdio: 'inherit', cwd: root });
child.on('exit', (code) => {
  if (root !== ROOT) rmSync(root, { recursive: true, force: true });
  process.exit(code ?? 1);
});

/** A copy of what is built, in which one fix is taken out. */
function without(name) {
  const fixes = JSON.parse(readFileSync(join(ROOT, 'test/simulation/without.json'), 'utf8'));
  const fix = fixes.find((one) => one.name === name);
  if (fix === undefined) fail(`--without takes one of ${fixes.map((one) => one.name).join(', ')}`);
  const copy = mkdtempSync(join(tmpdir(), 'simulate-'));
  cpSync(join(ROOT, 'dist'), join(copy, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const file = join(copy, 'dist', fix.file);
  const code = readFileSync(file, 'utf8');
  if (code.split(fix.find).length !== 2) fail(`${fix.file} does not have "${fix.find}" once`);
  writeFileSync(
    file,
    code.replace(fix.find, () => fix.replace),
  );
  return copy;
}
