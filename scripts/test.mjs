// npm test: installs what the tests need, builds, runs every test and ends with "N passed, N failed".
// Arguments go to vitest: npm test -- libs/tmux, npm test -- --project story -t detach
// npm run test:unit: the specs that need npm's packages alone.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPrograms } from './programs.mjs';
import { build, checkNode, fail, install, run, tool } from './tools.mjs';

checkNode();
await install();
const unit = process.argv[2] === '--unit';
const args = process.argv.slice(unit ? 3 : 2);
if (!unit) {
  await installPrograms();
  await build();
}

const folder = mkdtempSync(join(tmpdir(), 'shipmate-test-'));
const report = join(folder, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const project = unit ? ['--project=unit', '--project=mocked'] : [];
const { status } = await run(process.execPath, [tool('vitest'), 'run', ...reporters, ...project, ...args]);
const result = read(report);
rmSync(folder, { recursive: true, force: true });
if (result === undefined) fail('vitest ended without a report: the tests did not run.');

// A file that cannot be loaded has no tests to fail: it counts as one.
const broken = result.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
);
if (process.argv.length === 2 && !process.env.SHIPMATE_TOOLS) {
  console.log(
    'Not tried: the chart as helm renders it, and the overlays as kustomize builds them (npm run check:deploy).',
  );
}
const untried = result.testResults.flatMap(({ assertionResults }) =>
  assertionResults.filter(({ status }) => status === 'skipped' || status === 'pending').map(({ fullName }) => fullName),
);
// Where something is missing, the title says what.
for (const name of new Set(untried)) console.log(`Not tried: ${name}`);
const failed = result.numFailedTests + broken.length;
const skipped = result.numPendingTests + (result.numTodoTests ?? 0);
console.log(`${result.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
if (failed > 0) process.exit(1);
if (result.numPassedTests === 0) fail('No test ran.');
process.exit(status);

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
