import { connect } from 'node:net';
import { setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { connectSsh } from '#testing';

/** From one guess to the next, in ms; faster ones would show how much a core can do that both share, not what guessing does to others. */
const PACE_MS = 20;

// Whoever guesses has a machine of their own: the time that it takes here is not to be missing where the join is measured.
setPriority(19);

const port = Number(process.argv[2]);
const address = process.argv[3] ?? '';
const state = { guessing: false };
let guesses = 0;
let running: Promise<unknown> = Promise.resolve();

/** One wrong token, by a connection of its own as all of them are. */
async function guess(): Promise<void> {
  const sock = connect(port, '127.0.0.1');
  sock.on('error', () => undefined);
  sock.write(`PROXY TCP4 ${address} 127.0.0.1 50000 2222\r\n`);
  const client = await connectSsh(`guess-${guesses}`, { port, ssh: { sock } }).catch(() => undefined);
  client?.destroy();
  sock.destroy();
  guesses += 1;
}

async function guessOn(): Promise<void> {
  while (state.guessing) await Promise.all([guess(), delay(PACE_MS)]);
}

process.on('message', (order) => {
  if (order === 'guess') {
    state.guessing = true;
    running = guessOn();
    process.send?.(guesses);
  } else {
    state.guessing &&= order === 'count';
    void running.then(() => process.send?.(guesses));
  }
});
