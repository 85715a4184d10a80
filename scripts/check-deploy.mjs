// npm run check:deploy: the checks of what is deployed, with helm, kustomize and what else they need, built by Go when it is missing.
// Building helm takes some minutes of CPU; npm test runs the same checks without these programs.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { goProgram } from './deploy/go.mjs';
import { build, checkNode, install, run, step, tool } from './tools.mjs';

checkNode();
await install();
await build();
let tools;
for (const name of ['helm', 'kustomize']) tools = dirname(await goProgram(name));
const { status } = await run(process.execPath, [tool('vitest'), 'run', 'test/deploy', ...process.argv.slice(2)], {
  env: { SHIPMATE_TOOLS: tools },
});
if (!existsSync('/var/run/docker.sock'))
  step('Not tried: docker build and docker compose; no Docker engine runs here.');
step('Not tried: a cluster. docs/operations.md tells how.');
process.exit(status);
