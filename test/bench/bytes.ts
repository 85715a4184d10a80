import nodePty from '@lydell/node-pty';
import { execFileSync } from 'node:child_process';
import { createWriteStream, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { capabilitiesFor, composeWindow, encodeFrame, Terminal, type Picture } from '#screen';
import { cleanEnv, run as runProgram, Stage, tempDir, until, type Figure, type TempDir } from '#testing';
import { DEFAULT_STYLE } from '#tmux';

// What a joiner gets for a program's output, compared with what tmux sends its own client for the same output.

const COLS = 80;
const ROWS = 24;
const TERM = 'xterm-256color';
/** Long enough after a piece of output for tmux to have drawn it. */
const QUIET_MS = 25;

/** A program's output, in the pieces that it came in. */
type Recording = readonly Uint8Array[];

const encoder = new TextEncoder();

/** Plays a program that is typed into, and keeps what it prints, a piece for each of `typed`. */
async function record(
  dir: TempDir,
  argv: readonly [string, ...string[]],
  typed: readonly string[],
): Promise<Recording> {
  const [file, ...args] = argv;
  const env = cleanEnv(dir.path, { TERM: 'screen-256color', PS1: '$ ' });
  const pty = nodePty.spawn(file, args, {
    name: 'screen-256color',
    cols: COLS,
    rows: ROWS,
    env,
    cwd: dir.path,
    encoding: null,
  });
  let pending: Buffer[] = [];
  pty.onData((data: string | Uint8Array) => pending.push(Buffer.from(data)));
  const pieces: Uint8Array[] = [];
  const take = async (): Promise<void> => {
    await delay(60);
    pieces.push(Buffer.concat(pending));
    pending = [];
  };
  await delay(600);
  await take();
  for (const text of typed) {
    pty.write(text);
    await take();
  }
  pty.kill('SIGKILL');
  return pieces.filter((piece) => piece.length > 0);
}

/** Bytes of all frames, one for each piece. */
function oursFor(recording: Recording): number {
  const source = new Terminal({ cols: COLS, rows: ROWS, historyLimit: 2000 });
  const term = capabilitiesFor(TERM, true);
  const draw = (previous?: Picture): Picture =>
    composeWindow(
      {
        cols: COLS,
        rows: ROWS,
        window: { cols: COLS, rows: ROWS },
        panes: [{ id: 0, x: 0, y: 0, cols: COLS, rows: ROWS, source }],
        activePaneId: 0,
        statusRow: undefined,
        statusPosition: 'bottom',
        borderStyle: DEFAULT_STYLE,
        activeBorderStyle: DEFAULT_STYLE,
      },
      previous,
    );
  let bytes = 0;
  let shown = draw();
  for (const piece of recording) {
    source.write(piece);
    const picture = draw(shown);
    bytes += encodeFrame(shown, picture, term).length;
    shown = picture;
  }
  return bytes;
}

/** Bytes that a tmux client's terminal gets for the same pieces. */
async function tmuxFor(stage: Stage, recording: Recording): Promise<number> {
  const dir = tempDir('smb');
  stage.onClear(() => dir.dispose());
  const fifo = dir.file('output');
  execFileSync('mkfifo', [fifo]);
  const config = dir.file('conf');
  writeFileSync(config, 'set -g status off\nset -g default-terminal screen-256color\nset -s escape-time 0\n');
  const tmux = ['-u', '-S', dir.file('s'), '-f', config];
  const env = cleanEnv(dir.path, { TERM });
  const program = `stty raw -echo; exec cat ${fifo}`;
  const pty = nodePty.spawn('tmux', [...tmux, 'new-session', '/bin/sh', '-c', program], {
    name: TERM,
    cols: COLS,
    rows: ROWS,
    env,
    encoding: null,
  });
  stage.onClear(() => pty.kill('SIGKILL'));
  stage.onClear(async () => await runProgram('tmux', [...tmux, 'kill-server'], { env }).catch(() => undefined));
  let bytes = 0;
  pty.onData((data: string | Uint8Array) => (bytes += data.length));
  await until(() => bytes > 0, { what: 'tmux to draw' });
  const output = createWriteStream(fifo);
  await delay(500);
  bytes = 0;
  for (const piece of recording) {
    output.write(piece);
    await delay(QUIET_MS);
  }
  await delay(300);
  output.end();
  return bytes;
}

const scrolled = (count: number): Recording =>
  Array.from({ length: count }, (_, n) =>
    encoder.encode(`\x1b[32m${n}\x1b[m: the quick brown fox jumps over the lazy dog\r\n`),
  );

export async function run(): Promise<Figure[]> {
  const stage = new Stage();
  const figures: Figure[] = [];
  try {
    const dir = tempDir('smb');
    stage.onClear(() => dir.dispose());
    writeFileSync(
      dir.file('text.c'),
      Array.from({ length: 300 }, (_, n) => `int line_${n}(void) { return ${n}; } /* text */`).join('\n'),
    );
    const line = 'for f in /etc/host*; do echo "$f"; done | sort -r\r';
    const typing = Array.from(line.repeat(4));
    const vim = [
      ...Array.from('jjjj'),
      '\x06',
      '\x06',
      '\x02',
      'G',
      'gg',
      '/line_50\r',
      'n',
      ...Array.from('ihello world\x1b'),
      'dd',
      'u',
      ':split\r',
      '\x17j',
      'V',
      'jj',
      '\x1b',
      ':q\r',
    ];
    const less = [' ', ' ', 'b', 'j', 'j', 'k', 'G', 'g', '/99\r', 'n'];
    const cases: [string, Recording][] = [
      ['typing in bash', await record(dir, ['bash', '--noprofile', '--norc', '-i'], typing)],
      ['200 lines that scroll', scrolled(200)],
      [
        'vim',
        await record(
          dir,
          ['vim', '-n', '-u', 'NONE', '-N', '-c', 'syntax on | set number ruler', dir.file('text.c')],
          vim,
        ),
      ],
      ['less', await record(dir, ['less', '-N', dir.file('text.c')], less)],
    ];
    for (const [name, recording] of cases) {
      const yardstick = await tmuxFor(stage, recording);
      figures.push({
        name: `bytes for ${name}, beside tmux`,
        value: oursFor(recording),
        unit: 'B',
        yardstick,
        aim: 'at most 1.2 times',
      });
    }
  } finally {
    await stage.clear();
  }
  return figures;
}
