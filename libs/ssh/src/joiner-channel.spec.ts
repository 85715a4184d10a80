import fc from 'fast-check';
import { Duplex } from 'node:stream';
import type Protocol from 'ssh2/lib/protocol/Protocol.js';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { ChannelReceiver } from './channel-receiver.js';
import { ChannelSender } from './channel-sender.js';
import { SshJoinerChannel } from './joiner-channel.js';

const WINDOW = 2 * 1024 * 1024;

/** A joiner's channel with a client that answers when the test says so. */
function channelOf() {
  const clock = new FakeClock();
  const questions: ((arrived: boolean) => void)[] = [];
  const protocol = { channelData: () => undefined } as unknown as Protocol;
  const socket = new Duplex({ read: () => undefined, write: (_, __, done) => done() });
  const remote = { id: 0, window: WINDOW, packetSize: 32 * 1024 };
  const sender = new ChannelSender({ protocol, queuedBytes: 0 }, socket, remote);
  const owner = {
    clock,
    finish: () => undefined,
    ignore: () => undefined,
    end: () => undefined,
    probe: async () => await Promise.resolve(true),
    ask: (answered: (arrived: boolean) => void) => void questions.push(answered),
  };
  const channel = new SshJoinerChannel(sender, new ChannelReceiver(protocol, 0, WINDOW), owner, 'OpenSSH_9.2', WINDOW);
  return { channel, clock, answer: () => questions.shift()?.(true), questions };
}

/** A frame of so many bytes, or the client's next answer after so many ms: soon, or as from a busy machine. */
type Step = { readonly frame: number } | { readonly answerAfterMs: number };

const steps = fc.array(
  fc.oneof(
    fc.record({ frame: fc.integer({ min: 1, max: 6000 }) }),
    fc.record({ answerAfterMs: fc.constantFrom(0, 5, 300) }),
  ),
  { maxLength: 60, size: 'max' },
);

/** The limit grows by quick answers, and falls by a late one below what was written since it was asked for. */
const LATE: readonly Step[] = [
  ...[1, 1024, 3520].map((frame) => ({ frame })),
  { answerAfterMs: 0 },
  { answerAfterMs: 0 },
  { frame: 577 },
  { answerAfterMs: 0 },
  ...[1024, 1024, 1024, 1025].map((frame) => ({ frame })),
];

describe('a joiner’s channel', () => {
  it('is ready for the next frame once its client has answered everything, and says so', () => {
    const run = (script: readonly Step[]): void => {
      const { channel, clock, answer, questions } = channelOf();
      // What waits for `onReady` is a frame like any other.
      let behind = false;
      channel.listen({ onData: () => undefined, onClose: () => undefined, onReady: () => (behind = false) });
      for (const step of script) {
        if ('answerAfterMs' in step) {
          clock.advance(step.answerAfterMs);
          answer();
        } else if (channel.ready) channel.write(new Uint8Array(step.frame));
        else behind = true;
      }
      while (questions.length > 0) {
        clock.advance(300);
        answer();
      }
      clock.advance(60_000);
      expect({ behind, ready: channel.ready }).toEqual({ behind: false, ready: true });
    };
    fc.assert(fc.property(steps, run), { numRuns: 300, examples: [[LATE]] });
  });
});
