import { decode as oracle } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyHostMessage, anyServerMessage, concat, split } from './arbitraries.fixture.js';
import {
  encodeHostMessage,
  encodeServerMessage,
  HOST_MESSAGE_TYPES,
  HostMessageDecoder,
  Key,
  KeyModifier,
  SERVER_MESSAGE_TYPES,
  ServerMessageDecoder,
  type HostMessage,
  type MessageHandler,
  type ServerMessage,
} from './index.js';

interface Direction<M> {
  readonly name: string;
  readonly message: fc.Arbitrary<M>;
  readonly encode: (message: M) => Uint8Array;
  readonly decoder: (onMessage: MessageHandler<M>) => { push(chunk: Uint8Array): void; readonly pendingBytes: number };
}
const host: Direction<HostMessage> = {
  name: 'host to server',
  message: anyHostMessage,
  encode: encodeHostMessage,
  decoder: (onMessage) => new HostMessageDecoder({ onMessage }),
};
const server: Direction<ServerMessage> = {
  name: 'server to host',
  message: anyServerMessage,
  encode: encodeServerMessage,
  decoder: (onMessage) => new ServerMessageDecoder({ onMessage }),
};

function anySplit<M>({ name, message, encode, decoder }: Direction<M>): void {
  it(`${name}: any split of any sequence gives the same messages and their bytes`, () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
        (messages, sizes) => {
          const encoded = messages.map(encode);
          const got: M[] = [];
          const raws: Uint8Array[] = [];
          const subject = decoder((message, raw) => {
            got.push(structuredClone(message));
            raws.push(raw.slice());
          });
          for (const chunk of split(concat(encoded), sizes)) {
            subject.push(chunk);
            // What a careless receiver does to its buffer after the call must not matter.
            chunk.fill(0xc1);
          }
          expect(got).toEqual(messages);
          expect(raws.map((raw) => [...raw])).toEqual(encoded.map((bytes) => [...bytes]));
          expect(subject.pendingBytes).toBe(0);
        },
      ),
    );
  });
}

describe('round trip', () => {
  anySplit(host);
  anySplit(server);
});

/** A message as the plain arrays of the wire, written down a second time. */
function hostArguments(message: HostMessage): unknown[] {
  switch (message.type) {
    case 'header':
      return [message.protocolVersion, message.clientVersion];
    case 'sync-layout': {
      const { cols, rows, windows, activeWindow } = message.layout;
      const wire = windows.map((window) => [
        window.index,
        window.name,
        window.panes.map((pane) => [pane.paneId, pane.cols, pane.rows, pane.x, pane.y]),
        window.activePane,
      ]);
      return [cols, rows, wire, activeWindow];
    }
    case 'sync-copy-mode': {
      const mode = message.copyMode;
      if (mode === undefined) return [message.paneId, []];
      const { selection, prompt } = mode;
      return [
        message.paneId,
        [
          Number(mode.ofPane),
          mode.scrolledBack,
          mode.cursorX,
          mode.cursorY,
          selection ? [selection.x, selection.linesFromBottom, Number(selection.rectangle)] : [],
          prompt ? [prompt.kind, prompt.prompt, prompt.text] : [],
        ],
      ];
    }
    case 'snapshot': {
      const screen = (s: {
        cursorX: number;
        cursorY: number;
        lines: readonly { text: string; cells: Uint32Array }[];
      }) => [s.cursorX, s.cursorY, s.lines.map((line) => [line.text, [...line.cells]])];
      return [message.panes.map((p) => [p.paneId, p.mode, screen(p.screen), p.saved ? screen(p.saved) : null])];
    }
    case 'exec-cmd':
      return [...message.args];
    default: {
      const { type: _, ...fields } = message;
      return Object.values(fields);
    }
  }
}

describe('what is written', () => {
  it('a generic MessagePack reader understands, host to server', () => {
    fc.assert(
      fc.property(anyHostMessage, (message) => {
        fc.pre(message.type !== 'pty-data');
        const expected = [HOST_MESSAGE_TYPES.indexOf(message.type), ...hostArguments(message)];
        expect(oracle(encodeHostMessage(message))).toEqual(expected);
      }),
    );
  });

  it('a generic MessagePack reader understands, PTY data', () => {
    const data = new Uint8Array([0, 0xff, 0x1b, 0x80]);
    const bytes = encodeHostMessage({ type: 'pty-data', paneId: 7, data });
    expect(oracle(bytes, { rawStrings: true })).toEqual([2, 7, data]);
  });

  it('a generic MessagePack reader understands, server to host', () => {
    fc.assert(
      fc.property(anyServerMessage, (message) => {
        const { type, ...fields } = message;
        const wire = Object.values(fields)
          .flat()
          .map((value) => (type === 'pane-key' ? BigInt(value) : value));
        const got = oracle(encodeServerMessage(message), { useBigInt64: type === 'pane-key' }) as unknown[];
        const args = got.slice(1).map((value) => (type === 'pane-key' ? BigInt(value as number) : value));
        expect([got[0], ...args]).toEqual([SERVER_MESSAGE_TYPES.indexOf(type), ...wire]);
      }),
    );
  });

  it('has key codes as uint64 to the last bit', () => {
    const key = KeyModifier.shift + KeyModifier.ctrl + KeyModifier.meta + Key['KP.'];
    const bytes = encodeServerMessage({ type: 'pane-key', paneId: -1, key });
    expect([...bytes]).toEqual([0x93, 6, 0xff, 0xcf, 0, 0, 0xf0, 0, 0, 0, 0, 84]);
    expect([...encodeServerMessage({ type: 'pane-key', paneId: 1, key: 0x61 })].slice(3)).toEqual([
      0xcf, 0, 0, 0, 0, 0, 0, 0, 0x61,
    ]);
  });

  it('has no str8 for a host, for old clients do not know it', () => {
    const bytes = encodeServerMessage({ type: 'notify', text: 'x'.repeat(40) });
    expect([...bytes.subarray(0, 5)]).toEqual([0x92, 0, 0xda, 0, 40]);
  });

  it('is refused when it is not a number that a number holds, or not a key', () => {
    expect(() => encodeServerMessage({ type: 'resize', cols: 80.5, rows: 24 })).toThrow(RangeError);
    expect(() => encodeServerMessage({ type: 'resize', cols: Number.NaN, rows: 24 })).toThrow(RangeError);
    expect(() => encodeServerMessage({ type: 'pane-key', paneId: -1, key: 2 ** 50 })).toThrow(RangeError);
    expect(() => encodeHostMessage({ type: 'failed-cmd', clientId: 2 ** 60, cause: '' })).toThrow(RangeError);
  });
});
