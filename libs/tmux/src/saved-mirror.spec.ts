import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isShipmateError } from '#kernel';
import { Mirror } from './mirror.js';

const word = fc.constantFrom('a', 'x y', 'end;', '\\;', '-t', '', '~', '$HOME', "it's", '"', '#{host}', 'ü');
const command = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('-n', '-Tmine', '-Tprefix'),
      fc.constantFrom('x', 'C-b', 'F5', 'M-Up'),
      fc.array(word),
      fc.boolean(),
    )
    .map(([table, key, words, repeat]) => [
      'bind-key',
      ...(repeat ? ['-r'] : []),
      table,
      key,
      'display-message',
      ...words.slice(0, 1),
      ';',
      'new-window',
      '-n',
      ...words.slice(1, 2),
    ]),
  fc.constantFrom(
    ['unbind-key', 'c'],
    ['unbind-key', '-n', 'F5'],
    ['unbind-key', '-a', '-Troot'],
    ['unbind-key', '-a'],
  ),
  fc
    .tuple(fc.constantFrom('-g', '-q'), fc.constantFrom('@a', '@b', 'status-left', 'default-command'), word)
    .map(([flag, name, value]) => ['set-option', flag, name, value]),
  fc.constantFrom(
    ['set-option', '-g', 'status-style', 'fg=red,bold'],
    ['set-option', '-g', 'prefix', 'C-x'],
    ['set-option', '-g', 'mouse', 'on'],
    ['set-option', '-g', 'status-bg', 'colour12'],
    ['set-window-option', '-t2', 'mode-keys', 'vi'],
    ['set-window-option', '-g', 'clock-mode-colour', 'green'],
    ['bind-key', '-t', 'vi-copy', 'y', 'copy-pipe', 'xclip'],
    ['unbind-key', '-t', 'vi-edit', '-c', 'x'],
    ['unbind-key', '-a', '-t', 'emacs-choice'],
  ),
);

const copyOf = (mirror: Mirror): Mirror => {
  const copy = new Mirror();
  copy.restore(JSON.parse(JSON.stringify(mirror.save())));
  return copy;
};

const all = ({ options, keys, modeKeys }: Mirror): unknown => ({
  options: (['server', 'session', 'window'] as const).flatMap((scope) => [
    ...options.held(scope, true),
    ...options.held(scope, false, 2),
  ]),
  keys: keys.tables().map((table) => [table, keys.bindings(table)]),
  modeKeys: (['vi-copy', 'vi-edit', 'emacs-choice'] as const).map((table) => modeKeys.bindings(table)),
});

describe('a saved mirror', () => {
  it('is the same mirror again, and changes in the same way', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 20 }), fc.array(command, { maxLength: 5 }), (before, after) => {
        const mirror = new Mirror();
        for (const argv of before) mirror.apply(argv);
        const copy = copyOf(mirror);
        expect(all(copy)).toEqual(all(mirror));
        for (const argv of after) expect(copy.apply(argv)).toEqual(mirror.apply(argv));
        expect(all(copy)).toEqual(all(mirror));
      }),
      { numRuns: 60 },
    );
  });

  it('of an untouched one holds nothing', () => {
    expect(JSON.stringify(new Mirror().save())).toBe(
      '{"options":[],"keys":{"emptied":[],"tables":[]},"modeKeys":{"emptied":[],"own":[]}}',
    );
  });

  it("leaves out tmate's own options", () => {
    const mirror = new Mirror();
    mirror.apply(['set-option', '-g', 'tmate-api-key', 'secret']);
    expect(mirror.options.text('tmate-api-key')).toBe('secret');
    expect(copyOf(mirror).options.text('tmate-api-key')).toBe('');
  });

  const keys = { emptied: [], tables: [] };
  const modeKeys = { emptied: [], own: [] };
  it.each([
    ['nothing', null],
    ['an unknown option', { options: [['g:no-such', 1]], keys, modeKeys }],
    ['an option of another type', { options: [['g:status', 'on']], keys, modeKeys }],
    ['a choice that is none', { options: [['g:status-position', 'left']], keys, modeKeys }],
    ['a number out of range', { options: [['g:history-limit', -1]], keys, modeKeys }],
    ['a style without colours', { options: [['g:status-style', {}]], keys, modeKeys }],
    ['a layer that is none', { options: [['x:status', true]], keys, modeKeys }],
    ['a key that is none', { options: [], keys: { ...keys, tables: [['root', [[-1, null]]]] }, modeKeys }],
    [
      'a command that is none',
      { options: [], keys: { ...keys, tables: [['root', [[97, { words: ['no-such'], repeat: false }]]]] }, modeKeys },
    ],
    ['a mode that is none', { options: [], keys, modeKeys: { ...modeKeys, emptied: ['x'] } }],
    [
      "a mode's key that is none",
      { options: [], keys, modeKeys: { ...modeKeys, own: [['vi-copy::1', { command: 'x' }]] } },
    ],
  ])('is refused where it is damaged: %s', (_, saved) => {
    let caught: unknown;
    try {
      new Mirror().restore(saved);
    } catch (error) {
      caught = error;
    }
    expect(isShipmateError(caught, 'protocol')).toBe(true);
  });
});
