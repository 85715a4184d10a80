import { encodeServerMessage } from '#tmate-protocol';
import type { ShownKeys } from '#access';
import type { HostLink } from '#session';
import type { HostChannel } from '#ssh';
import type { SshEdgeObserver } from './observers.js';

/** How long a host may take to answer; a client that is stopped, or behind a dead network, does not. */
const ANSWER_MS = 2500;

/** A session's way to its host, over SSH. */
export function hostLink(
  channel: HostChannel,
  address: string,
  proven: ShownKeys & Pick<HostLink, 'identity'>,
  observer: Pick<SshEdgeObserver, 'bytes'>,
): HostLink {
  return {
    address,
    ...proven,
    get backlog() {
      return channel.backlog;
    },
    send(messages) {
      const bytes = Buffer.concat(messages.map((message) => encodeServerMessage(message)));
      observer.bytes('out', 'host', bytes.length);
      channel.write(bytes);
    },
    wake: (bytes) => channel.wake(bytes),
    close: () => channel.close(),
    acknowledge: (answered) => channel.acknowledge(answered),
    isAlive: async () => await channel.isAlive(ANSWER_MS),
  };
}
