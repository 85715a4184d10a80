import { writeFileSync } from 'node:fs';
import { COLOUR_MASK } from '#tmux';
import type { CopyMode } from '#tmate-protocol';
import { tempDir, TmateHost, type StyledState } from '#testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTR_MASK, type Row } from '../row.js';
import { cellText } from '../vt/line.js';
import { bytesOf } from '../vt/screen.fixture.js';
import { Terminal } from '../vt/terminal.js';
import { CopyView } from './copy-view.js';

const COLS = 40;
/** Of the pane; the host's terminal has a status line below. */
const ROWS = 10;
const OUTPUT = [
  '',
  // At the top: where the cursor has passed a full line, the host leaves a `$` behind.
  'a line that is much longer than the screen is wide, and so wraps',
  ...Array.from({ length: 20 }, (_, i) => `line ${i} \x1b[3${i % 8}mof colour\x1b[0m ${'x'.repeat(i)}`),
  '漢字 wide and \x1b[1mbold\x1b[0m, e\u0301 and \x1b[44m blue \x1b[0m',
  'tab\there   ',
  'last',
].join('\r\n');

/** A row as text, and one number a cell for how it looks. */
function looksOf(row: Row | undefined): { text: string; looks: string } {
  let text = '';
  const looks: string[] = [];
  for (let x = 0; x < COLS; x++) {
    text += row === undefined ? ' ' : cellText(row, x);
    const [word0 = 0, word1 = 0, word2 = 0] = row?.words.subarray(x * 3, x * 3 + 3) ?? [];
    const blank = word0 === 0;
    looks.push(blank ? '0' : [(word0 & ATTR_MASK) >>> 23, word1 & COLOUR_MASK, word2 & COLOUR_MASK].join('/'));
  }
  return { text, looks: looks.map((look) => (look === '0/0/0' ? '0' : look)).join(' ') };
}

describe.each(['emacs', 'vi'] as const)("the host's terminal in copy mode, keys of %s", (keys) => {
  const dir = tempDir('copy');
  let host: TmateHost;
  let terminal: Terminal;
  let selection: CopyMode['selection'];

  beforeEach(async () => {
    selection = undefined;
    writeFileSync(dir.file('conf'), 'set -g tmate-server-host 127.0.0.1\nset -g tmate-server-port 1\n');
    writeFileSync(dir.file('output'), OUTPUT);
    host = await TmateHost.start({
      serverConf: dir.file('conf'),
      conf: `setw -g mode-keys ${keys}`,
      mode: 'attached',
      size: { cols: COLS, rows: ROWS + 1 },
      // The pane has its size only once the terminal is attached: earlier output would be wrapped again.
      shell: `stty raw -echo; printf ready; read go; cat ${dir.file('output')}; exec sleep 1000`,
    });
    await host.leaveMessages();
    await host.terminal.toShow('ready');
    await host.sendKeys('C-j');
    await host.terminal.toShow('last');
    terminal = new Terminal({ cols: COLS, rows: ROWS, historyLimit: 2000 });
    terminal.write(bytesOf(`ready${OUTPUT}`));
    await host.command('copy-mode');
  });
  afterEach(async () => {
    await host.stop();
  });
  afterAll(() => dir.dispose());

  /** Presses keys at the host, and compares its terminal with our view of the same state. */
  async function compare(pressed: readonly string[], prompt?: CopyMode['prompt'], rectangle?: boolean): Promise<void> {
    if (pressed.length > 0) await host.sendKeys(...pressed);
    const seen = await host.terminal.settled(60);
    const scrolledBack = Number(await host.display('#{scroll_position}'));
    const { x, y } = seen.cursor;
    // Behind a full line the host's terminal shows a `$` under the cursor.
    const cursorX = x === COLS - 1 && seen.lines[y]?.endsWith('$') === true ? COLS : x;
    if (rectangle !== undefined) selection ??= { x: cursorX, linesFromBottom: ROWS - 1 - y + scrolledBack, rectangle };
    const view = new CopyView(terminal, { textView: false, modeKeys: keys });
    view.update({ ofPane: true, scrolledBack, cursorX, cursorY: y, selection, prompt });
    const hosts = hostRows(seen);
    for (let row = 0; row < ROWS; row++)
      expect(looksOf(view.line(row)), `row ${row}`).toEqual(looksOf(hosts.line(row)));
    expect([view.cursorX, view.cursorY]).toEqual([x, y]);
  }

  function hostRows(seen: StyledState): Terminal {
    const screen = new Terminal({ cols: COLS, rows: ROWS + 1, historyLimit: 0 });
    for (const [y, line] of seen.styled.entries()) screen.write(bytesOf(`\x1b[${y + 1};1H${line}`));
    return screen;
  }

  const [begin, pageUp, up, down] = keys === 'vi' ? ['Space', 'C-b', 'k', 'j'] : ['C-Space', 'PPage', 'Up', 'Down'];

  it('scrolls', async () => {
    await compare([]);
    await compare([pageUp]);
    await compare([pageUp, pageUp, up]);
    await compare([down, down]);
  });

  it('selects downwards, upwards and over the edge of the view', async () => {
    await compare([up, up, up, up, up, 'Left', 'Left']);
    await compare([begin], undefined, false);
    await compare([down, down, 'Right']);
    await compare([up, up, up, up]);
    await compare([pageUp]);
    await compare([up, up, up]);
  });

  it('selects backwards in a line', async () => {
    await compare([up, up, up]);
    await compare([begin], undefined, false);
    await compare(['Left', 'Left']);
  });

  it('selects a rectangle', async () => {
    const toggle = keys === 'vi' ? 'v' : 'R';
    await host.sendKeys(up, up, up, up, 'Left');
    await compare([begin], undefined, false);
    selection = selection === undefined ? undefined : { ...selection, rectangle: true };
    await compare([toggle, up, up, 'Left']);
    await compare([down, down, down, 'Right', 'Right']);
  });

  it('asks on the last row', async () => {
    const search = keys === 'vi' ? '?' : 'C-r';
    await compare([search], { kind: 3, prompt: 'Search Up', text: '' });
    await compare(['l', 'i', 'n', 'e'], { kind: 3, prompt: 'Search Up', text: 'line' });
    await compare(['Enter']);
  });
});
