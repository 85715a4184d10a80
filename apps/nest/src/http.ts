import 'reflect-metadata';
import type { Server } from 'node:http';
import type { INestApplication, Type, DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Log } from '#platform';
import { NestLogger } from './nest-logger.js';
import { methodCheck, type Router } from './no-route.js';

/** A request that has not arrived whole after this is no browser's and no probe's. */
const REQUEST_TIMEOUT_MS = 15_000;
/** Longer than the 60 s after which load balancers drop idle connections, so that they do it, not we. */
const KEEP_ALIVE_MS = 65_000;

/** Builds an app's module and starts its HTTP server; the server listens when `listen` is called. */
export async function createHttpApp(module: Type | DynamicModule, log: Log): Promise<INestApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module, {
    logger: new NestLogger(log),
    bodyParser: false, // Whoever takes a body reads it after having looked who sends it.
    abortOnError: false, // `runMain` reports a failure to start and ends the process, not abort().
    forceCloseConnections: true, // A browser's idle keep-alive connection must not hold up a stop.
  });
  app.disable('x-powered-by');
  app.use((_request: unknown, response: { setHeader(name: string, value: string): void }, next: () => void) => {
    response.setHeader('x-content-type-options', 'nosniff');
    next();
  });
  const server: Server = app.getHttpServer();
  setTimes(server);
  server.prependListener('request', (request: { url?: string }) => {
    request.url = originForm(request.url ?? '/');
  });
  return app;
}

/** How long clients may take, for every server of HTTP here. */
export function setTimes(server: Server): void {
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
}

/**
 * The path and query of a request, whose target may be a whole address (`GET http://host/path`, RFC 9112 3.2.2): whoever looks at a
 * path must see the one that is answered.
 */
export function originForm(target: string): string {
  const rest = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(.*)$/is.exec(target)?.[1];
  return rest === undefined || rest.startsWith('/') ? (rest ?? target) : `/${rest}`;
}

/** Makes an app ready for requests, wherever its server then gets its connections from. */
export async function initHttp(app: INestApplication): Promise<Server> {
  // After all else that looks at requests, and before what answers them.
  const express = app.getHttpAdapter().getInstance() as { readonly router: Router };
  app.use(methodCheck(() => express.router));
  await app.init();
  return app.getHttpServer() as Server;
}
