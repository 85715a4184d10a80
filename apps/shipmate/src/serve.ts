import { Module } from '@nestjs/common';
import { EdgeModule, startProcess } from '#nest';
import type { MainContext } from '#platform';
import { BrokerModule, BrokerService, useApi } from '../../broker/src/broker.module.js';
import { SshEdgeModule, SshEdgeService } from '../../ssh-edge/src/ssh-edge.module.js';
import { SshSocketsModule } from '../../ssh-edge/src/ssh-sockets.module.js';
import { useWebSockets, WebEdgeModule, WebEdgeService } from '../../web-edge/src/web-edge.module.js';
import { howTo, writeTmateConf } from './how-to.js';

const edgeModule = EdgeModule.with({ transports: ['ssh', 'web'], hasBroker: true });

@Module({ imports: [edgeModule, SshEdgeModule, SshSocketsModule, WebEdgeModule, BrokerModule] })
class ShipmateApp {}

/** Every role in one process. Resolves when it is ready; it ends by a signal. */
export async function serve(context: MainContext): Promise<void> {
  const { app, config, log, front } = await startProcess(context, 'shipmate', ShipmateApp, (made) => {
    useWebSockets(made);
    useApi(made);
  });
  const ssh = app.get(SshEdgeService);
  const conf = writeTmateConf(config, ssh.edge.hostKeys.fingerprints, log);
  await ssh.listen(front);
  await app.get(WebEdgeService).start();
  // Its own edges need none; those of other processes may.
  if (config.brokerPort !== undefined) await app.get(BrokerService).listenForEdges();
  process.stdout.write(howTo(config, conf));
}
