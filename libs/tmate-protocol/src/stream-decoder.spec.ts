import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isShipmateError } from '#kernel';
import { anyHostMessage, concat, split } from './arbitraries.fixture.js';
import { encodeHostMessage, HostMessageDecoder, ServerMessageDecoder, type HostMessage } from './index.js';

const pty = (length: number): Uint8Array =>
  encodeHostMessage({ type: 'pty-data', paneId: 1, data: new Uint8Array(length).fill(0x61) });
const READY = encodeHostMessage({ type: 'ready' });

/** A snapshot of about 4 MB. */
function bigSnapshot(): Uint8Array {
  const cells = Uint32Array.from({ length: 200 }, (_, x) => 0x01400000 + x);
  const lines = Array.from({ length: 350 }, () => ({ text: 'x'.repeat(200), cells }));
  const screen = { cursorX: 0, cursorY: 0, lines };
  const panes = Array.from({ length: 10 }, (_, paneId) => ({ paneId, mode: 0, screen, saved: undefined }));
  return encodeHostMessage({ type: 'snapshot', panes });
}

describe('views', () => {
  it('of a message within a chunk are of the chunk itself', () => {
    const chunk = concat([READY, pty(1000), READY]);
    const seen: [string, boolean][] = [];
    const decoder = new HostMessageDecoder({
      onMessage(message, raw) {
        seen.push([message.type, raw.buffer === chunk.buffer]);
        if (message.type === 'pty-data') {
          expect(message.data.buffer).toBe(chunk.buffer);
          expect(message.data.constructor).toBe(Uint8Array);
        }
      },
    });
    decoder.push(chunk);
    expect(seen.map(([, inPlace]) => inPlace)).toEqual([true, true, true]);
    expect(decoder.work.bytesCopied).toBe(0);
  });

  it('hold in a chunk that begins within its memory, as those of Node do', () => {
    const memory = new Uint8Array(4096);
    const bytes = concat([pty(20), READY]);
    memory.set(bytes, 1000);
    const got: string[] = [];
    const decoder = new HostMessageDecoder({
      onMessage: (message, raw) => got.push(`${message.type} ${raw.length}`),
    });
    decoder.push(Buffer.from(memory.buffer, 1000, bytes.length));
    expect(got).toEqual(['pty-data 24', 'ready 2']);
  });
});

describe('work', () => {
  it.each([32_768, 1000, 7])('is linear for a snapshot of megabytes in chunks of %i bytes', (size) => {
    const bytes = bigSnapshot();
    let panes = 0;
    const decoder = new HostMessageDecoder({
      onMessage(message) {
        if (message.type === 'snapshot') panes = message.panes.length;
      },
    });
    for (const chunk of split(bytes, [size])) decoder.push(chunk);
    expect(panes).toBe(10);
    const whole = new HostMessageDecoder({ onMessage: () => {} });
    whole.push(bytes);
    // Each value is looked at once, however the bytes come; each byte is copied three times at most.
    expect(decoder.work.valuesScanned).toBe(whole.work.valuesScanned);
    expect(decoder.work.bytesCopied).toBeLessThanOrEqual(3 * bytes.length);
    expect(decoder.pendingBytes).toBe(0);
  });

  it('is not spent on a message that is complete in a chunk with a cut one', () => {
    const cut = pty(16_384);
    const decoder = new HostMessageDecoder({ onMessage: () => {} });
    for (let i = 0; i < 50; i++) {
      decoder.push(concat([READY, pty(9000), cut.subarray(0, 5000)]));
      decoder.push(concat([cut.subarray(5000), pty(9000)]));
    }
    expect(decoder.work.bytesCopied).toBeLessThanOrEqual(50 * cut.length + 10_000);
  });
});

describe('memory', () => {
  it('is not given to what is only announced', () => {
    const decoder = new HostMessageDecoder({ onMessage: () => {} });
    decoder.push(Uint8Array.from([0x92, 11, 0xdd, 0, 0x80, 0, 0]));
    expect(decoder.pendingBytes).toBe(7);
    expect(() => decoder.push(Uint8Array.from([0xdd, 0xff, 0xff, 0xff, 0xff]))).toThrow('snapshot: longer than');
    expect(decoder.pendingBytes).toBe(0);
  });

  it.each([
    ['a string', [0x93, 2, 0, 0xdb, 0xff, 0xff, 0xff, 0xff]],
    ['bytes', [0x93, 2, 0, 0xc6, 0x7f, 0xff, 0xff, 0xff]],
    ['an array', [0x93, 2, 0, 0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['the message itself', [0xdd, 0xff, 0xff, 0xff, 0xff]],
  ])('is refused to %s whose length is over the limit, before its bytes come', (_, bytes) => {
    for (const size of [1, 2, 100]) {
      const decoder = new HostMessageDecoder({ onMessage: () => {} });
      expect(() => split(Uint8Array.from(bytes), [size]).forEach((chunk) => decoder.push(chunk))).toThrow(
        'longer than',
      );
    }
  });

  it('ends at the limit that the owner set, for values that have no length, too', () => {
    const limits = { messageBytes: 1000, snapshotBytes: 2000 };
    const decoder = new HostMessageDecoder({ limits, onMessage: () => {} });
    decoder.push(Uint8Array.from([0xdc, 3, 0xd0, 8]));
    let pushed = 4;
    const more = (): void => {
      for (; pushed < 5000; pushed += 10) decoder.push(new Uint8Array(10).fill(0xd0));
    };
    expect(more).toThrow('fin: longer than 1000 bytes');
    expect(pushed).toBeLessThanOrEqual(1004);
    expect(() => new HostMessageDecoder({ limits, onMessage: () => {} }).push(pty(1001))).toThrow('pty-data: longer');
    expect(() => new HostMessageDecoder({ limits, onMessage: () => {} }).push(bigSnapshot())).toThrow(
      'than 2000 bytes',
    );
  });
});

describe('an error', () => {
  it('ends the decoder: messages before it count, and it is thrown ever after', () => {
    const got: string[] = [];
    const decoder = new HostMessageDecoder({ onMessage: (message) => got.push(message.type) });
    const failures: unknown[] = [];
    for (const chunk of [concat([READY, Uint8Array.from([0xc1]), READY]), READY, new Uint8Array(0)]) {
      try {
        decoder.push(chunk);
      } catch (error) {
        failures.push(error);
      }
    }
    expect(got).toEqual(['ready']);
    expect(failures).toHaveLength(3);
    expect(new Set(failures).size).toBe(1);
    expect(isShipmateError(failures[0], 'protocol')).toBe(true);
  });

  it('of the handler is one, for the messages after it would be lost', () => {
    const failure = new Error('no room');
    const decoder = new HostMessageDecoder({
      onMessage() {
        throw failure;
      },
    });
    expect(() => decoder.push(concat([READY, READY]))).toThrow(failure);
    expect(() => decoder.push(READY)).toThrow(failure);
  });

  it('never tells what the message said', () => {
    for (const bytes of [
      [0x92, 10, 0x93, 0xa6, ...new TextEncoder().encode('secret'), 0, 0],
      [0x93, 12, 0xa6, ...new TextEncoder().encode('secret'), 0],
    ]) {
      const decoder = new HostMessageDecoder({ onMessage: () => {} });
      expect(() => decoder.push(Uint8Array.from(bytes))).toThrow(/^(?!.*secret)/);
    }
  });
});

describe('a decoder', () => {
  it('that is disposed of from its handler delivers nothing more', () => {
    const got: string[] = [];
    const decoder: HostMessageDecoder = new HostMessageDecoder({
      onMessage(message) {
        got.push(message.type);
        decoder.dispose();
      },
    });
    decoder.push(concat([READY, READY]));
    decoder.push(READY);
    decoder.push(Uint8Array.from([0xc1]));
    expect(got).toEqual(['ready']);
  });

  it('lets go of half a message when it is disposed of', () => {
    const decoder = new HostMessageDecoder({ onMessage: () => {} });
    decoder.push(pty(100).subarray(0, 50));
    expect(decoder.pendingBytes).toBe(50);
    decoder.dispose();
    expect(decoder.pendingBytes).toBe(0);
  });

  it('cannot be pushed to from its handler, but another one can, with half messages in both', () => {
    const inner: HostMessage[] = [];
    const other = new HostMessageDecoder({ onMessage: (message) => inner.push(structuredClone(message)) });
    const outer: HostMessage[] = [];
    const decoder = new HostMessageDecoder({
      onMessage(message, raw) {
        for (const part of split(raw, [100])) other.push(part);
        outer.push(structuredClone(message));
      },
    });
    const bytes = pty(5000);
    for (const part of split(bytes, [777])) decoder.push(part);
    expect(inner).toEqual(outer);
    expect(outer).toHaveLength(1);
    const careless: HostMessageDecoder = new HostMessageDecoder({ onMessage: () => careless.push(READY) });
    expect(() => careless.push(READY)).toThrow('from within');
  });
});

describe('hostile bytes', () => {
  const decoders = [HostMessageDecoder, ServerMessageDecoder] as const;

  /** Pushes all of it; returns how it ended. Anything but a `ShipmateError` fails the test, as does what is kept. */
  function ending(Decoder: (typeof decoders)[number], chunks: readonly Uint8Array[]): string {
    const limits = { messageBytes: 10_000, snapshotBytes: 20_000 };
    const decoder = new Decoder({ limits, onMessage: () => {} });
    try {
      for (const chunk of chunks) {
        decoder.push(chunk);
        expect(decoder.pendingBytes).toBeLessThanOrEqual(20_000);
      }
      return 'taken';
    } catch (error) {
      if (!isShipmateError(error)) throw error;
      expect(['protocol', 'limit']).toContain(error.code);
      return error.message;
    }
  }

  it('end in messages or a ShipmateError, the same one for every split: random', () => {
    // Lead bytes of this protocol come more often than chance would have them.
    const likely = fc.constantFrom(0x90, 0x91, 0x92, 0x93, 0x95, 0, 1, 2, 6, 8, 11, 12, 0xa1, 0xc0, 0xd9, 0xdc, 0xdd);
    const bytes = fc.array(fc.oneof(likely, fc.nat(255)), { maxLength: 200 });
    fc.assert(
      fc.property(bytes, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (values, sizes) => {
        const whole = Uint8Array.from(values);
        for (const Decoder of decoders) expect(ending(Decoder, split(whole, sizes))).toBe(ending(Decoder, [whole]));
      }),
      { numRuns: 2000 },
    );
  });

  it('end in messages or a ShipmateError, the same one for every split: good messages mutated', () => {
    const mutation = fc.record({
      at: fc.nat(),
      kind: fc.constantFrom('set', 'flip', 'drop', 'insert'),
      byte: fc.nat(255),
    });
    fc.assert(
      fc.property(
        fc.array(anyHostMessage, { minLength: 1, maxLength: 4 }),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (messages, mutations, sizes) => {
          const bytes = [...concat(messages.map(encodeHostMessage))];
          for (const { at, kind, byte } of mutations) {
            const place = at % (bytes.length + 1);
            if (kind === 'set') bytes[place] = byte;
            else if (kind === 'flip') bytes[place] = (bytes[place] ?? 0) ^ (1 << (byte % 8));
            else bytes.splice(place, kind === 'drop' ? 1 : 0, ...(kind === 'insert' ? [byte] : []));
          }
          const whole = Uint8Array.from(bytes);
          expect(ending(HostMessageDecoder, split(whole, sizes))).toBe(ending(HostMessageDecoder, [whole]));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('that end early are waited for, and nothing of them is delivered', () => {
    fc.assert(
      fc.property(anyHostMessage, fc.nat(), (message, cut) => {
        const bytes = encodeHostMessage(message);
        let delivered = 0;
        const decoder = new HostMessageDecoder({ onMessage: () => delivered++ });
        decoder.push(bytes.subarray(0, cut % bytes.length));
        expect(delivered).toBe(0);
        decoder.push(bytes.subarray(cut % bytes.length));
        expect(delivered).toBe(1);
      }),
    );
  });
});
