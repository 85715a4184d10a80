// npm run check:acme: orders certificates from pebble, Let's Encrypt's small server for tests, which Go builds once. It runs on loopback alone.
import { join } from 'node:path';
import { goModule, goProgram, PEBBLE } from './deploy/go.mjs';
import { installPrograms } from './programs.mjs';
import { build, checkNode, install, run, tool } from './tools.mjs';

checkNode();
await install();
await installPrograms();
await build();
const pebble = await goProgram('pebble');
const certificates = join(await goModule(PEBBLE), 'test', 'certs');
const { status } = await run(process.execPath, [tool('vitest'), 'run', 'test/acme', ...process.argv.slice(2)], {
  env: {
    SHIPMATE_PEBBLE: pebble,
    SHIPMATE_PEBBLE_CERTS: certificates,
    NODE_EXTRA_CA_CERTS: join(certificates, 'pebble.minica.pem'),
  },
});
process.exit(status);
