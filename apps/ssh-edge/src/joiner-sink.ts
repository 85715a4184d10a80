import { ENDING_EXIT_STATUS, type JoinerSink, type Unlocking } from '#session';
import type { JoinerChannel } from '#ssh';
import type { SshEdgeObserver } from './observers.js';

/** Sends a seat's output to its terminal, over SSH; the owner of the channel reports when it is ready again. */
export interface SshJoinerSink extends JoinerSink {
  /** What is printed next to the terminal's content when the stay is over. */
  farewell: string | undefined;
  becameReady(): void;
}

export function joinerSink(
  channel: JoinerChannel,
  observer: Pick<SshEdgeObserver, 'bytes'>,
  unlocking?: Unlocking,
): SshJoinerSink {
  let onReady = (): void => undefined;
  const write = (bytes: Uint8Array): void => {
    observer.bytes('out', 'joiner', bytes.length);
    channel.write(bytes);
  };
  return {
    farewell: undefined,
    ...(unlocking && { unlocking }),
    get ready() {
      return channel.ready;
    },
    get held() {
      return channel.held;
    },
    write,
    tookInput: (bytes) => channel.taken(bytes),
    onReady(listener) {
      onReady = listener;
    },
    end(ending, last) {
      write(last);
      channel.exit(ENDING_EXIT_STATUS[ending], this.farewell === undefined ? {} : { stderr: `${this.farewell}\r\n` });
    },
    becameReady: () => onReady(),
  };
}
