import { describe, expect, it } from 'vitest';
import { keys, output, tmux, type } from '../step.js';
import { chords, pieces, scriptText, shrinkList, shrinkScript } from './shrink.js';

describe('a list', () => {
  it('shrinks to what fails', async () => {
    const items = Array.from({ length: 50 }, (_, n) => n);
    const asked: number[] = [];
    const left = await shrinkList(items, async (some) => {
      asked.push(some.length);
      return some.includes(7) && some.includes(33);
    });
    expect(left).toEqual([7, 33]);
    expect(asked.length).toBeLessThan(80);
  });

  it('shrinks to nothing where nothing is enough', async () => {
    expect(await shrinkList([1, 2, 3], async () => true)).toEqual([]);
  });
});

describe('a script', () => {
  it('shrinks in its steps too', async () => {
    const script = [
      tmux('split-window'),
      output('ab\u001B[31mc\u001B[2J'),
      keys('host', 'x', 'C-b', '%', 'y'),
      type('long'),
    ];
    const short = await shrinkScript(script, async (steps) => {
      const text = scriptText(steps);
      return text.includes('31m') && text.includes('%') && text.includes('o');
    });
    expect(short).toEqual([output('\u001B[31m'), keys('host', 'C-b', '%')]);
  });

  it('is told as a table of cases has it', () => {
    expect(scriptText([tmux('rename-window "x"'), keys('joiner', 'C-b', '%'), type('a\r')])).toBe(
      ['"rename-window \\"x\\""', 'keys("joiner", "C-b", "%")', 'type("a\\r", \'joiner\')'].join(',\n'),
    );
  });
});

it('a prefix stays with its key', () => {
  expect(chords(['a', 'C-b', 'C-b', '%', 'C-b'])).toEqual([['a'], ['C-b', 'C-b', '%'], ['C-b']]);
});

it('output is cut between sequences and characters', () => {
  expect(pieces('aé\u001B[1;2Hb\u001B]2;t\u0007\u001B7\u001B(0日')).toEqual([
    'a',
    'é',
    '\u001B[1;2H',
    'b',
    '\u001B]2;t\u0007',
    '\u001B7',
    '\u001B(0',
    '日',
  ]);
});
