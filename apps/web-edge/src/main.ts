import { Module } from '@nestjs/common';
import { EdgeModule } from '#edge';
import { runMain, startProcess } from '#platform';
import { useWebSockets, WebEdgeModule, WebEdgeService } from './web-edge.module.js';

@Module({ imports: [EdgeModule.of('web'), WebEdgeModule] })
class WebEdgeApp {}

await runMain(async (context) => {
  const { app, config } = await startProcess(context, 'web-edge', WebEdgeApp, useWebSockets);
  await app.get(WebEdgeService).start();
  process.stdout.write(`The web edge is ready on ${config.bind}:${config.httpPort}\n`);
});
