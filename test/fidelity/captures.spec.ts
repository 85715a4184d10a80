import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Shipmate, Stage, tempDir, until, type SshJoiner, type TmateHost } from '#testing';
import { share } from '../share.fixture.js';
import { lookOf, parseCells, type Cell } from './cell.js';

// What joiners of tmate's own server saw, recorded with `capture-pane -e -p -N` in terminals of the same kind. A joiner of
// this one is brought into the same states, one after the other, by the same keys. Where the recorded joiner saw a defect (a
// zoomed window with other panes drawn over it), or a prompt opened at the host, the host's own terminal is the measure.
const stage = new Stage();
const dir = tempDir('captures');
let host: TmateHost;
let joiner: SshJoiner;

const COLOURS = [
  '\u001B[31mred\u001B[m \u001B[1;34mboldblue\u001B[m \u001B[4munder\u001B[m \u001B[7mrev\u001B[m \u001B[38;5;208mc208',
  '\u001B[m \u001B[38;2;10;200;90mtruecolor\u001B[m \u001B[3mital\u001B[m \u001B[9mstrike\u001B[m \u001B[2mdim\u001B[m\r\n',
  'wide: 漢字 emoji: 😀 combining: e\u0301 box: ┌─┐ ascii-acs: \u001B(0lqk\u001B(B\r\n',
  '\u001B[48;5;21m bg21 \u001B[m \u001B[48;2;95;0;0m bgtrue \u001B[m \u001B[58;5;1mcurly\u001B[m\r\n',
].join('');

beforeAll(async () => {
  const shipmate = await stage.add(Shipmate.start());
  // Italics as the recording has them; keys are keys, however fast they come.
  const conf = 'set -g default-terminal tmux-256color\nset -g assume-paste-time 0';
  const shared = await share(stage, shipmate, { mode: 'attached', conf });
  host = shared.host;
  joiner = await shared.joinReal();
  await writeFile(dir.file('colours'), COLOURS);
});
afterAll(async () => {
  await stage.clear();
  dir.dispose();
});

/** Waits until the joiner sees what was recorded; the clock is set to what it was then. */
async function toShow(name: string): Promise<void> {
  const lines = readFileSync(new URL(`captures/${name}.txt`, import.meta.url), 'utf8')
    .replace(/\n$/, '')
    .split('\n');
  const clock = /"vm" .*$/.exec(lines.at(-1) ?? '')?.[0];
  if (clock !== undefined) await host.command('set', '-g', 'status-right', clock);
  const recorded = parseCells(lines).map(looks);
  let seen: string[][] = [];
  await until(
    async () => {
      const { styled } = await joiner.screen.readStyled();
      seen = parseCells(styled).map(looks);
      return JSON.stringify(seen) === JSON.stringify(recorded);
    },
    { what: `the joiner to see ${name}`, everyMs: 50 },
  ).catch(() => expect(seen).toEqual(recorded));
}

const looks = (row: readonly Cell[]): string[] => row.map(lookOf);
const press = async (...keys: string[]): Promise<void> => await joiner.press(...keys);

describe('a joiner sees what joiners of tmate’s own server saw', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['02-single-pane.joiner', async () => await joiner.screen.toShow('$')],
    [
      '03-single-pane-text.joiner',
      async () => {
        await joiner.type('echo typed-by-joiner\r');
        await host.terminal.toShow(/^typed-by-joiner/m);
        await host.terminal.type('echo typed-by-host\r');
      },
    ],
    ['04-colours.joiner', async () => await joiner.type(`clear; cat ${dir.file('colours')}\r`)],
    [
      '05-split-vertical-by-joiner.joiner',
      async () => {
        await joiner.type('clear\r');
        await joiner.screen.toNotShow('curly');
        await press('C-b', '%');
      },
    ],
    ['06-three-panes.joiner', async () => await press('C-b', '"')],
    ['07-three-panes-left-active.joiner', async () => await press('C-b', 'Left')],
    ['08-two-windows.joiner', async () => await press('C-b', 'c')],
    ['09-two-windows-back-on-first.joiner', async () => await press('C-b', '0')],
    ['10-zoomed.host', async () => await press('C-b', 'z')],
    [
      '11-before-copy-mode.joiner',
      async () => {
        await press('C-b', 'z', 'C-b', '1');
        await joiner.screen.toShow('1:bash*');
        await joiner.type('seq 1 200\r');
      },
    ],
    ['12-copy-mode-by-joiner-page-up.joiner', async () => await press('C-b', 'PPage')],
    ['13-copy-mode-host-page-up-too.joiner', async () => await host.terminal.press('PPage')],
    ['14-copy-mode-selection-by-joiner.joiner', async () => await press('C-Space', 'Up', 'Up', 'Up')],
    ['15-copy-mode-search-prompt.joiner', async () => await press('C-g', 'C-r', '1', '5', '0')],
    ['16-copy-mode-search-done.joiner', async () => await press('Enter')],
    ['17-copy-mode-left.joiner', async () => await press('q')],
  ])('%s', async (name, act) => {
    await act();
    await toShow(name);
  });
});

describe('a joiner has at its own seat what the host had at its', () => {
  it.each([
    ['30-prefix-colon.by-host.host', ':'],
    ['31-prefix-comma.by-host.host', ','],
  ])('%s', async (name, key) => {
    await host.command('new-window', '-k', '-t', ':0');
    await host.command('kill-window', '-a', '-t', ':0');
    await joiner.screen.toShow('[0] 0:bash*');
    await press('C-b', key);
    await toShow(name);
    await press('C-c');
    await joiner.screen.toShow('[0] 0:bash*');
  });
});

describe('with two panes, and a window behind', () => {
  it.each<[string, () => Promise<unknown>]>([
    [
      '41-prefix-o.by-joiner.joiner',
      async () => {
        await press('C-b', '%');
        await joiner.screen.toShow('│$');
        await host.command('new-window', '-d');
        await press('C-b', 'o');
      },
    ],
    ['42-prefix-space.by-joiner.joiner', async () => await press('C-b', 'o', 'C-b', 'Space')],
    [
      '44-prefix-resize.by-joiner.joiner',
      async () => {
        await host.command('resize-pane', '-R', '1');
        await press('C-b', 'M-Right');
      },
    ],
  ])('%s', async (name, act) => {
    await act();
    await toShow(name);
  });
});

describe('in terminals of other sizes', () => {
  it.each([
    ['60-size-host100x30-joiner80x24.joiner', 80, 24],
    ['61-size-host100x30-joiner120x40.joiner', 120, 40],
  ])('%s', async (name, cols, rows) => {
    await host.command('new-window', '-k', '-t', ':0');
    await host.command('kill-window', '-a', '-t', ':0');
    await host.terminal.resize(100, 30);
    await joiner.resize(cols, rows);
    await toShow(name);
  });
});
