import { Module } from '@nestjs/common';
import { EdgeModule, startProcess } from '#nest';
import { runMain } from '#platform';
import { SshEdgeModule, SshEdgeService } from './ssh-edge.module.js';

@Module({ imports: [EdgeModule.with({ transports: ['ssh'] }), SshEdgeModule] })
class SshEdgeApp {}

await runMain(async (context) => {
  const { app, config, front } = await startProcess(context, 'ssh-edge', SshEdgeApp);
  await app.get(SshEdgeService).listen(front);
  process.stdout.write(`The SSH edge is ready on ${config.bind}:${config.sshPort}\n`);
});
