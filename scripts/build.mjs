// npm run build: every app and lib into dist, when the sources have changed since.
//
// One pass of tsc for all of them: `nest build` per app would compile the libs once for each. nest-cli.json describes the
// same projects with the same builder and configuration, for the generators and for `nest build <app>`.
import { build, checkNode, install } from './tools.mjs';

checkNode();
await install();
await build();
