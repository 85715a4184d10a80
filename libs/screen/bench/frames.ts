import {
  capabilitiesFor,
  composeWindow,
  encodeFrame,
  statusRow,
  Terminal,
  type Picture,
  type WindowView,
} from '#screen';
import { DEFAULT_STYLE, COLOUR_BASIC } from '#tmux';
import type { Figure } from '#testing';

const SIZES = [
  [80, 24],
  [200, 60],
] as const;
const TERM = capabilitiesFor('xterm-256color', true);
const encoder = new TextEncoder();
/** Rounds of a case: enough for the compiler to have done its work before the half that counts. */
const ROUNDS = 4000;

/** A session of one window that is fed by a program, and the terminal of one joiner. */
class Stage {
  readonly terminal: Terminal;
  readonly #status: ReturnType<typeof statusRow>['row'];
  picture: Picture;

  constructor(
    readonly cols: number,
    readonly rows: number,
  ) {
    this.terminal = new Terminal({ cols, rows: rows - 1, historyLimit: 2000 });
    const text = (line: string) => [{ text: line, style: DEFAULT_STYLE }];
    const green = { ...DEFAULT_STYLE, bg: COLOUR_BASIC | 2 };
    this.#status = statusRow(
      {
        on: true,
        position: 'bottom',
        justify: 'left',
        style: green,
        left: text('[0] '),
        right: text('"host" 12:00 01-Jan-26'),
        leftStyle: green,
        rightStyle: green,
        leftLimit: 10,
        rightLimit: 40,
        windows: [{ index: 0, text: text('0:bash*'), alert: false, current: true, separator: ' ' }],
      },
      cols,
    ).row;
    this.picture = composeWindow(this.#view());
  }

  #view(): WindowView {
    const { cols, rows, terminal } = this;
    return {
      cols,
      rows,
      window: { cols, rows: rows - 1 },
      panes: [{ id: 0, x: 0, y: 0, cols, rows: rows - 1, source: terminal }],
      activePaneId: 0,
      statusRow: this.#status,
      statusPosition: 'bottom',
      borderStyle: DEFAULT_STYLE,
      activeBorderStyle: DEFAULT_STYLE,
    };
  }

  /** What the program wrote since is drawn; returns the bytes for the joiner, and the time both steps took. */
  frame(): { bytes: number; composeNs: number; encodeNs: number } {
    const view = this.#view();
    const start = process.hrtime.bigint();
    const picture = composeWindow(view, this.picture);
    const composed = process.hrtime.bigint();
    const bytes = encodeFrame(this.picture, picture, TERM).length;
    const encoded = process.hrtime.bigint();
    this.picture = picture;
    return { bytes, composeNs: Number(composed - start), encodeNs: Number(encoded - composed) };
  }
}

/** What a program writes at each round of a case. */
const CASES: readonly { readonly name: string; readonly write: (stage: Stage, round: number) => string }[] = [
  {
    name: 'typing',
    write: ({ cols }, round) => (round % (cols - 10) === 0 ? '\r\u{1b}[K$ ' : String.fromCharCode(97 + (round % 26))),
  },
  {
    name: 'scrolling by a line',
    write: (_stage, round) => `\r\nline ${round} of a log, as long as they are on average`,
  },
  { name: 'vim: a line down in the text', write: vimScroll },
  { name: 'vim: insert in the midst of a line', write: vimInsert },
  { name: 'full change', write: full },
];

function vimScroll({ rows }: Stage, round: number): string {
  const text = `\u{1b}[38;5;130m${String(round).padStart(4)} \u{1b}[mconst value${round} = \u{1b}[31m"text"\u{1b}[m;`;
  const ruler = `\u{1b}[${rows - 1};60H${round},1\u{1b}[K`;
  return `\u{1b}[?25l\u{1b}[1;${rows - 2}r\u{1b}[${rows - 2};1H\n${text}\u{1b}[r${ruler}\u{1b}[${rows - 2};6H\u{1b}[?25h`;
}

function vimInsert({ rows }: Stage, round: number): string {
  if (round % 40 === 0) return '\u{1b}[5;1H\u{1b}[Kconst value = someFunction(withArguments, andMore);\u{1b}[5;10H';
  return `\u{1b}[?25l\u{1b}[@x\u{1b}[${rows - 1};60H5,${round % 40}\u{1b}[K\u{1b}[5;${10 + (round % 40)}H\u{1b}[?25h`;
}

function full({ cols, rows }: Stage, round: number): string {
  let text = '\u{1b}[H';
  for (let y = 0; y < rows - 1; y++) {
    text += `\u{1b}[${y + 1};1H\u{1b}[3${(y + round) % 8}m${String.fromCharCode(33 + ((y + round) % 90)).repeat(cols - 1)}`;
  }
  return text;
}

function measure(cols: number, rows: number, { name, write }: (typeof CASES)[number]): Figure[] {
  const stage = new Stage(cols, rows);
  const rounds = name === 'full change' ? ROUNDS / 10 : ROUNDS;
  const compose: number[] = [];
  const encode: number[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    stage.terminal.write(encoder.encode(write(stage, round)));
    const frame = stage.frame();
    if (round < rounds / 2) continue;
    compose.push(frame.composeNs);
    encode.push(frame.encodeNs);
    bytes += frame.bytes;
  }
  const size = `${cols}x${rows}`;
  return [
    { name: `compose, ${name}, ${size}`, value: median(compose) / 1000, unit: 'us' },
    { name: `encode, ${name}, ${size}`, value: median(encode) / 1000, unit: 'us' },
    { name: `bytes, ${name}, ${size}`, value: bytes / compose.length, unit: 'B/frame' },
  ];
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Drawing and encoding frames, by what changed between them. */
export async function run(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [cols, rows] of SIZES) {
    for (const one of CASES) figures.push(...measure(cols, rows, one));
    const { picture } = new Stage(cols, rows);
    figures.push({
      name: `bytes, repaint of an empty screen, ${cols}x${rows}`,
      value: encodeFrame(undefined, picture, TERM).length,
      unit: 'B/frame',
    });
  }
  return Promise.resolve(figures);
}
