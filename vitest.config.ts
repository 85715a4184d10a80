import { defineConfig } from 'vitest/config';

// Vitest would leave a core to its own process, which has little to do; stories wait more than they work.
const WORKERS = 2;

/** Specs next to the code that start real programs: Redis, OpenSSH, the stock client, or what was built. */
const REAL = '{apps,libs}/**/src/**/*.real.spec.ts';

/** Specs that put another module in the place of one: they share no modules with others. */
const MOCKED = '{apps,libs}/**/src/**/*.mocked.spec.ts';

export default defineConfig({
  resolve: { conditions: ['development'] },
  ssr: { resolve: { conditions: ['development', 'node'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{apps,libs}/**/src/**/*.spec.ts'],
          exclude: [REAL, MOCKED],
          testTimeout: 60_000,
          maxWorkers: WORKERS,
          // Pure code leaves nothing behind: loading it once for each worker takes a fifth of the time.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'mocked',
          include: [MOCKED],
          testTimeout: 60_000,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: [REAL],
          testTimeout: 120_000,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'story',
          include: ['test/**/*.spec.ts'],
          // It takes helm, which `npm run check:deploy` builds; scripts/test.mjs tells that it was not tried.
          exclude: [
            ...(process.env['SHIPMATE_TOOLS'] === undefined ? ['test/deploy/chart.spec.ts'] : []),
            // They take pebble, which `npm run check:acme` builds.
            ...(process.env['SHIPMATE_PEBBLE'] === undefined ? ['test/acme/**'] : []),
            // They write into docs/images, by `npm run pictures`.
            ...(process.env['SHIPMATE_PICTURES'] === undefined ? ['test/pictures/**'] : []),
            // They take an older build, which `npm run check:upgrade` makes.
            ...(process.env['SHIPMATE_OLDER'] === undefined ? ['test/upgrade/**'] : []),
          ],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
