import { describe, expect, it } from 'vitest';
import type { Role } from '#kernel';
import type { CopyMode } from '#tmate-protocol';
import { onePane, Stage, type FakeHost, type FakeTerminal } from './stage.fixture.js';

// What only the host can open in a pane takes what joiners type, and shows none of it: they are told.

const VIEW: CopyMode = {
  ofPane: false,
  scrolledBack: 0,
  cursorX: 0,
  cursorY: 0,
  selection: undefined,
  prompt: undefined,
};
const LEAVE = /^Your keys go to the host's messages in this pane: press q to leave them$/;
const LOST = /^What you typed went to the host's messages, now closed: type it again$/;

function openMessages(host: FakeHost, mode: Partial<CopyMode> = {}): void {
  host.say(
    { type: 'sync-copy-mode', paneId: 0, copyMode: { ...VIEW, ...mode } },
    { type: 'write-copy-mode', paneId: 0, text: 'Connecting…' },
  );
}

const PLAIN = onePane(80, 23);
const NAMED = {
  type: 'sync-layout',
  layout: { ...PLAIN, windows: PLAIN.windows.map((window) => ({ ...window, name: '[tmux]' })) },
} as const;

async function stage(role: Role = 'writer'): Promise<{ stage: Stage; host: FakeHost; joiner: FakeTerminal }> {
  const made = new Stage();
  const host = await made.host();
  openMessages(host);
  return { stage: made, host, joiner: await made.join(host, role) };
}

describe('messages of the host over a pane', () => {
  it('come with a word on how to leave them, for whoever joins', async () => {
    const { joiner } = await stage();
    expect(joiner.line(0)).toMatch(/^Connecting…/);
    expect(joiner.line(23)).toMatch(LEAVE);
    const { joiner: reader } = await stage('reader');
    expect(reader.line(23)).toMatch(/^This pane shows the host's messages, until somebody who may type leaves them$/);
  });

  it('do not take the first line without a word', async () => {
    const { stage: made, host, joiner } = await stage();
    made.clock.advance(60_000);
    expect(joiner.line(23)).toMatch(/^\[0\]/);
    host.takeInput();
    joiner.type('ls');
    expect(joiner.line(23)).toMatch(LEAVE);
    joiner.type('\r');
    expect(joiner.line(23)).toMatch(LOST);
    expect(host.takeInput()).toEqual(['l', 's', '\r']);
    host.say({ type: 'sync-copy-mode', paneId: 0, copyMode: undefined });
    joiner.type('ls\r');
    expect(joiner.line(23)).toMatch(/^\[0\]/);
  });

  it('say nothing about keys that they are for', async () => {
    const { stage: made, host, joiner } = await stage();
    made.clock.advance(60_000);
    joiner.type('nN\x1b[6~\x0e\x10 q');
    expect(joiner.line(23)).toMatch(/^\[0\]/);
    // An answer to a question of theirs is no line for the program.
    openMessages(host, { prompt: { kind: 4, prompt: 'Search Down', text: '' } });
    joiner.type('word\r');
    expect(joiner.line(23)).toMatch(/^\[0\]/);
  });

  it('are only that: copy mode over the pane itself is everybody’s', async () => {
    const made = new Stage();
    const host = await made.host();
    host.say({ type: 'sync-copy-mode', paneId: 0, copyMode: { ...VIEW, ofPane: true } });
    const joiner = await made.join(host);
    joiner.type('ls\r');
    expect(joiner.line(23)).toMatch(/^\[0\]/);
  });
});

describe('a list or clock that the host has opened, and joiners do not see', () => {
  it('is known by the name that tmux gives the window', async () => {
    const made = new Stage();
    const host = await made.host();
    const joiner = await made.join(host);
    host.say(NAMED);
    made.clock.advance(60_000);
    joiner.type('l');
    expect(joiner.line(23)).toMatch(/^Your keys go to what the host has opened in this pane: press q to leave it$/);
  });

  it('is not a name that is left from copy mode', async () => {
    const made = new Stage();
    const host = await made.host();
    const joiner = await made.join(host);
    host.say(NAMED);
    made.clock.advance(60_000);
    host.say({ type: 'sync-copy-mode', paneId: 0, copyMode: undefined });
    joiner.type('l');
    expect(joiner.line(23)).not.toMatch(/Your keys/);
  });
});
