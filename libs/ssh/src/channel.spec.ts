import { Duplex } from 'node:stream';
import type Protocol from 'ssh2/lib/protocol/Protocol.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChannelReceiver } from './channel-receiver.js';
import { ChannelSender } from './channel-sender.js';

/** The few messages of ssh2's protocol that channels send, kept. */
class FakeProtocol {
  readonly out: string[] = [];
  readonly err: string[] = [];
  readonly packets: number[] = [];
  readonly grants: number[] = [];
  channelData(_: number, data: Buffer): void {
    this.out.push(data.toString('latin1'));
    this.packets.push(data.length);
  }
  channelExtData(_: number, data: Buffer): void {
    this.err.push(data.toString('latin1'));
    this.packets.push(data.length);
  }
  channelWindowAdjust(_: number, bytes: number): void {
    this.grants.push(bytes);
  }
}

const socket = (): Duplex => new Duplex({ read: () => undefined, write: (_, __, done) => done() });

function sender(window: number, packetSize = 1000) {
  const protocol = new FakeProtocol();
  const transport = { protocol: protocol as unknown as Protocol, queuedBytes: 0 };
  const channel = new ChannelSender(transport, socket(), { id: 5, window, packetSize });
  return { protocol, channel, transport };
}

describe('ChannelSender', () => {
  it('sends nothing more when a write has ended the connection', () => {
    const { protocol, channel } = sender(1_000_000, 10);
    const send = protocol.channelData.bind(protocol);
    protocol.channelData = (remote, data) => {
      send(remote, data);
      if (protocol.packets.length === 2) channel.drop();
    };
    channel.send(Buffer.alloc(1000));
    expect(protocol.packets).toEqual([10, 10]);
    expect(channel.waiting).toBe(0);
  });

  it('sends all in order, never beyond the window or the packet size, whatever is granted when', () => {
    const step = fc.oneof(
      fc.record({ write: fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 40 }) }),
      fc.record({ grant: fc.integer({ min: 0, max: 50 }) }),
    );
    fc.assert(
      fc.property(fc.nat(60), fc.integer({ min: 1, max: 20 }), fc.array(step), (window, packetSize, steps) => {
        const { protocol, channel } = sender(window, packetSize);
        let [written, granted] = ['', 0];
        for (const action of steps) {
          if ('write' in action) {
            written += action.write;
            channel.send(Buffer.from(action.write));
          } else {
            granted += action.grant;
            channel.granted(action.grant);
          }
          const sent = protocol.out.join('');
          expect(sent.length).toBeLessThanOrEqual(window + granted);
          expect(channel.waiting).toBe(written.length - sent.length);
        }
        channel.granted(written.length);
        expect(protocol.out.join('')).toBe(written);
        expect(Math.max(0, ...protocol.packets)).toBeLessThanOrEqual(packetSize);
      }),
    );
  });

  it('counts what the peer has not consumed, even if it enlarges its window', () => {
    const { channel } = sender(100);
    channel.send(Buffer.alloc(80));
    expect(channel.unacknowledged).toBe(80);
    channel.granted(50);
    expect(channel.unacknowledged).toBe(30);
    channel.granted(500);
    expect(channel.unacknowledged).toBe(0);
  });

  it('finishes when the last bytes are out, and takes none after that', () => {
    const { channel, protocol } = sender(5);
    channel.send(Buffer.from('1234567'));
    channel.send(Buffer.from('err'), true);
    let finished = false;
    channel.finish(() => (finished = true));
    channel.granted(4);
    expect(finished).toBe(false);
    channel.granted(1);
    expect(finished).toBe(true);
    channel.send(Buffer.from('late'));
    expect([protocol.out.join(''), protocol.err.join('')]).toEqual(['1234567', 'err']);
  });

  it('survives a peer with empty packets, and a window beyond 32 bits', () => {
    const { channel, protocol } = sender(3, 0);
    channel.send(Buffer.from('abc'));
    expect(protocol.packets).toEqual([1, 1, 1]);
    for (let n = 0; n < 3; n++) channel.granted(0xffffffff);
    channel.send(Buffer.alloc(10));
    expect(channel.waiting).toBe(0);
  });
});

describe('ChannelReceiver', () => {
  function receiver(windowBytes: number) {
    const protocol = new FakeProtocol();
    const heard: string[] = [];
    const channel = new ChannelReceiver(protocol as unknown as Protocol, 5, windowBytes);
    return {
      protocol,
      channel,
      heard,
      listen: () => channel.listen((chunk) => heard.push(Buffer.from(chunk).toString())),
    };
  }

  it('grants again what was taken, in lumps of half the window', () => {
    const { protocol, channel, heard, listen } = receiver(100);
    listen();
    channel.receive(Buffer.alloc(40));
    expect(protocol.grants).toEqual([]);
    channel.receive(Buffer.alloc(20));
    expect(heard).toHaveLength(2);
    channel.taken(40);
    expect(protocol.grants).toEqual([]);
    channel.taken(20);
    expect(protocol.grants).toEqual([60]);
    expect(channel.receive(Buffer.alloc(100))).toBe(true);
    expect(channel.receive(Buffer.alloc(1))).toBe(false);
  });

  it('keeps one window until somebody listens, and refuses more', () => {
    const { protocol, channel, heard, listen } = receiver(10);
    const borrowed = Buffer.from('early');
    expect(channel.receive(borrowed)).toBe(true);
    borrowed.fill(0);
    expect(channel.receive(Buffer.from('birds'))).toBe(true);
    expect(protocol.grants).toEqual([]);
    listen();
    expect(heard).toEqual(['early', 'birds']);
    channel.taken(10);
    expect(protocol.grants).toEqual([10]);
    expect(channel.receive(Buffer.alloc(11))).toBe(false);
  });

  it('does not keep endless empty messages', () => {
    const { channel } = receiver(10_000);
    for (let n = 0; n < 20_000; n++) expect(channel.receive(Buffer.alloc(0))).toBe(true);
    let kept = 0;
    while (channel.receive(Buffer.of(1))) kept += 1;
    expect(kept).toBeLessThanOrEqual(4096);
  });
});
