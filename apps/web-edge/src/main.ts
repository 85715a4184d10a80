import { Module } from '@nestjs/common';
import { EdgeModule, startProcess } from '#nest';
import { runMain } from '#platform';
import { HostApiModule, useHostApi } from '../../broker/src/broker.module.js';
import { SshEdgeService, SshEdgeModule } from '../../ssh-edge/src/ssh-edge.module.js';
import { SshSocketsModule } from '../../ssh-edge/src/ssh-sockets.module.js';
import { useWebSockets, WebEdgeModule, WebEdgeService } from './web-edge.module.js';

// What comes over WebSockets may be ssh: an edge is one whatever its ports.
@Module({
  imports: [EdgeModule.with({ transports: ['web'] }), SshEdgeModule, SshSocketsModule, WebEdgeModule, HostApiModule],
})
class WebEdgeApp {}

await runMain(async (context) => {
  const { app, config } = await startProcess(context, 'web-edge', WebEdgeApp, (made) => {
    useWebSockets(made);
    useHostApi(made);
  });
  await app.get(SshEdgeService).start();
  await app.get(WebEdgeService).start();
  process.stdout.write(`The web edge is ready on ${config.bind}:${config.httpPort}\n`);
});
