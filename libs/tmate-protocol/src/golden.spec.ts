import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { concat, split } from './arbitraries.fixture.js';
import {
  encodeHostMessage,
  HOST_MESSAGE_TYPES,
  HostMessageDecoder,
  type CopyMode,
  type HostMessage,
  type LayoutWindow,
  type SnapshotPane,
  type SnapshotScreen,
} from './index.js';

// What a real tmate 2.4.0 sent, and what a generic MessagePack reader found in it (fixtures/record.mjs).

const path = (name: string): URL => new URL(`../fixtures/${name}`, import.meta.url);
// A plain array: `slice` of a Buffer would not copy.
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(path(name)));

/** The lines of a recording's description, without the steps' headings and the lines between them. */
const found = (name: string): string =>
  readFileSync(path(`${name}.txt`), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('## '))
    .join('\n');

const text = (value: string): string => JSON.stringify(value);

function window({ index, name, panes, activePane }: LayoutWindow): string {
  const list = panes.map((pane) => `%${pane.paneId} ${pane.cols}x${pane.rows}+${pane.x}+${pane.y}`);
  return `${index} ${text(name)} {${list.join(', ')}} active ${activePane}`;
}

function copyMode(mode: CopyMode | undefined): string {
  if (mode === undefined) return 'none';
  const { ofPane, scrolledBack, cursorX, cursorY, selection, prompt } = mode;
  const parts = [`${ofPane ? 'pane' : 'text'} back ${scrolledBack} cursor ${cursorX},${cursorY}`];
  if (selection !== undefined) {
    parts.push(`selection ${selection.x},${selection.linesFromBottom}${selection.rectangle ? ' rectangle' : ''}`);
  }
  if (prompt !== undefined) parts.push(`prompt ${prompt.kind} ${text(prompt.prompt)} ${text(prompt.text)}`);
  return parts.join(', ');
}

function screen({ cursorX, cursorY, lines }: SnapshotScreen): string {
  const rows = lines.map(
    (line) => `\n    ${text(line.text)} ${Array.from(line.cells, (cell) => cell.toString(16)).join(' ')}`,
  );
  return `cursor ${cursorX},${cursorY} ${lines.length} lines${rows.join('')}`;
}

function pane({ paneId, mode, screen: shown, saved }: SnapshotPane): string {
  const second = saved === undefined ? '' : `\n   saved ${screen(saved)}`;
  return `\n  %${paneId} mode ${mode.toString(16)} ${screen(shown)}${second}`;
}

function description(message: HostMessage): string {
  switch (message.type) {
    case 'header':
      return `header ${message.protocolVersion} ${text(message.clientVersion ?? '')}`;
    case 'sync-layout': {
      const { cols, rows, windows, activeWindow } = message.layout;
      return `sync-layout ${cols}x${rows} ${windows.map(window).join('; ')}; current ${activeWindow}`;
    }
    case 'pty-data': {
      const start = Buffer.from(message.data.subarray(0, 60)).toString('latin1');
      return `pty-data %${message.paneId} ${message.data.length} bytes ${text(start)}`;
    }
    case 'exec-cmd-str':
      return `exec-cmd-str ${text(message.command)}`;
    case 'failed-cmd':
      return `failed-cmd ${message.clientId} ${text(message.cause)}`;
    case 'status':
      return `status ${text(message.left)} ${text(message.right)}`;
    case 'sync-copy-mode':
      return `sync-copy-mode %${message.paneId} ${copyMode(message.copyMode)}`;
    case 'write-copy-mode':
      return `write-copy-mode %${message.paneId} ${text(message.text)}`;
    case 'fin':
    case 'ready':
      return message.type;
    case 'reconnect':
      return `reconnect ${text(message.data)}`;
    case 'snapshot':
      return `snapshot${message.panes.map(pane).join('')}`;
    case 'exec-cmd':
      return `exec-cmd ${message.args.map(text).join(' ')}`;
    case 'uname': {
      const { sysname, nodename, release, version, machine } = message;
      return `uname ${[sysname, nodename, release, version, machine].map(text).join(' ')}`;
    }
  }
}

describe.each(['first', 'second'])('the %s connection of a real host', (name) => {
  const bytes = fixture(`${name}.bin`);

  it('is understood as a generic reader understands it, split at every odd size', () => {
    const expected = found(name);
    for (let size = 1; size < 200; size += 2) {
      const lines: string[] = [];
      const decoder = new HostMessageDecoder({ onMessage: (message) => lines.push(description(message)) });
      for (const chunk of split(bytes, [size])) {
        decoder.push(chunk);
        chunk.fill(0xc1);
      }
      expect(lines.join('\n')).toBe(expected);
      expect(decoder.pendingBytes).toBe(0);
    }
  });

  it('is written again byte for byte', () => {
    const parts: Uint8Array[] = [];
    new HostMessageDecoder({ onMessage: (message) => parts.push(encodeHostMessage(message)) }).push(bytes);
    expect(Buffer.from(concat(parts)).equals(bytes)).toBe(true);
  });
});

describe('the recordings', () => {
  it('have every message that a host of protocol 6 sends', () => {
    const types = new Set<string>();
    for (const name of ['first', 'second']) {
      new HostMessageDecoder({ onMessage: (message) => types.add(message.type) }).push(fixture(`${name}.bin`));
    }
    // Command lines in one string are what older ones send.
    expect(types).toEqual(new Set(HOST_MESSAGE_TYPES.filter((type) => type !== 'exec-cmd-str')));
  });

  it('have the moments that are easily taken for errors', () => {
    const first = found('first');
    // A window whose shell has just ended, panes that are larger than their window, a zoomed pane with the others.
    expect(first).toContain('8 "sh" {} active -1; current 0');
    expect(first).toContain('sync-layout 1x1 0 "sh" {%0 1x5+0+0, %1 2x2+3+0, %2 2x2+3+3}');
    expect(first).toContain('{%0 47x23+0+0, %1 32x11+48+0, %2 80x23+0+0} active 2');
  });

  it('show how a snapshot has wide and combining characters', () => {
    let line: { text: string; cells: Uint32Array } | undefined;
    const onMessage = (message: HostMessage): void => {
      if (message.type !== 'snapshot') return;
      line = message.panes.flatMap(({ screen: { lines } }) => lines).find((one) => one.text.startsWith('red orange'));
    };
    new HostMessageDecoder({ onMessage }).push(fixture('second.bin'));
    expect(line?.text).toBe('red orange blue é漢 😀  e\u0301.');
    expect([...(line?.cells ?? [])].slice(15)).toEqual(
      [' ', 'é', '漢', 'padding', '😀', 'padding', ' ', 'e\u0301', '.'].map((c) =>
        c === 'padding' ? 0x04000808 : 0x0808,
      ),
    );
  });
});
