// npm run docs: writes the pages that are made from the code; tests hold them to it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, checkNode, install, ROOT, run, tool } from './tools.mjs';

checkNode();
await install();
await build();

const { configMarkdown } = await import(new URL('../dist/libs/platform/src/index.js', import.meta.url).href);
const page = join(ROOT, 'docs/configuration.md');
writeFileSync(page, configMarkdown());
// The test compares with what prettier leaves alone.
const { status, output } = await run(process.execPath, [tool('prettier'), '--check', page], { quiet: true });
if (status !== 0) console.error(output);
