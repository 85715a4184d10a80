import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { PLATFORM, type Platform } from './injected.js';
import { NoRouteFilter } from './no-route.js';
import { OperationsController } from './operations.controller.js';

/** The platform for the whole of one process, and `/healthz`, `/readyz`, `/metrics`. */
@Module({})
export class PlatformModule {
  static with(platform: Platform): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      controllers: [OperationsController],
      providers: [
        { provide: APP_FILTER, useClass: NoRouteFilter },
        { provide: PLATFORM, useValue: platform },
      ],
      exports: [PLATFORM],
    };
  }
}
