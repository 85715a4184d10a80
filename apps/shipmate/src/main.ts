#!/usr/bin/env node
import { ROLES } from './roles.js';
import { checkMaxOpenFiles, EX_UNAVAILABLE, tooFewFiles } from './too-few-files.js';

// The first process of a container gets only signals that it listens for. Once a server has installed its shutdown, which adds
// its own listener, there is something to drain; until then there is not.
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(status);
  });
}

// Each is loaded when it is asked for: neither a probe nor a command of an operator's waits for the server's modules.
const [name, ...args] = process.argv.slice(2);
const role = name !== undefined && Object.hasOwn(ROLES, name) ? ROLES[name] : undefined;
try {
  checkMaxOpenFiles();
  if (role !== undefined) await role.run(args);
  else {
    const [{ runMain }, { runCommand }] = await Promise.all([import('#platform'), import('./commands/run-command.js')]);
    await runMain(async () => void (process.exitCode = await runCommand(name, args)));
  }
} catch (error) {
  const text = tooFewFiles(error);
  if (text === undefined) throw error;
  process.stderr.write(`${text}\n`);
  process.exit(EX_UNAVAILABLE);
}
