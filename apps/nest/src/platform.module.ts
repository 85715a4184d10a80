import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { NO_TRACER, type Clock, type Tracer } from '#kernel';
import { Health, Metrics, SystemClock, type Config, type Log } from '#platform';
import { NoRouteFilter } from './no-route.js';
import { OperationsController } from './operations.controller.js';
import { CLOCK, CONFIG, HEALTH, LOG, METRICS, TRACER } from './injected.js';

/** What a process has before its module is built; what is left out is made. */
export interface Platform {
  readonly config: Config;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly health?: Health;
  readonly clock?: Clock;
  readonly tracer?: Tracer;
}

/** Configuration, log, metrics, health, clock and traces for the whole of one process, and `/healthz`, `/readyz`, `/metrics`. */
@Module({})
export class PlatformModule {
  static with(platform: Platform): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      controllers: [OperationsController],
      providers: [
        { provide: APP_FILTER, useClass: NoRouteFilter },
        { provide: CONFIG, useValue: platform.config },
        { provide: LOG, useValue: platform.log },
        { provide: METRICS, useFactory: () => platform.metrics ?? new Metrics() },
        { provide: HEALTH, useFactory: () => platform.health ?? new Health() },
        { provide: CLOCK, useFactory: () => platform.clock ?? new SystemClock() },
        { provide: TRACER, useValue: platform.tracer ?? NO_TRACER },
      ],
      exports: [CONFIG, LOG, METRICS, HEALTH, CLOCK, TRACER],
    };
  }
}
