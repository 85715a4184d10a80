import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Clock } from '#kernel';
import { openBackplane, type SharedBackplane } from '#edge';
import type { Config, Health, Log, Metrics } from '#platform';
import { BACKPLANE, CLOCK, CONFIG, HEALTH, LOG, METRICS } from './injected.js';

/** What the processes of a fleet share, for the whole of one process. Global, as the platform is; needs `PlatformModule`. */
@Module({})
export class BackplaneModule implements OnApplicationShutdown {
  constructor(@Inject(BACKPLANE) private readonly backplane: SharedBackplane) {}

  /** `role` is what the process is, for the names of its connections. */
  static as(role: string): DynamicModule {
    return {
      module: BackplaneModule,
      global: true,
      providers: [
        {
          provide: BACKPLANE,
          inject: [CONFIG, LOG, METRICS, CLOCK, HEALTH],
          useFactory: async (config: Config, log: Log, metrics: Metrics, clock: Clock, health: Health) =>
            await openBackplane({ config, log, metrics, clock, health, role }),
        },
      ],
      exports: [BACKPLANE],
    };
  }

  onApplicationShutdown(): void {
    this.backplane.dispose();
  }
}
