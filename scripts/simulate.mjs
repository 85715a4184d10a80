// npm run simulate: whole fleets in simulated time, with faults drawn from a seed (docs/simulation.md). What breaks a rule is
// shrunk to the fewest events and printed.
//   npm run simulate -- --seeds 1000 --from 1           default: 100 schedules from seed 1
//   npm run simulate -- --script FILE                   one that was printed before
import { spawn } from 'node:child_process';
import { buildBenches, build, checkNode, install, ROOT } from './tools.mjs';

checkNode();
await install();
await build();
await buildBenches();

const main = new URL('../dist/test/simulation/main.js', import.meta.url).pathname;
const child = spawn(process.execPath, ['--max-semi-space-size=64', main, ...process.argv.slice(2)], {
  stdio: 'inherit',
  cwd: ROOT,
});
child.on('exit', (code) => process.exit(code ?? 1));
