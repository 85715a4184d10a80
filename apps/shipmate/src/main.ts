#!/usr/bin/env node
import { runMain } from '#platform';

// Each is loaded when it is asked for: a command of an operator's does not wait for the server's modules.
await runMain(async (context) => {
  const [command, ...rest] = process.argv.slice(2);
  if (command === 'serve') await (await import('./serve.js')).serve(context, rest);
  else process.exitCode = await (await import('./commands/run-command.js')).runCommand(command, rest);
});
