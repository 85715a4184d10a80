import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '#kernel';
import { HostKeys, SshServer, type SshHandlers } from '#ssh';

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** A server on loopback that lets everybody in; `host` takes the hosts' channels, joiners' are listened to in silence. */
export async function benchServer(host: SshHandlers['host']): Promise<{ server: SshServer; port: number }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'shipmate-bench-'));
  const hostKeys = await HostKeys.load(directory);
  await rm(directory, { recursive: true });
  const server = new SshServer({
    clock,
    hostKeys,
    handlers: {
      authenticate: () => 'accept',
      host,
      joiner: (channel) => channel.listen({ onData: () => undefined, onClose: () => undefined }),
    },
  });
  const { port } = await server.listen('127.0.0.1', 0);
  return { server, port };
}
