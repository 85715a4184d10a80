// npm run pictures: makes the pictures of the host's page and the operator's page in docs/images again, of real sessions in Chromium.
import { join } from 'node:path';
import { installPrograms } from './programs.mjs';
import { build, checkNode, install, ROOT, run, tool } from './tools.mjs';

checkNode();
await install();
await installPrograms();
await build();
const { status } = await run(process.execPath, [tool('vitest'), 'run', 'test/pictures'], {
  env: { SHIPMATE_PICTURES: join(ROOT, 'docs/images') },
});
process.exit(status);
