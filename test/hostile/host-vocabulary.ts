import type { Dice, WireMessage } from '#testing';
import { hostileOutput } from './escapes.js';
import { oddNumber, oddText, several } from './odd.js';

/** Bytes in a message, as `bytesOf` reads them: they go out as a msgpack `bin`. */
export interface Bytes {
  readonly bytes: string;
}

const bytes = (text: string): Bytes => ({ bytes: text });

const OPTIONS = [
  'prefix',
  'prefix2',
  'repeat-time',
  'assume-paste-time',
  'escape-time',
  'history-limit',
  'mouse',
  'status',
  'status-position',
  'status-style',
  'status-left',
  'status-right',
  'status-left-length',
  'status-right-length',
  'status-justify',
  'status-interval',
  'window-status-format',
  'window-status-current-format',
  'window-status-separator',
  'pane-border-style',
  'message-style',
  'mode-style',
  'mode-keys',
  'display-time',
  'display-panes-time',
  'key-table',
  'base-index',
  'word-separators',
  'default-terminal',
  'terminal-overrides',
  'set-titles-string',
  'tmate-api-key',
  'tmate-session-name',
  'tmate-session-name-ro',
  'tmate-webhook-userdata',
  '@user',
];
const SETS = [
  'password=open sesame',
  'approve=true',
  'readers-only=true',
  'max-joiners=1',
  'max-joiners=off',
  'web=off',
  'expires=1s',
  'idle-timeout=1s',
  'authorized_keys=ssh-ed25519 AAAA',
  'authorized_keys=cert-authority,principals="a" ssh-rsa AAAA',
  'authorized_keys=github:nobody',
  'rotate=tokens',
  'kick=1',
  'ban=127.0.0.1',
  'foreground=true',
  'predict=on',
];
const VALUES = [
  'on',
  'off',
  '0',
  '1',
  '500',
  'C-a',
  'None',
  'fg=red,bg=colour999',
  '#{E:status-left}',
  '#(id)',
  '#[fg=#zzzzzz]x',
];
const NESTED = '#{?#{==:#{pane_id},%1},#{=10:window_name},';

function value(dice: Dice): string {
  return dice.weighted<() => string>([
    [6, () => dice.pick(VALUES)],
    [2, () => `${oddNumber(dice)}`],
    [2, () => oddText(dice, 60_000)],
    [1, () => NESTED.repeat(dice.roll(400))],
    [1, () => '#{E:@user}'.repeat(dice.roll(500))],
  ])();
}

function command(dice: Dice): string[] {
  const option = dice.pick(OPTIONS);
  return dice.weighted<() => string[]>([
    [8, () => ['set-option', '-g', option, value(dice)]],
    [2, () => ['set-window-option', dice.pick(['-g', '-u', '-ga', '-gu']), option, value(dice)]],
    [3, () => ['set-option', '-g', 'tmate-set', dice.oneIn(4) ? oddText(dice) : dice.pick(SETS)]],
    [1, () => ['set-option', '-g', 'tmate-authorized-keys', oddText(dice)]],
    [
      3,
      () => [
        'bind-key',
        ...several(dice, 3, () =>
          dice.pick(['-n', '-r', '-T', 'root', 'C-x', 'x', 'MouseDown1Pane', oddText(dice, 500)]),
        ),
        dice.pick(['new-window', 'command-prompt', 'send-keys', 'run-shell']),
        oddText(dice, 500),
      ],
    ],
    [1, () => ['unbind-key', dice.pick(['-a', 'x', oddText(dice)])]],
    [1, () => several(dice, 30, () => oddText(dice, 2000))],
  ])();
}

function pane(dice: Dice, id: number): unknown[] {
  const large = dice.oneIn(4);
  const side = (): number => (large ? 1 + dice.roll(1000) : dice.oneIn(12) ? oddNumber(dice) : 1 + dice.roll(90));
  return [dice.oneIn(20) ? oddNumber(dice) : id, side(), side(), dice.roll(60), dice.roll(30)];
}

function layout(dice: Dice): WireMessage {
  const count = dice.oneIn(6) ? 200 : 4;
  const windows = several(dice, 3, () => {
    const panes = several(dice, count, () => dice.roll(6)).map((id) => pane(dice, id));
    return [dice.roll(5), oddText(dice, 3000), panes, dice.oneIn(8) ? oddNumber(dice) : dice.roll(4)];
  });
  const large = dice.oneIn(4);
  const [cols, rows] = large ? [2000, 1000] : [1 + dice.roll(200), 1 + dice.roll(60)];
  return [1, dice.oneIn(15) ? oddNumber(dice) : cols, rows, windows, dice.roll(4)];
}

const plainLayout = (cols: number, rows: number): WireMessage => [
  1,
  cols,
  rows,
  [[0, 'sh', [[0, cols, rows, 0, 0]], 0]],
  0,
];

function copyMode(dice: Dice): WireMessage {
  if (dice.oneIn(4)) return [6, dice.roll(3), []];
  const n = (): number => (dice.oneIn(6) ? oddNumber(dice) : dice.roll(40));
  const selection = dice.oneIn(2) ? [] : [n(), n(), dice.oneIn(2)];
  const prompt = dice.oneIn(2) ? [] : [dice.roll(9), oddText(dice), oddText(dice)];
  return [6, dice.roll(3), [dice.oneIn(2), n(), n(), n(), selection, prompt]];
}

function snapshot(dice: Dice): WireMessage {
  const line = (): unknown[] => {
    const text = oddText(dice, 4000);
    const cells = dice.oneIn(6) ? [oddNumber(dice)] : Array.from(text, () => dice.roll(2 ** 32));
    return [bytes(text), cells];
  };
  const screen = (): unknown[] => [dice.roll(100), dice.roll(40), several(dice, 30, line)];
  return [11, several(dice, 4, () => [dice.roll(4), oddNumber(dice), screen(), dice.oneIn(2) ? null : screen()])];
}

/** One value of any kind, some levels deep. */
function anything(dice: Dice, depth = 3): unknown {
  return dice.weighted<() => unknown>([
    [3, () => oddNumber(dice)],
    [2, () => -1 - oddNumber(dice)],
    [2, () => oddText(dice, 500)],
    [2, () => bytes(oddText(dice, 500))],
    [1, () => dice.pick([null, true, false, 1.5, -0.1, 2 ** 53])],
    [depth > 0 ? 3 : 0, () => several(dice, 4, () => anything(dice, depth - 1))],
    [depth > 0 ? 1 : 0, () => ({ [oddText(dice, 20)]: anything(dice, depth - 1) })],
  ])();
}

/** What a host says, right, nearly right, or of the right kind only. */
export function hostMessage(dice: Dice): WireMessage {
  return dice.weighted<() => WireMessage>([
    [12, () => [2, dice.oneIn(8) ? oddNumber(dice) : dice.roll(3), bytes(hostileOutput(dice))]],
    [6, () => layout(dice)],
    [5, () => plainLayout(1 + dice.roll(200), 1 + dice.roll(60))],
    [8, () => [12, ...command(dice)]],
    [3, () => [5, oddText(dice), oddText(dice)]],
    [3, () => copyMode(dice)],
    [2, () => [7, dice.roll(3), oddText(dice)]],
    [2, () => snapshot(dice)],
    [1, () => [3, oddText(dice)]],
    [1, () => [4, oddNumber(dice), oddText(dice)]],
    [1, () => [10, oddText(dice, 20_000)]],
    [1, () => [13, ...several(dice, 6, () => oddText(dice, 2000))]],
    [1, () => [9]],
    [1, () => [0, dice.pick([4, 5, 6, 7, oddNumber(dice)]), oddText(dice)]],
    [1, () => [dice.roll(20), ...several(dice, 5, () => anything(dice))]],
    [1, () => [8]],
  ])();
}
