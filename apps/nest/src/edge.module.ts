import { Module, type DynamicModule } from '@nestjs/common';
import type { Clock, Tracer } from '#kernel';
import { openEdge, type Edge, type EdgeRoles, type SharedBackplane } from '#edge';
import type { Config, Health, Log, Metrics } from '#platform';
import { BackplaneModule } from './backplane.module.js';
import { BACKPLANE, CLOCK, CONFIG, EDGE, HEALTH, LOG, METRICS, TRACER } from './injected.js';

/** The one `Edge` of a process, whichever transports it has. Global, like the platform; needs `PlatformModule`. */
@Module({})
export class EdgeModule {
  static with(roles: EdgeRoles): DynamicModule {
    return {
      module: EdgeModule,
      global: true,
      imports: [BackplaneModule.as(`${roles.transports.join('-')}-edge`)],
      providers: [
        {
          provide: EDGE,
          inject: [CONFIG, LOG, METRICS, HEALTH, CLOCK, TRACER, BACKPLANE],
          useFactory: async (
            config: Config,
            log: Log,
            metrics: Metrics,
            health: Health,
            clock: Clock,
            tracer: Tracer,
            backplane: SharedBackplane,
          ): Promise<Edge> => await openEdge({ config, log, metrics, health, clock, tracer, backplane }, roles),
        },
      ],
      exports: [EDGE],
    };
  }
}
