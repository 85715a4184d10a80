import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OuterTmux } from './outer-tmux.js';

let terminal: OuterTmux;
beforeAll(async () => {
  terminal = await OuterTmux.start({ command: 'exec cat' });
});
afterAll(async () => await terminal.stop());

describe('a control client', () => {
  it.each([['plain'], ['with spaces'], ["it's"], ['"$HOME" \\ #{x} ~ ; % {}'], ['two\nlines\twide'], ['漢é'], ['']])(
    'hands a word over as it is: %j',
    async (word) => {
      await terminal.tmux('set-option', '-g', '@word', word);
      expect(await terminal.tmux('show-options', '-gv', '@word')).toBe(`${word}\n`);
    },
  );

  it('gives what all commands of a line print', async () => {
    expect(await terminal.tmux('display-message', '-p', 'one', ';', 'display-message', '-p', 'two')).toBe('one\ntwo\n');
  });

  it('tells the character from the separator', async () => {
    expect(await terminal.tmux('display-message', '-p', '\\;', ';', 'display-message', '-p', 'b')).toBe(';\nb\n');
    await terminal.press(';', 'Enter');
    await terminal.toShow(';');
  });

  it('reports what is wrong, and continues', async () => {
    await expect(terminal.tmux('no-such-command')).rejects.toThrow('unknown command');
    await expect(terminal.tmux('kill-pane', '-t', ':7', ';', 'display-message', '-p', 'x')).rejects.toThrow('find');
    expect(await terminal.tmux('display-message', '-p', 'still here')).toBe('still here\n');
  });

  it('gives many answers in the order of the questions', async () => {
    const words = Array.from({ length: 200 }, (_, n) => `${n}`);
    const answers = await Promise.all(words.map(async (word) => await terminal.tmux('display-message', '-p', word)));
    expect(answers).toEqual(words.map((word) => `${word}\n`));
  });

  it('is no part of the terminal: it keeps its size', async () => {
    expect(await terminal.tmux('display-message', '-p', '#{window_width}x#{window_height}')).toBe('80x24\n');
    await terminal.resize(100, 30);
    expect(await terminal.tmux('display-message', '-p', '#{window_width}x#{window_height}')).toBe('100x30\n');
  });

  it('does not wait for a server that is gone', async () => {
    const other = await OuterTmux.start({ command: 'exec cat' });
    await other.tmux('kill-server');
    await expect(other.tmux('list-panes')).rejects.toThrow('ended');
    await other.stop();
  });
});
