import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Key, KeyModifier, type ServerMessage } from '#tmate-protocol';
import { parseCommandLine } from '#tmux';
import { forClient } from './old-clients.js';
import { Stage } from '#fleet/stage';

const key = (code: number, paneId = -1): ServerMessage => ({ type: 'pane-key', paneId, key: code });
const legacy = (...keys: number[]): ServerMessage[] => keys.map((code) => ({ type: 'legacy-pane-key', key: code }));

describe('forClient', () => {
  it('leaves messages to clients of today as they are', () => {
    const message: ServerMessage = { type: 'exec-cmd', clientId: 1, args: ['new-window'] };
    expect(forClient(message, 6)).toEqual([message]);
    expect(forClient(key(Key.Up), 6)).toEqual([key(Key.Up)]);
  });

  it('writes commands as lines below 6, which read back as the same words', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 12 }), { maxLength: 5 }), (args) => {
        const words = args.filter((arg) => !/[~$\0]/.test(arg));
        const [line] = forClient({ type: 'exec-cmd', clientId: 7, args: ['rename-window', '--', ...words] }, 5);
        if (line?.type !== 'exec-cmd-str') throw new Error('no line');
        expect(line.clientId).toBe(7);
        const read = parseCommandLine(line.command);
        if (read.ok && read.value.length === 1) expect(read.value[0]?.args).toEqual(words);
        else expect(words).not.toHaveLength(1);
      }),
    );
  });

  it('has the keys of protocol 5, which knew fewer of the mouse', () => {
    expect(forClient(key(0x61), 5)).toEqual([key(0x61)]);
    expect(forClient(key(Key.BSpace, 3), 5)).toEqual([key(Key.BSpace - 9, 3)]);
    expect(forClient(key(Key.Up + KeyModifier.ctrl), 5)).toEqual([key(Key.Up - 9 + KeyModifier.ctrl)]);
    expect(forClient(key(Key.FocusIn), 5)).toEqual([key(Key.FocusIn)]);
  });

  it('has the keys of tmux 1 below 5', () => {
    expect(forClient(key(0x61), 4)).toEqual(legacy(0x61));
    expect(forClient(key(0x61 + KeyModifier.meta), 4)).toEqual(legacy(0x2061));
    expect(forClient(key(0xe9), 4)).toEqual(legacy(0xc3, 0xa9));
    expect(forClient(key(0x65e5 + KeyModifier.meta), 4)).toEqual(legacy(0x20e6, 0x97, 0xa5));
    expect(forClient(key(Key.BSpace), 4)).toEqual(legacy(0x1001));
    expect(forClient(key(Key.F1), 4)).toEqual(legacy(0x1002));
    expect(forClient(key(Key.F12), 4)).toEqual(legacy(0x100d));
    expect(forClient(key(Key.IC), 4)).toEqual(legacy(0x1016));
    expect(forClient(key(Key.Up + KeyModifier.shift + KeyModifier.ctrl), 4)).toEqual(legacy(0xd01d));
    expect(forClient(key(Key['KP.']), 4)).toEqual(legacy(0x1030));
    expect(forClient(key(Key.FocusOut), 4)).toEqual(legacy(0x1032));
    expect(forClient(key(Key.MouseDown1Pane), 4)).toEqual([]);
  });

  it('says nothing that the oldest do not know', () => {
    expect(forClient({ type: 'set-env', name: 'a', value: 'b' }, 4)).toHaveLength(1);
    expect(forClient({ type: 'set-env', name: 'a', value: 'b' }, 3)).toEqual([]);
    expect(forClient({ type: 'ready' }, 3)).toEqual([]);
    expect(forClient({ type: 'notify', text: 'a' }, 1)).toEqual([{ type: 'notify', text: 'a' }]);
  });
});

describe('a host with a client of protocol 4', () => {
  it('is sent keys and commands that it knows', async () => {
    const stage = new Stage();
    const host = await stage.host({ protocolVersion: 4 });
    const joiner = await stage.join(host);
    host.sent.length = 0;
    joiner.type('a\x1b[A\x02c');
    expect(host.sent.filter(({ type }) => type !== 'notify')).toEqual([
      { type: 'legacy-pane-key', key: 0x61 },
      { type: 'legacy-pane-key', key: 0x101d },
      { type: 'exec-cmd-str', clientId: joiner.seat.clientId, command: 'new-window' },
    ]);
  });
});
