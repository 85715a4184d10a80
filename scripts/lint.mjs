// npm run lint: types, lint, format and the direction of imports. Reports everything that is wrong, not only the first fault.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { checkNode, fail, install, ROOT, run, step, tool } from './tools.mjs';

checkNode();
await install();

const node = process.execPath;
const folders = ['apps', 'libs', 'test', 'scripts'].filter((name) => existsSync(join(ROOT, name)));
const checks = [
  ['types', [tool('typescript', 'tsc'), '--noEmit', '-p', 'tsconfig.json']],
  ['types of the pure libs', [tool('typescript', 'tsc'), '-p', 'tsconfig.pure.json']],
  ['types of the browser client', [tool('typescript', 'tsc'), '-p', 'apps/web/tsconfig.json']],
  ['lint', [tool('oxlint'), '--type-aware', '--deny-warnings', ...folders]],
  [
    'direction of imports',
    [
      tool('dependency-cruiser', 'depcruise'),
      '--config',
      '.dependency-cruiser.cjs',
      ...folders.filter((name) => name !== 'scripts'),
    ],
  ],
  ['dead code', [tool('knip'), '--no-progress']],
  ['words', [join(ROOT, 'scripts/check-words.mjs')]],
  ['doc comments', [join(ROOT, 'scripts/check-doc-comments.mjs')]],
  ['format', [tool('prettier'), '--check', '--log-level', 'warn', '.']],
];

const failed = [];
const queue = checks.entries();
async function worker() {
  for (const [, [name, args]] of queue) {
    const { status, output } = await run(node, args, { quiet: true });
    if (status === 0) continue;
    failed.push(name);
    step(`--- ${name}\n${output.trimEnd()}\n`);
  }
}
await Promise.all(Array.from({ length: Math.min(availableParallelism(), checks.length) }, worker));
if (failed.length > 0) fail(`Not clean: ${failed.join(', ')}`);
console.log(`Clean: ${checks.map(([name]) => name).join(', ')}`);
