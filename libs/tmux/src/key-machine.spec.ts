import { Key } from '#tmate-protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyMachine, Mirror, parseKey, printCommands, type KeyAction } from './index.js';

/** A joiner at a keyboard: keys by name, with pauses unless stated otherwise. */
class Typist {
  readonly mirror = new Mirror();
  readonly machine: KeyMachine;
  nowMs = 1000;

  constructor(...config: string[]) {
    for (const line of config) {
      for (const result of this.mirror.applyLine(line)) if (result.kind === 'error') throw new Error(result.message);
    }
    this.machine = new KeyMachine(this.mirror);
  }

  /** The result of each key: a key for the pane by its code, commands by their text, nothing as `-`. */
  type(names: string, apartMs = 100): (string | number)[] {
    return names.split(' ').map((name) => {
      this.nowMs += apartMs;
      return show(this.machine.press(parseKey(name) ?? -1, this.nowMs));
    });
  }
}

function show(action: KeyAction): string | number {
  if (action.kind === 'pane-key') return action.key;
  return action.kind === 'ignore' ? '-' : `${action.repeat ? '-r ' : ''}${printCommands(action.commands)}`;
}

describe('KeyMachine', () => {
  it('gives the pane what is not bound', () => {
    expect(new Typist().type('a Up C-c é')).toEqual([0x61, Key.Up, 3, 0xe9]);
  });

  it('looks the key after the prefix up, and no other', () => {
    expect(new Typist().type('C-b c c')).toEqual(['-', 'new-window', 0x63]);
  });

  it('drops a key that the prefix does not know', () => {
    const typist = new Typist();
    expect(typist.type('C-b y y')).toEqual(['-', '-', 0x79]);
    expect(typist.machine.prefixed).toBe(false);
  });

  it('sends the prefix itself, without the host', () => {
    expect(new Typist().type('C-b C-b a')).toEqual(['-', 2, 0x61]);
    expect(new Typist('set -g prefix C-a', 'bind C-a send-prefix').type('C-a C-a C-b')).toEqual(['-', 1, 2]);
    expect(new Typist('set -g prefix2 C-a', 'bind C-a send-prefix -2').type('C-a C-a')).toEqual(['-', 1]);
    expect(new Typist('bind C-b send-prefix -t:1').type('C-b C-b')).toEqual(['-', 'send-prefix -t :1']);
  });

  it('knows two prefixes', () => {
    expect(new Typist('set -g prefix2 `').type('` c C-b c')).toEqual(['-', 'new-window', '-', 'new-window']);
  });

  it('does what the root table binds without a prefix', () => {
    expect(new Typist('bind -n F5 next; bind -n C-b prev').type('F5 C-b')).toEqual(['next-window', 'previous-window']);
  });

  it('keeps a sequence together', () => {
    expect(new Typist("bind e neww \\\\; splitw '-h'").type('C-b e').length).toBe(2);
    const typist = new Typist();
    typist.mirror.apply(['bind-key', 'e', 'neww', ';', 'splitw', '-h']);
    expect(typist.type('C-b e')).toEqual(['-', 'new-window ; split-window -h']);
  });

  describe('repeating', () => {
    it('continues without the prefix while the time lasts', () => {
      expect(new Typist().type('C-b Up Up Left', 400)).toEqual([
        '-',
        '-r select-pane -U',
        '-r select-pane -U',
        '-r select-pane -L',
      ]);
    });

    it('ends with its time', () => {
      const typist = new Typist();
      expect(typist.type('C-b Up')).toEqual(['-', '-r select-pane -U']);
      expect(typist.machine.prefixed).toBe(true);
      expect(typist.machine.repeatUntilMs).toBe(typist.nowMs + 500);
      expect(typist.machine.expire(typist.nowMs + 499)).toBe(false);
      expect(typist.type('Up', 500)).toEqual([Key.Up]);
      expect(typist.machine.prefixed).toBe(false);
    });

    it('ends with any other key, which counts as if nothing had been', () => {
      expect(new Typist().type('C-b Up c')).toEqual(['-', '-r select-pane -U', 0x63]);
      expect(new Typist().type('C-b Up C-b c')).toEqual(['-', '-r select-pane -U', '-', 'new-window']);
      expect(new Typist().type('C-b Up y')).toEqual(['-', '-r select-pane -U', 0x79]);
      expect(new Typist('bind -n F5 next').type('C-b Up F5')).toEqual(['-', '-r select-pane -U', 'next-window']);
    });

    it('does not happen with a repeat-time of 0', () => {
      expect(new Typist('set -g repeat-time 0').type('C-b Up Up')).toEqual(['-', 'select-pane -U', Key.Up]);
    });

    it('says when it expired, once', () => {
      const typist = new Typist();
      typist.type('C-b Up');
      expect(typist.machine.expire(typist.nowMs + 500)).toBe(true);
      expect(typist.machine.expire(typist.nowMs + 501)).toBe(false);
    });
  });

  describe('pasting', () => {
    it('takes the third of keys that come at once for a paste', () => {
      const typist = new Typist();
      expect(typist.type('C-b c', 0)).toEqual(['-', 'new-window']);
      expect(typist.type('C-b c', 0)).toEqual([2, 0x63]);
      expect(typist.type('C-b')).toEqual(['-']);
    });

    it('goes by assume-paste-time, and 0 is never', () => {
      expect(new Typist('set -g assume-paste-time 50').type('a b C-b', 20)).toEqual([0x61, 0x62, 2]);
      expect(new Typist('set -g assume-paste-time 0').type('a b c C-b', 0)).toEqual([0x61, 0x62, 0x63, '-']);
    });

    it('gives the pane all that the terminal marked as pasted', () => {
      const typist = new Typist('bind -n F5 next');
      expect(show(typist.machine.press(2, 5000, true))).toBe(2);
      expect(show(typist.machine.press(Key.F5, 6000, true))).toBe(Key.F5);
      expect(show(typist.machine.press(2, 7000))).toBe('-');
    });
  });

  it('reads the mouse only where it is on', () => {
    expect(new Typist().type('MouseDown1Pane')).toEqual([Key.MouseDown1Pane]);
    expect(new Typist('set -g mouse on').type('WheelUpStatus')).toEqual(['previous-window']);
    const fast = new Typist('set -g mouse on');
    expect(fast.type('WheelUpStatus WheelUpStatus WheelUpStatus', 0)).toEqual(Array(3).fill('previous-window'));
  });

  it('takes the table of the option key-table for its own', () => {
    const typist = new Typist('set -g key-table mine', 'bind -T mine x next', 'bind -n x prev');
    expect(typist.type('x C-b c y')).toEqual(['next-window', '-', 'new-window', 0x79]);
    expect(typist.machine.table).toBe('mine');
    expect(new Typist('set -g key-table ""').type('C-b c')).toEqual(['-', 'new-window']);
  });

  it('reads one key in a table that it was switched to', () => {
    const typist = new Typist('bind -T mine x next');
    expect(typist.machine.useTable('mine').ok).toBe(true);
    expect(typist.type('x x')).toEqual(['next-window', 0x78]);
    typist.machine.useTable('mine');
    expect(typist.type('C-b x')).toEqual(['-', 0x78]);
    expect(typist.machine.useTable('none')).toEqual({ ok: false, error: "table none doesn't exist" });
  });

  it("is nobody else's", () => {
    const typist = new Typist();
    const other = new KeyMachine(typist.mirror);
    typist.type('C-b');
    expect(show(other.press(0x63, typist.nowMs))).toBe(0x63);
    expect(typist.type('c')).toEqual(['new-window']);
  });

  it('gives the pane each key once, in order, whatever comes at whatever time', () => {
    const key = fc.constantFrom(2, 0x63, 0x79, Key.Up, Key.WheelUpPane, 0x1f600);
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.nat(600), fc.boolean())), (presses) => {
        const machine = new KeyMachine(new Mirror());
        let nowMs = 0;
        for (const [code, afterMs, pasting] of presses) {
          const action = machine.press(code, (nowMs += afterMs), pasting);
          if (pasting) expect(action).toEqual({ kind: 'pane-key', key: code });
          if (action.kind === 'pane-key') expect([code, 2]).toContain(action.key);
        }
        machine.expire(nowMs + 600);
        if (machine.repeatUntilMs !== undefined) expect(machine.repeatUntilMs).toBeGreaterThan(nowMs + 600);
      }),
    );
  });
});
