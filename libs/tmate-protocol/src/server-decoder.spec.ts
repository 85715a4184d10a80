import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import { isShipmateError } from '#kernel';
import { KEY_NONE, Key, KeyModifier, Limit, ServerMessageDecoder, type ServerMessage } from './index.js';

function decode(value: unknown): ServerMessage[] {
  const messages: ServerMessage[] = [];
  new ServerMessageDecoder({ onMessage: (message) => messages.push(message) }).push(
    encode(value, { useBigInt64: true }),
  );
  return messages;
}

function refusal(value: unknown): [string, string] {
  try {
    decode(value);
  } catch (error) {
    if (isShipmateError(error)) return [error.code, error.message.replace('bad message from the server: ', '')];
    throw error;
  }
  throw new Error('was accepted');
}

describe('what a server sends', () => {
  it.each<[unknown[], ServerMessage]>([
    [[0, 'Reconnected'], { type: 'notify', text: 'Reconnected' }],
    [[1, 0x2041], { type: 'legacy-pane-key', key: 0x2041 }],
    [[2, 80, 23], { type: 'resize', cols: 80, rows: 23 }],
    [[2, -1, -1], { type: 'resize', cols: -1, rows: -1 }],
    [[3, 4, 'new-window'], { type: 'exec-cmd-str', clientId: 4, command: 'new-window' }],
    [[4, 'tmate_ssh', 'ssh x@y'], { type: 'set-env', name: 'tmate_ssh', value: 'ssh x@y' }],
    [[5], { type: 'ready' }],
    [[6, -1, 97], { type: 'pane-key', paneId: -1, key: 97 }],
    [[6, 3, BigInt(Key.F5 + KeyModifier.shift)], { type: 'pane-key', paneId: 3, key: Key.F5 + KeyModifier.shift }],
    [[7, 4, 'select-pane', '-t', '%1'], { type: 'exec-cmd', clientId: 4, args: ['select-pane', '-t', '%1'] }],
    [[5, 'more', ['of', 1]], { type: 'ready' }],
  ])('%# is understood', (wire, message) => {
    expect(decode(wire)).toEqual([message]);
  });
});

describe('what no server sends', () => {
  it.each<[unknown, string, string]>([
    [[8], 'protocol', 'message: its type is unknown'],
    [[0], 'protocol', 'notify: arguments: fewer than 1'],
    [[7, 1], 'protocol', 'exec-cmd: arguments: fewer than 2'],
    [[6, -2, 1], 'protocol', 'pane-key: pane id: not in -1 to 2147483647'],
    [[6, -1, BigInt(KEY_NONE)], 'protocol', 'pane-key: key: not a key of tmux'],
    [[6, -1, 2n ** 63n], 'protocol', 'pane-key: key: not in 0 to 9007199254740991'],
    [[2, 0, 23], 'protocol', 'resize: sx: not in 1 to 2000, nor -1'],
    [[2, 80, 10_000], 'protocol', 'resize: sy: not in -1 to 1000'],
    [[4, 'x', 'v'.repeat(Limit.valueBytes + 1)], 'limit', 'set-env: value: longer than 16384 bytes'],
    [[4, 'n'.repeat(Limit.wordBytes + 1), ''], 'limit', 'set-env: name: longer than 256 bytes'],
    [[0, new Uint8Array(Limit.messageBytes)], 'limit', 'notify: longer than 2097152 bytes'],
  ])('%# is refused', (wire, code, message) => {
    expect(refusal(wire)).toEqual([code, message]);
  });

  it('is a notice too long to show, which is cut', () => {
    expect(decode([0, 'é'.repeat(Limit.textBytes)])).toEqual([
      { type: 'notify', text: 'é'.repeat(Limit.textBytes / 2) },
    ]);
  });
});
