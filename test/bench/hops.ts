import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { within, type Stage } from '#testing';
import type { End } from './ends.js';

/**
 * The yardstick of a relayed key: processes and sockets as a fleet has them, a real Redis between two of them, and nothing
 * done at any hop. What it takes longer at the other edge than at home, no server that goes through Redis can save.
 */
export class Hops {
  private constructor(
    /** Typed into next to the host. */
    readonly home: End,
    /** Typed into behind Redis. */
    readonly away: End,
  ) {}

  static async start(stage: Stage, redisPort: number): Promise<Hops> {
    const host = await startProcess(stage, 'host', redisPort);
    const home = await startProcess(stage, 'home', redisPort, host);
    const away = await startProcess(stage, 'away', redisPort);
    return new Hops(await dial(stage, home), await dial(stage, away));
  }
}

async function startProcess(stage: Stage, role: string, ...ports: readonly number[]): Promise<number> {
  const program = fileURLToPath(new URL('hops-process.js', import.meta.url));
  const child = fork(program, [role, ...ports.map(String)], { execArgv: [] });
  stage.onClear(() => child.kill('SIGKILL'));
  const [port] = (await within(once(child, 'message'), `the ${role} without work to start`)) as [number];
  return port;
}

async function dial(stage: Stage, port: number): Promise<End> {
  const socket: Socket = connect(port, '127.0.0.1').setNoDelay(true);
  stage.onClear(() => socket.destroy());
  await within(once(socket, 'connect'), 'a connection');
  let listener: ((bytes: Uint8Array) => void) | undefined;
  socket.on('data', (bytes) => listener?.(bytes));
  return { type: (text) => socket.write(text), onData: (fresh) => void (listener = fresh) };
}
