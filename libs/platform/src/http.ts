import 'reflect-metadata';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication, Type, DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { listening } from './listening.js';
import type { Log } from './log.js';
import { NestLogger } from './nest-logger.js';

/** A request that has not arrived whole after this is no browser's and no probe's. */
const REQUEST_TIMEOUT_MS = 15_000;
/** Longer than the 60 s after which load balancers drop idle connections, so that they do it, not we. */
const KEEP_ALIVE_MS = 65_000;
const MOST_CONNECTIONS = 10_000;

/** Builds an app's module and starts its HTTP server; the server listens when `listen` is called. */
export async function createHttpApp(module: Type | DynamicModule, log: Log): Promise<INestApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module, {
    logger: new NestLogger(log),
    bodyParser: false, // Whoever takes a body reads it after having looked who sends it.
    abortOnError: false, // A failure to start is told and ends the process in `runMain`, not by abort().
    forceCloseConnections: true, // A browser's idle keep-alive connection must not hold up a stop.
  });
  app.disable('x-powered-by');
  app.use((_request: unknown, response: { setHeader(name: string, value: string): void }, next: () => void) => {
    response.setHeader('x-content-type-options', 'nosniff');
    next();
  });
  const server: Server = app.getHttpServer();
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxConnections = MOST_CONNECTIONS;
  return app;
}

/** Listens for HTTP and gives the address. Throws `unavailable` with a sentence that says what to do. */
export async function listenHttp(app: INestApplication, bind: string, port: number): Promise<AddressInfo> {
  await app.init();
  // Not by `app.listen`, which logs a taken port as an error of its own beside ours.
  const server: Server = app.getHttpServer();
  const listen = async (): Promise<void> => {
    server.listen(port, bind);
    await once(server, 'listening');
  };
  await listening(listen, { bind, port, variable: 'SHIPMATE_HTTP_PORT' });
  return server.address() as AddressInfo;
}
