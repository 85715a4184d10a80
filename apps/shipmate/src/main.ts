import { Module } from '@nestjs/common';
import { ShipmateError } from '#kernel';
import { EdgeModule } from '#edge';
import { runMain, startProcess } from '#platform';
import { BrokerModule, BrokerService, useApi } from '../../broker/src/broker.module.js';
import { SshEdgeModule, SshEdgeService } from '../../ssh-edge/src/ssh-edge.module.js';
import { useWebSockets, WebEdgeModule, WebEdgeService } from '../../web-edge/src/web-edge.module.js';
import { howTo, writeTmateConf } from './how-to.js';

@Module({ imports: [EdgeModule.withBroker('ssh', 'web'), SshEdgeModule.create(), WebEdgeModule, BrokerModule] })
class ShipmateApp {}

await runMain(async (context) => {
  const [command, ...rest] = process.argv.slice(2);
  if (command !== 'serve' || rest.length > 0) {
    throw new ShipmateError('config', 'usage: shipmate serve\nWhat can be set is in docs/configuration.md.');
  }
  const { app, config } = await startProcess(context, ShipmateApp, (made) => {
    useWebSockets(made);
    useApi(made);
  });
  const edge = app.get(SshEdgeService);
  const conf = writeTmateConf(config, edge.hostKeys.fingerprints);
  await edge.listen();
  await app.get(WebEdgeService).start();
  // Its own edges need none; those of other processes may.
  if (config.brokerPort !== undefined) await app.get(BrokerService).listenForEdges();
  process.stdout.write(howTo(config, conf));
});
