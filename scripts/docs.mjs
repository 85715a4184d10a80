// npm run docs: writes the pages that are made from the code; tests hold them to it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, checkNode, install, ROOT, run, tool } from './tools.mjs';

checkNode();
await install();
await build();

const built = async (path) => await import(new URL(`../dist/${path}`, import.meta.url).href);
const { configMarkdown, tracesMarkdown } = await built('libs/platform/src/index.js');
const { metricsMarkdown } = await built('libs/platform/src/metrics-docs.js');
const { commandsMarkdown } = await built('apps/shipmate/src/commands/docs.js');
const traces = tracesMarkdown(readFileSync(join(ROOT, 'docs/traces.md'), 'utf8'));
const texts = { configuration: configMarkdown(), metrics: metricsMarkdown(), commands: commandsMarkdown(), traces };
const pages = Object.entries(texts).map(([name, text]) => {
  const page = join(ROOT, `docs/${name}.md`);
  writeFileSync(page, text);
  return page;
});
// The tests compare with what prettier leaves alone.
const { status, output } = await run(process.execPath, [tool('prettier'), '--check', ...pages], { quiet: true });
if (status !== 0) console.error(output);
