import { Module } from '@nestjs/common';
import { EdgeModule, startProcess } from '#nest';
import { runMain } from '#platform';
import { useWebSockets, WebEdgeModule, WebEdgeService } from './web-edge.module.js';

@Module({ imports: [EdgeModule.with({ transports: ['web'] }), WebEdgeModule] })
class WebEdgeApp {}

await runMain(async (context) => {
  const { app, config } = await startProcess(context, 'web-edge', WebEdgeApp, useWebSockets);
  await app.get(WebEdgeService).start();
  process.stdout.write(`The web edge is ready on ${config.bind}:${config.httpPort}\n`);
});
