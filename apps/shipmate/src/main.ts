import { Module } from '@nestjs/common';
import { ShipmateError } from '#kernel';
import { EdgeModule } from '#edge';
import { runMain, startProcess } from '#platform';
import { SshEdgeModule, SshEdgeService } from '../../ssh-edge/src/ssh-edge.module.js';
import { useWebSockets, WebEdgeModule, WebEdgeService } from '../../web-edge/src/web-edge.module.js';
import { howTo, writeTmateConf } from './how-to.js';

@Module({ imports: [EdgeModule.of('ssh', 'web'), SshEdgeModule.create(), WebEdgeModule] })
class ShipmateApp {}

await runMain(async (context) => {
  const [command, ...rest] = process.argv.slice(2);
  if (command !== 'serve' || rest.length > 0) {
    throw new ShipmateError('config', 'usage: shipmate serve\nWhat can be set is in docs/configuration.md.');
  }
  const { app, config } = await startProcess(context, ShipmateApp, useWebSockets);
  const edge = app.get(SshEdgeService);
  const conf = writeTmateConf(config, edge.hostKeys.fingerprints);
  await edge.listen();
  await app.get(WebEdgeService).start();
  process.stdout.write(howTo(config, conf));
});
