import { Module, type DynamicModule } from '@nestjs/common';
import { openEdge, type EdgeRoles, type SharedBackplane } from '#edge';
import { BackplaneModule } from './backplane.module.js';
import { BACKPLANE, EDGE, PLATFORM, type Platform } from './injected.js';

/** The one `Edge` of a process, whichever transports it has. Global, like the platform; needs `PlatformModule`. */
@Module({})
export class EdgeModule {
  static with(roles: EdgeRoles): DynamicModule {
    const useFactory = async (platform: Platform, backplane: SharedBackplane) =>
      await openEdge({ ...platform, backplane }, roles);
    return {
      module: EdgeModule,
      global: true,
      imports: [BackplaneModule.as(`${roles.transports.join('-')}-edge`)],
      providers: [{ provide: EDGE, inject: [PLATFORM, BACKPLANE], useFactory }],
      exports: [EDGE],
    };
  }
}
