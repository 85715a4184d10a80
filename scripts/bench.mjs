// npm run bench: every benchmark, as one table. `-- frames decode` runs those whose path has one of the words,
// `-- --json FILE` writes the figures for machines.
//
// A benchmark is libs/*/bench/*.ts or test/bench/*.ts and exports `run()`, which gives figures: name, value, unit, and where it
// has one a yardstick (a value of the same unit, taken in the same run) and an aim (text). Each runs in a process of its own.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, buildBenches, checkNode, fail, install, ROOT, step } from './tools.mjs';

const { words, jsonFile } = readArguments(process.argv.slice(2));
checkNode();
await install();
const files = benchFiles().filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
if (files.length === 0)
  fail(words.length === 0 ? 'There are no benchmarks.' : `No benchmark's path has ${words.join(' or ')}.`);
await build();
await buildBenches();

const folder = mkdtempSync(join(tmpdir(), 'shipmate-bench-'));
const figures = [];
const failed = [];
for (const file of files) {
  step(`Running ${file}`);
  const out = join(folder, 'figures.json');
  rmSync(out, { force: true });
  const status = await runOne(join(ROOT, 'dist', file.replace(/\.ts$/, '.js')), out);
  if (status === 0 && existsSync(out))
    figures.push(...JSON.parse(readFileSync(out, 'utf8')).map((figure) => ({ bench: file, ...figure })));
  else failed.push(file);
}
rmSync(folder, { recursive: true, force: true });
print(figures);
if (jsonFile !== undefined) {
  const machine = { node: process.versions.node, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
  writeFileSync(jsonFile, `${JSON.stringify({ at: new Date().toISOString(), ...machine, figures }, null, 2)}\n`);
}
if (failed.length > 0) fail(`Failed: ${failed.join(', ')}`);

function readArguments(args) {
  const words = [];
  let jsonFile;
  for (let at = 0; at < args.length; at++) {
    if (args[at] !== '--json') words.push(args[at]);
    else if ((jsonFile = args[++at]) === undefined) fail('--json needs a file.');
  }
  return { words, jsonFile };
}

function benchFiles() {
  const libs = readdirSync(join(ROOT, 'libs')).map((name) => `libs/${name}/bench`);
  return [...libs, 'test/bench'].sort().flatMap((folder) =>
    existsSync(join(ROOT, folder))
      ? readdirSync(join(ROOT, folder))
          .filter((name) => name.endsWith('.ts') && !/\.(spec|fixture)\.ts$/.test(name))
          .sort()
          .map((name) => `${folder}/${name}`)
          .filter((file) =>
            /^export (async )?function run\(|^export const run\b/m.test(readFileSync(join(ROOT, file), 'utf8')),
          )
      : [],
  );
}

function runOne(file, out) {
  const code = `
    import { writeFileSync } from 'node:fs';
    import { Stage } from '#testing';
    let ending;
    const end = () => (ending ??= Stage.clearAll().then(() => process.exit(1)));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, end);
    try {
      const { run } = await import(${JSON.stringify(pathToFileURL(file).href)});
      writeFileSync(${JSON.stringify(out)}, JSON.stringify(await run()));
      process.exit(0);
    } catch (error) {
      // What is ended under its hands makes it fail; the rest is still to be ended.
      if (ending === undefined) throw error;
      await ending;
    }`;
  return new Promise((resolve, reject) => {
    const args = ['--expose-gc', '--input-type=module', '-e', code];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    // A bench ends what it has started: it is waited for. From a terminal it hears of Ctrl-C by itself.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.once(signal, () => signal !== 'SIGINT' && child.kill(signal));
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 1));
  });
}

function print(figures) {
  const number = (value) => (typeof value === 'number' ? Number(value.toPrecision(3)).toLocaleString('en') : '');
  const head = ['what', 'value', 'unit', 'yardstick', 'ratio', 'aim'];
  const rows = figures.map(({ name, value, unit, yardstick, aim }) => {
    const ratio = typeof yardstick === 'number' && yardstick > 0 ? number(value / yardstick) : '';
    return [name, number(value), unit, number(yardstick), ratio, aim === undefined ? '' : String(aim)];
  });
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const right = new Set([1, 3, 4]);
  const line = (row) =>
    `| ${row.map((cell, at) => (right.has(at) ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join(' | ')} |`;
  console.log(line(head));
  console.log(`| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  for (const row of rows) console.log(line(row));
}
