import { describe, expect, it } from 'vitest';
import { after, bytesOf, screenOf } from './screen.fixture.js';
import { Terminal } from './terminal.js';

const link = (uri: string, text: string) => `\x1b]8;;${uri}\x1b\\${text}\x1b]8;;\x1b\\`;
/** The link in a cell. */
function linkAt(terminal: Terminal, x: number, y = 0): string | undefined {
  const row = terminal.line(y);
  return terminal.link(((row?.words[x * 3 + 1] ?? 0) >>> 26) | (((row?.words[x * 3 + 2] ?? 0) >>> 26) << 6));
}

function clipboards(input: string): string[] {
  const heard: string[] = [];
  const terminal = after('');
  terminal.onClipboard = (data, selection) => void heard.push(`${selection}: ${new TextDecoder().decode(data)}`);
  terminal.write(bytesOf(input));
  return heard;
}

describe('titles', () => {
  it.each([
    ['OSC 0', '\x1b]0;one\x07', 'one'],
    ['OSC 2 with ST', '\x1b]2;two\x1b\\', 'two'],
    ['OSC 2 cut off by CAN', '\x1b]2;cut\x18', 'cut'],
    ['without a semicolon', '\x1b]2three\x07', 'three'],
    ['APC', '\x1b_four\x1b\\', 'four'],
    ['UTF-8', '\x1b]2;é漢\x07', 'é漢'],
    ['OSC 1 is not one', '\x1b]1;icon\x07', ''],
    ['nor is what screen calls a name', '\x1bkname\x1b\\', ''],
    ['controls are left out', '\x1b]2;a\u0085b\x7fc\x07', 'abc'],
  ])('%s', (_, input, title) => {
    expect(after(input).title).toBe(title);
  });

  it('are cut, and ignored when longer than the host takes', () => {
    expect(after(`\x1b]2;${'x'.repeat(5000)}\x07`).title).toHaveLength(1024);
    const terminal = after('\x1b]2;short\x07');
    terminal.write(bytesOf(`\x1b]2;${'x'.repeat(1_048_600)}\x07y`));
    expect(terminal.title).toBe('short');
    expect(screenOf(terminal)[0]).toBe('y');
  });
});

describe('bells', () => {
  it('are counted, but not those that end a string', () => {
    expect(after('\x07a\x07\x1b]2;x\x07').bells).toBe(2);
  });
});

describe('cursor colour', () => {
  it('is set, asked for and reset', () => {
    expect(after('\x1b]12;#ff0000\x07').cursorColour).toBe('#ff0000');
    expect(after('\x1b]12;red\x07\x1b]12;?\x07').cursorColour).toBe('red');
    expect(after('\x1b]12;red\x07\x1b]112\x07').cursorColour).toBe('');
  });
});

describe('OSC 52', () => {
  it.each([
    ['padded', '\x1b]52;c;aGVsbG8=\x07', ['c: hello']],
    ['not padded', '\x1b]52;p;aGVsbG8\x1b\\', ['p: hello']],
    ['empty', '\x1b]52;c;\x07', ['c: ']],
    ['a question', '\x1b]52;c;?\x07', []],
    ['no base64', '\x1b]52;c;a b\x07', []],
    ['a length that cannot be', '\x1b]52;c;aGVsb\x07', []],
    ['no selection', '\x1b]52;aGVsbG8=\x07', []],
  ])('%s', (_, input, heard) => {
    expect(clipboards(input)).toEqual(heard);
  });

  it('is dropped when it is too long', () => {
    expect(clipboards(`\x1b]52;c;${'A'.repeat(128 * 1024)}\x07`)).toEqual([]);
    expect(clipboards(`\x1b]52;c;${'A'.repeat(96 * 1024)}\x07`)).toHaveLength(1);
  });
});

describe('what a program means for the terminal behind tmux', () => {
  const passed = (inner: string): string => `\x1bPtmux;${inner.replaceAll('\x1b', '\x1b\x1b')}\x1b\\`;

  it.each([
    ['a clipboard', '\x1b]52;c;aGVsbG8=\x07', ['c: hello']],
    ['a clipboard in another spelling', '\x1b]052;c;aGVsbG8=\x07', ['c: hello']],
    ['a clipboard that ends in ST', '\x1b]52;p;aGVsbG8=\x1b\\', ['p: hello']],
    ['clipboards among other things', 'x\x1b[5i\x1b]52;c;YQ==\x07\x1b]2;t\x07\x1b]52;c;Yg==\x07y', ['c: a', 'c: b']],
    ['one that begins anew', '\x1b]52;c;\x1b]52;c;YQ==\x07', ['c: a']],
    ['one without an end', '\x1b]52;c;YQ==', []],
    ['a question', '\x1b]52;c;?\x07', []],
    ['one in a string of its own', '\x1bP\x1b]52;c;YQ==\x1b\\', ['c: a']],
  ])('is read where it is known: %s', (_, inner, heard) => {
    expect(clipboards(passed(inner))).toEqual(heard);
  });

  it('is nothing else', () => {
    const terminal = after(`${passed('\x1b]2;title\x07\x1b]8;;http://x/\x07\x1b[2Jtext')}a`);
    expect([screenOf(terminal)[0], terminal.title]).toEqual(['a', '']);
  });

  it('is not set by other strings', () => {
    expect(clipboards('\x1bPother;\x1b\x1b]52;c;YQ==\x07\x1b\\')).toEqual([]);
  });
});

describe('OSC 8', () => {
  it('marks cells, and ends', () => {
    const terminal = after(`a${link('http://one.example/', 'bc')}d${link('http://two.example/', '漢')}`);
    expect([0, 1, 2, 3, 4].map((x) => linkAt(terminal, x))).toEqual([
      undefined,
      'http://one.example/',
      'http://one.example/',
      undefined,
      'http://two.example/',
    ]);
  });

  it('goes with the line into the history', () => {
    const terminal = after(`${link('http://a.example', 'x')}\r\n\n\n\n\n`, 10, 2);
    expect(linkAt(terminal, 0, -terminal.historySize)).toBe('http://a.example');
  });

  it.each([
    ['an escape', 'http://a\u009b'],
    ['a blank', 'http://a b'],
    ['a long one', `http://${'a'.repeat(3000)}`],
    ['not UTF-8', 'http://\u00ff'],
  ])('takes no address with %s', (_, uri) => {
    expect(linkAt(after(link(uri, 'x')), 0)).toBeUndefined();
  });

  it('has room for a bounded number', () => {
    const terminal = after(Array.from({ length: 5000 }, (_, i) => link(`http://x/${i}`, 'x')).join(''), 100, 60, 0);
    expect(terminal.link(4031)).toBe('http://x/4030');
    expect(terminal.link(4032)).toBeUndefined();
    expect(linkAt(terminal, 99, 49)).toBeUndefined();
  });
});
