import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable, Module, type BeforeApplicationShutdown, type INestApplication } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { barredText } from '#address';
import type { Edge } from '#edge';
import { ClientModule, EDGE, PLATFORM, type Platform, cookiesOf } from '#nest';
import { NoPageFilter } from './no-page.filter.js';
import { webEdgeObserver } from './observers.js';
import { originAllowed } from './origin.js';
import { PagesController } from './pages.controller.js';
import { SocketAdapter } from './socket-adapter.js';
import { VISITORS, WEB_EDGE } from './injected.js';
import { SignInController } from './sign-in/sign-in.controller.js';
import { Visitors } from './sign-in/visitors.js';
import { WebEdge } from './web-edge.js';
import { WebGateway } from './web.gateway.js';

const NOT_GUARDED = /^\/(v1|healthz|readyz|metrics)(?![^/?#])/i;
/** How long pages may take to read their last message when the process stops. */
const CLOSE_GRACE_MS = 2000;

/** The web edge's part of a process: how it begins and ends. */
@Injectable()
export class WebEdgeService implements BeforeApplicationShutdown {
  constructor(
    @Inject(EDGE) private readonly edge: Edge,
    @Inject(WEB_EDGE) private readonly web: WebEdge,
  ) {}

  /** Makes the sessions known; pages are let in from the moment that HTTP is listened for. */
  async start(): Promise<void> {
    await this.edge.life.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.edge.life.stop();
    await this.web.close(CLOSE_GRACE_MS);
  }
}

/** Joiners in browsers, and the pages that take them there. Needs `EdgeModule`, and `useWebSockets` for the application. */
@Module({
  imports: [ClientModule],
  controllers: [PagesController, SignInController],
  providers: [
    WebGateway,
    WebEdgeService,
    { provide: APP_FILTER, useClass: NoPageFilter },
    {
      provide: VISITORS,
      inject: [PLATFORM, EDGE],
      useFactory: ({ config }: Platform, { signIns }: Edge) => new Visitors(signIns, cookiesOf(config.webUrl)),
    },
    {
      provide: WEB_EDGE,
      inject: [PLATFORM, EDGE, VISITORS],
      useFactory: ({ clock, log, metrics, tracer }: Platform, edge: Edge, visitors: Visitors) => {
        const observer = webEdgeObserver(log, metrics, edge.refusals, edge.turnedAway);
        return new WebEdge({ ...edge, clock, observer, tracer, visitors });
      },
    },
  ],
  exports: [WebEdgeService],
})
export class WebEdgeModule {}

/** Lets an application with `WebEdgeModule` take WebSockets; before it is initialised. */
export function useWebSockets(app: INestApplication): void {
  const { webUrl } = app.get<Platform>(PLATFORM).config;
  const { addresses, turnedAway } = app.get<Edge>(EDGE);
  /** The address of a refused request, after the refusal was reported. */
  const barred = (request: IncomingMessage): string | undefined => {
    const address = addresses.of(request);
    const why = addresses.bars(address);
    if (why === undefined) return undefined;
    turnedAway(why, address, 'web');
    return address;
  };
  app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    // The API has its own guard; probes and metrics are requested from inside.
    const address = NOT_GUARDED.test(request.url ?? '') ? undefined : barred(request);
    if (address === undefined) next();
    else response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(`${barredText(address)}\n`);
  });
  const refuse = (request: IncomingMessage): number | undefined => {
    const { headers } = request;
    if (barred(request) !== undefined) return 403;
    return originAllowed(headers.origin, headers.host, webUrl) ? undefined : 403;
  };
  app.useWebSocketAdapter(new SocketAdapter({ httpServer: () => app.getHttpServer(), refuse }));
}
