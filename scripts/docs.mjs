// npm run docs: writes the pages that are made from the code, and the manual page. The specs that hold the pages to the code make them.
import { join } from 'node:path';
import { checkNode, fail, install, ROOT, run, tool } from './tools.mjs';

checkNode();
await install();

const vitest = [tool('vitest'), 'run', '--update', '--project', 'unit', 'docs.spec.ts'];
const { status, output } = await run(process.execPath, vitest, { quiet: true });
if (status !== 0) fail(output);
// The tests compare with what prettier leaves alone.
const pages = ['commands', 'configuration', 'metrics', 'traces'].map((name) => join(ROOT, `docs/${name}.md`));
const check = await run(process.execPath, [tool('prettier'), '--check', ...pages], { quiet: true });
if (check.status !== 0) fail(check.output);
