import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { openBackplane, type SharedBackplane } from '#edge';
import { BACKPLANE, PLATFORM, type Platform } from './injected.js';

/** What the processes of a fleet share, for the whole of one process. Global, as the platform is; needs `PlatformModule`. */
@Module({})
export class BackplaneModule implements OnApplicationShutdown {
  constructor(@Inject(BACKPLANE) private readonly backplane: SharedBackplane) {}

  /** `role` is what the process is, for the names of its connections. */
  static as(role: string): DynamicModule {
    const useFactory = async (platform: Platform) => await openBackplane({ ...platform, role });
    return {
      module: BackplaneModule,
      global: true,
      providers: [{ provide: BACKPLANE, inject: [PLATFORM], useFactory }],
      exports: [BACKPLANE],
    };
  }

  onApplicationShutdown(): void {
    this.backplane.dispose();
  }
}
