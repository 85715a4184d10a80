import { Module } from '@nestjs/common';
import { ShipmateError } from '#kernel';
import { BackplaneModule, startProcess } from '#nest';
import { runMain } from '#platform';
import { BrokerModule, BrokerService, useApi } from './broker.module.js';

@Module({ imports: [BackplaneModule.as('broker'), BrokerModule] })
class BrokerApp {}

await runMain(async (context) => {
  const { app, config } = await startProcess(context, 'broker', BrokerApp, useApi);
  if (config.redis === undefined) {
    throw new ShipmateError(
      'config',
      'SHIPMATE_REDIS_URL is missing: a separate broker shares its Redis with the edges',
    );
  }
  await app.get(BrokerService).listenForEdges();
  process.stdout.write(`The broker is ready on ${config.bind}:${config.httpPort}\n`);
});
