import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EditCommand } from '#tmux';
import { LineEditor, MAX_HISTORY, MAX_LINE, remember } from './line-editor.js';

const cases: {
  name: string;
  start: string;
  edits: (EditCommand | { type: string })[];
  text: string;
  before: string;
}[] = [
  { name: 'types', start: '', edits: [{ type: 'ab' }], text: 'ab', before: 'ab' },
  { name: 'types in the middle', start: 'ac', edits: ['cursor-left', { type: 'b' }], text: 'abc', before: 'ab' },
  {
    name: 'deletes before and at the cursor',
    start: 'abcd',
    edits: ['cursor-left', 'backspace', 'delete'],
    text: 'ab',
    before: 'ab',
  },
  {
    name: 'deletes a word',
    start: 'new-window -n x',
    edits: ['delete-word', 'delete-word'],
    text: 'new-window -',
    before: 'new-window -',
  },
  {
    name: 'kills and pastes',
    start: 'one two',
    edits: ['delete-word', 'start-of-line', 'paste'],
    text: 'twoone ',
    before: 'two',
  },
  {
    name: 'kills to the end',
    start: 'one two',
    edits: ['start-of-line', 'next-word', 'delete-end-of-line'],
    text: 'one ',
    before: 'one ',
  },
  { name: 'swaps characters', start: 'ab', edits: ['transpose-chars'], text: 'ba', before: 'ba' },
  { name: 'moves by words', start: 'a bc d', edits: ['previous-word', 'previous-word'], text: 'a bc d', before: 'a ' },
  { name: 'counts an emoji as one', start: '😀x', edits: ['cursor-left', 'backspace'], text: 'x', before: '' },
  {
    name: 'turns control characters into blanks',
    start: '',
    edits: [{ type: 'a\tb\x1b' }],
    text: 'a b ',
    before: 'a b ',
  },
];

describe('vi’s commands', () => {
  it('begin where the cursor is, as in tmux', () => {
    const editor = new LineEditor('abc', [], 'vi');
    editor.do('switch-mode');
    expect([editor.commandMode, editor.before]).toEqual([true, 'abc']);
  });
});

describe('the end of a word', () => {
  it.each([
    ['emacs', ['abc', 'abc def', 'abc def']],
    ['vi', ['ab', 'abc de', 'abc de']],
  ] as const)('is where %s has it', (manner, places) => {
    const editor = new LineEditor('abc def', [], manner);
    editor.do('start-of-line');
    const seen = places.map(() => {
      editor.do('next-word-end');
      return editor.before;
    });
    expect(seen).toEqual(places);
  });
});

describe('LineEditor', () => {
  it.each(cases)('$name', ({ start, edits, text, before }) => {
    const editor = new LineEditor(start);
    for (const edit of edits) {
      if (typeof edit === 'string') editor.do(edit);
      else editor.insert(edit.type);
    }
    expect(editor.text).toBe(text);
    expect(editor.before).toBe(before);
  });

  it('walks its history and back to an empty line', () => {
    const editor = new LineEditor('', ['first', 'second']);
    const seen = (['history-up', 'history-up', 'history-up', 'history-down', 'history-down'] as const).map((action) => {
      editor.do(action);
      return editor.text;
    });
    expect(seen).toEqual(['second', 'first', 'first', 'second', '']);
  });

  it('replaces the word before the cursor', () => {
    const editor = new LineEditor('rename-w foo');
    for (let n = 0; n < 4; n++) editor.do('cursor-left');
    editor.replaceWord('rename-window');
    expect(editor.text).toBe('rename-window foo');
  });

  it('is bounded and keeps its cursor inside, whatever is typed', () => {
    const actions: EditCommand[] = [
      'backspace',
      'delete',
      'delete-word',
      'cursor-left',
      'cursor-right',
      'previous-word',
      'next-word',
      'transpose-chars',
      'paste',
      'history-up',
      'delete-line',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...actions), fc.record({ type: fc.string({ unit: 'binary' }) }))),
        (edits) => {
          const editor = new LineEditor('start', ['x'.repeat(MAX_LINE)]);
          for (const edit of edits) {
            if (typeof edit === 'string') editor.do(edit);
            else editor.insert(edit.type);
          }
          expect(Array.from(editor.text).length).toBeLessThanOrEqual(MAX_LINE);
          expect(editor.text.startsWith(editor.before)).toBe(true);
        },
      ),
    );
  });
});

describe('remember', () => {
  it('keeps the newest lines, none twice running', () => {
    const history: string[] = [];
    for (let n = 0; n < MAX_HISTORY + 5; n++) {
      remember(history, `line ${n}`);
      remember(history, `line ${n}`);
      remember(history, '');
    }
    expect(history).toHaveLength(MAX_HISTORY);
    expect(history.at(-1)).toBe(`line ${MAX_HISTORY + 4}`);
  });
});
