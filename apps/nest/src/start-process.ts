import { randomBytes } from 'node:crypto';
import { Module, type INestApplication, type Type } from '@nestjs/common';
import type { SharedBackplane } from '#edge';
import {
  addressText,
  createLog,
  Health,
  installShutdown,
  loadConfig,
  Metrics,
  openTracing,
  Secret,
  SystemClock,
  unknownVariables,
  version,
  type Config,
  type Log,
  type MainContext,
} from '#platform';
import { listenFront, type Front } from './front.js';
import { createHttpApp } from './http.js';
import { BACKPLANE } from './injected.js';
import { PlatformModule } from './platform.module.js';
import { openTls, useTls } from './tls.js';

/** Beyond the drain: what closing itself may take. */
const CLOSE_MS = 10_000;

/** A process that has its configuration, its log and its HTTP port, and stops in good order. */
export interface StartedProcess {
  readonly app: INestApplication;
  readonly config: Config;
  readonly log: Log;
  readonly front: Front;
}

/** What an app does with its HTTP application before it listens. */
export type Prepare = (app: INestApplication) => void;

@Module({})
class RootModule {}

/**
 * Starts the process of any role: reads the environment, builds `module` next to the platform's, listens for HTTP, and stops at
 * SIGTERM. `module`'s own listeners start after that. `role` names the process in traces.
 */
export async function startProcess(
  context: MainContext,
  role: string,
  module: Type,
  prepare: Prepare = () => undefined,
): Promise<StartedProcess> {
  const config = loadConfig(process.env);
  // Log and traces hash an address alike.
  const key = config.secret ?? new Secret(randomBytes(32).toString('hex'));
  const [metrics, health, clock] = [new Metrics(), new Health(), new SystemClock()];
  const tracing = await openTracing({
    config: config.tracing,
    role,
    region: config.region,
    metrics,
    addressText: addressText(config.log, key),
    log: () => log,
  });
  const log = createLog(config.log, undefined, key, tracing.ids);
  context.useLog(log);
  metrics.build.set({ version: version(), node: process.version }, 1);
  for (const { name, meant } of unknownVariables(process.env)) {
    const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
    log.warn(
      'unknown-variable',
      { name, ...(meant === undefined ? {} : { meant }) },
      `This variable has no effect.${hint}`,
    );
  }
  const { tracer } = tracing;
  const platform = PlatformModule.with({ config, log, metrics, health, clock, tracer });
  const root = { module: RootModule, imports: [platform, module] };
  const app = await createHttpApp(root, log);
  log.info('starting', { role, version: version(), node: process.version });
  const { vault } = app.get<SharedBackplane>(BACKPLANE, { strict: false });
  const tls = await openTls({ config, log, metrics, health, clock, vault });
  if (tls !== undefined) useTls(app, tls, config.webUrl);
  prepare(app);
  installShutdown(app, {
    log,
    health,
    metrics,
    clock,
    last: async () => {
      tls?.dispose();
      await tracing.close();
    },
    deadlineMs: config.drainMs + CLOSE_MS,
  });
  const front = await listenFront(app, { config, log, metrics, health, clock, tls });
  tls?.begin();
  return { app, config, log, front };
}
