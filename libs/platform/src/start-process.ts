import { Module, type INestApplication, type Type } from '@nestjs/common';
import type { Clock } from '#kernel';
import { loadConfig, unknownVariables, type Config } from './config.js';
import type { Health } from './health.js';
import { createHttpApp, listenHttp } from './http.js';
import { createLog, type Log } from './log.js';
import type { Metrics } from './metrics.js';
import { PlatformModule } from './platform.module.js';
import type { MainContext } from './run-main.js';
import { installShutdown } from './shutdown.js';
import { CLOCK, HEALTH, METRICS } from './tokens.js';

/** Beyond the drain: what closing itself may take. */
const CLOSE_MS = 10_000;

/** A process that has its configuration, its log and its HTTP port, and stops in good order. */
export interface StartedProcess {
  readonly app: INestApplication;
  readonly config: Config;
  readonly log: Log;
}

/** What an app does with its HTTP application before it listens. */
export type Prepare = (app: INestApplication) => void;

@Module({})
class RootModule {}

/**
 * Starts what every role's process has in common: reads the environment, builds `module` beside the platform's, listens
 * for HTTP, and stops at SIGTERM. What `module` itself listens on comes after it.
 */
export async function startProcess(
  context: MainContext,
  module: Type,
  prepare: Prepare = () => undefined,
): Promise<StartedProcess> {
  const config = loadConfig(process.env);
  const log = createLog(config.log, undefined, config.secret);
  context.useLog(log);
  for (const name of unknownVariables(process.env))
    log.warn('unknown-variable', { name }, 'This variable means nothing.');
  const root = { module: RootModule, imports: [PlatformModule.with({ config, log }), module] };
  const app = await createHttpApp(root, log);
  prepare(app);
  installShutdown(app, {
    log,
    health: app.get<Health>(HEALTH),
    metrics: app.get<Metrics>(METRICS),
    clock: app.get<Clock>(CLOCK),
    deadlineMs: config.drainMs + CLOSE_MS,
  });
  await listenHttp(app, config.bind, config.httpPort);
  return { app, config, log };
}
