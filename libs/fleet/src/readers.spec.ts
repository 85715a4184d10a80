import { describe, expect, it } from 'vitest';
import type { Role } from '#kernel';
import { Stage, type FakeHost, type FakeTerminal } from './stage.fixture.js';

// What those who only look can do at their own seat, and the lists of who is there.

async function stage(
  role: Role = 'reader',
): Promise<{ stage: Stage; host: FakeHost; joiner: FakeTerminal; other: FakeTerminal }> {
  const made = new Stage();
  const host = await made.host();
  const joiner = await made.join(host, role);
  const other = await made.join(host, 'writer', 80, 24, 'screen');
  host.takeInput();
  return { stage: made, host, joiner, other };
}

const LOOKING = 'You are read-only: only people who may type can do that';

describe('a reader', () => {
  it.each([
    ['list-keys', '\x02?', /^bind-key/],
    ['a list of windows', '\x02w', /^\(0\) {2}0: bash/],
    ['the tree', '\x02s', /^\(0\) \+ 0: 1 windows/],
    ['options', '\x02:show-options -g\r', /^assume-paste-time/],
    ['who is there', '\x02:list-clients\r', /^ssh-1: 0 \[80x24 xterm-256color\] \(utf8\)  \(ro\)/],
  ])('has %s at its own seat', async (_, keys, first) => {
    const { host, joiner, other } = await stage();
    joiner.type(keys);
    expect(joiner.line(0)).toMatch(first);
    expect(other.line(0)).toBe('');
    joiner.type('q');
    expect(joiner.line(0)).toBe('');
    expect(host.takeInput()).toEqual([]);
  });

  it('has a clock, messages and pane numbers', async () => {
    const { host, joiner, stage: made } = await stage();
    joiner.type('\x02i');
    expect(joiner.line(23)).toMatch(/^\[0\] 0:bash, current pane 0/);
    joiner.type('\x02q');
    expect(joiner.line(0)).toMatch(/80x23$/);
    made.clock.advance(1000);
    expect(joiner.line(0)).toBe('');
    joiner.type('\x02t');
    expect(joiner.text).toMatch(/\S/);
    joiner.type('x');
    expect(host.takeInput()).toEqual([]);
  });

  it('chooses nothing, and runs nothing by its prompt', async () => {
    const { host, joiner } = await stage();
    joiner.type('\x02w\r');
    expect(joiner.line(23)).toBe(LOOKING);
    joiner.type('\x02q0');
    expect(joiner.line(23)).toBe(LOOKING);
    for (const line of [
      'new-window',
      'set-option -g status off',
      'bind-key x next-window',
      'run-shell "touch x"',
      'if-shell -F 1 next-window',
    ]) {
      joiner.type(`\x02:${line}\r`);
      expect(joiner.line(23), line).toBe(LOOKING);
    }
    joiner.type('\x02,\x02&\x02x\x02c');
    expect(joiner.line(23)).toBe(LOOKING);
    expect(host.takeInput()).toEqual([]);
  });

  it('looks through the history separately', async () => {
    const { host, joiner, other, stage: made } = await stage();
    host.print(Array.from({ length: 60 }, (_, n) => `line ${n}`).join('\r\n'));
    made.clock.advance(100);
    joiner.type('\x02[');
    expect(joiner.line(0)).toMatch(/\[0\/37\]$/);
    joiner.type('\x1b[5~');
    expect(joiner.line(1)).toBe('line 17');
    joiner.type('q\x02\x1b[5~');
    expect(joiner.line(1)).toBe('line 17');
    expect(other.line(0)).toBe('line 37');
    // It copies into its own clipboard, and into no buffer of the host's.
    joiner.type('\x1b<\x00\x05\x17');
    expect(joiner.clipboard).toBe('line 0');
    expect(joiner.line(22)).toBe('line 59');
    expect(host.takeInput()).toEqual([]);
  });
});

describe('clients', () => {
  it('are listed, with formats of their own', async () => {
    const { joiner } = await stage('writer');
    joiner.type('\x02:list-clients\r');
    expect(joiner.line(0)).toMatch(/^ssh-1: 0 \[80x24 xterm-256color\] \(utf8\)/);
    expect(joiner.line(1)).toMatch(/^ssh-2: 0 \[80x24 screen\] \(utf8\)/);
    joiner.type("q\x02:list-clients -F '#{line} #{client_tty} #{client_width} #{?client_prefix,p,-}'\r");
    expect(joiner.line(1)).toMatch(/^1 ssh-2 80 -/);
  });

  it('tell nobody their addresses', async () => {
    const { joiner } = await stage();
    joiner.type('\x02:list-clients\r');
    expect(joiner.text).not.toContain('192.0.2');
  });

  it('are chosen to leave, but only by themselves', async () => {
    const { joiner, other } = await stage('writer');
    joiner.type('\x02D');
    expect(joiner.line(0)).toMatch(/^\(0\) {2}ssh-1: 0 \[80x24 xterm-256color\] \(utf8\) \(last used .*:/);
    joiner.type('1');
    expect(joiner.line(23)).toBe('Joiners can detach only themselves');
    expect(other.ending).toBeUndefined();
    joiner.type('\x02D\r');
    expect(joiner.ending).toBe('detached');
    expect(other.ending).toBeUndefined();
  });
});
