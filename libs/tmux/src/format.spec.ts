import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datePartsAt, expandFormat, expandTimeFormat, type FormatContext } from './index.js';

const VARIABLES = new Map([
  ['session_name', 'work'],
  ['window_index', '1'],
  ['window_name', 'vim'],
  ['window_flags', '*Z'],
  ['pane_index', '0'],
  ['pane_id', '%3'],
  ['pane_title', 'a rather long title'],
  ['host', 'vm.example.org'],
  ['host_short', 'vm'],
  ['path', '/usr/local/bin/'],
  ['yes', '1'],
  ['no', '0'],
  ['empty', ''],
  ['wide', '漢字'],
]);
const context: FormatContext = {
  lookup: (name) => VARIABLES.get(name),
  time: (name) => (name === 'window_activity' ? datePartsAt(0) : undefined),
  width: (codePoint) => (codePoint >= 0x1100 ? 2 : 1),
};

describe('expandFormat', () => {
  it.each([
    ['#S:#I:#W#F #P #D #H #h #T', 'work:1:vim*Z 0 %3 vm.example.org vm a rather long title'],
    ['#{session_name}', 'work'],
    ['[#{nothing}]', '[]'],
    ['##S #x #[fg=red]#S', '#S #x #[fg=red]work'],
    ['#{?yes,a,b}#{?no,a,b}#{?empty,a,b}#{?nothing,a,b}', 'abbb'],
    ['#{?yes,#{?no,a,#{window_name}},c}', 'vim'],
    ['#{?window_flags,#{window_flags}, }', '*Z'],
    ['#{?yes,#[fg=red],#[default]}', '#[fg=red]'],
    ['#{=4:pane_title}|#{=-5:pane_title}|#{=0:window_name}', 'a ra|title|vim'],
    ['#{=3:wide}|#{=-3:wide}|#{=2:?yes,#{wide},}', '漢|字|漢'],
    ['#{b:path} #{d:path} #{b:empty} #{d:empty}', 'bin /usr/local . .'],
    ['#{s/a/xy/:pane_title}', 'xy rxyther long title'],
    ['#{s/l/$&/:path}', '/usr/$&oca$&/bin/'],
    ['#{s/a/:pane_title}', ''],
    ['#{t:window_activity}', 'Thu Jan  1 00:00:00 1970'],
    ['#{t:session_name}', ''],
    ['a#(uptime | sed (x))b', 'ab'],
    ['a#{open', 'a'],
    ['a#(open', 'a'],
    ['a#{?yes}b', 'a'],
    ['a#{?yes,b}c', 'a'],
    ['a#', 'a#'],
    ['', ''],
  ])('fills in %j', (template, text) => {
    expect(expandFormat(template, context)).toBe(text);
  });

  it('does the time first', () => {
    const now = datePartsAt(Date.UTC(2026, 10, 21, 4, 5));
    expect(expandTimeFormat(' "#{=21:window_name}" %H:%M %d-%b-%y', context, now)).toBe(' "vim" 04:05 21-Nov-26');
  });

  it('bounds depth and length', () => {
    let nested = 'x';
    for (let n = 0; n < 100; n++) nested = `#{?yes,${nested},}`;
    expect(expandFormat(nested, context)).toBe('');
    const long: FormatContext = { lookup: () => 'x'.repeat(10_000) };
    expect(expandFormat('#{a}'.repeat(1000), long)).toHaveLength(16_384);
  });

  it('never throws', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('#{', '}', '?', ',', '#(', ')', '=3:', 's/a/b/:', 'yes', '#S', '##'),
    );
    fc.assert(fc.property(fc.array(part), (parts) => typeof expandFormat(parts.join(''), context) === 'string'));
  });
});
