// npm start: everything from a fresh clone to a running server.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { constants } from 'node:os';
import { build, checkNode, install, ROOT } from './tools.mjs';

checkNode();
await install();
await build();

const main = join(ROOT, 'dist/apps/shipmate/src/main.js');
const server = spawn(process.execPath, [main, 'serve', ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' });
// A terminal sends Ctrl-C to both of us, a supervisor its SIGTERM to this process alone. Passing SIGINT on would make two of
// one, and a second one means at once; so it is only kept from ending this process before the server.
process.on('SIGINT', () => undefined);
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill(signal));
server.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
