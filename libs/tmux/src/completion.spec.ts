import { describe, expect, it } from 'vitest';
import { completeCommand, completeWord } from './index.js';

const context = {
  sessionName: 'work',
  windows: [
    { index: 0, name: 'vim' },
    { index: 1, name: 'vile' },
    { index: 12, name: 'logs' },
  ],
};

describe('completeWord', () => {
  it.each([
    ['ren', 'ren'],
    ['rename-w', 'rename-window '],
    ['spl', 'split-window '],
    ['renu', 'renumber-windows '],
    ['ti', 'tiled '],
    ['main-', 'main-'],
    ['main-v', 'main-vertical '],
    ['set-w', 'set-window-option '],
    ['window-status-c', 'window-status-current-'],
    ['-tw', '-twork:'],
    ['-t', '-twork:'],
    ['-t:v', '-t:vi'],
    ['-t:vim', '-t:vim '],
    ['-t:1', '-t:1'],
    ['-swork:l', '-swork:logs '],
  ])('completes %s', (word, completed) => {
    expect(completeWord(word, context)).toBe(completed);
  });

  it.each(['', 'xyz', '-tnone', '-t:none', 'r'.repeat(64)])('does not complete %j', (word) => {
    expect(completeWord(word, context)).toBeUndefined();
  });
});

describe('completeCommand', () => {
  it('lists commands, options and layouts', () => {
    expect(completeCommand('dis')).toEqual([
      'display-message',
      'display-panes',
      'display-panes-active-colour',
      'display-panes-colour',
      'display-panes-time',
      'display-time',
    ]);
    expect(completeCommand('even')).toEqual(['even-horizontal', 'even-vertical']);
  });
});
