import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Identity, Proofs } from '#access';
import { participantId } from '#kernel';
import type { SeatLocked, Unlocking } from '#session';
import { comeBack, Fleet, tokenOf, tmateSet } from './fleet.fixture.js';
import { FakeTerminal, type FakeHost } from './stage.fixture.js';

const TITLE = 'This terminal is locked';
const PASSWORD = 'Password of this session:';

const ANN: Identity = {
  provider: 'corp',
  subject: 'ann',
  name: 'ann@example.org',
  groups: [],
  proved: 'sign-in',
  until: Number.MAX_SAFE_INTEGER,
};

async function fleet(...orders: string[]): Promise<{ made: Fleet; host: FakeHost }> {
  const made = await Fleet.start();
  const host = await made.edge(0).stage.host({ before: orders.map(tmateSet) });
  host.print('a secret');
  await made.pass(100);
  return { made, host };
}

/** A terminal that remembers the news of its lock. */
type Locking = FakeTerminal & { unlocking?: Unlocking; told: (SeatLocked | undefined)[] };

/** Joins at edge `n` as somebody who proved this. */
async function join(
  made: Fleet,
  n: number,
  host: FakeHost,
  proofs: Partial<Proofs> = {},
  unlocking?: Unlocking,
): Promise<Locking> {
  const target = await made.edge(n).stage.sessions.find(tokenOf(host));
  if (target.kind !== 'session') throw new Error(target.kind);
  const told: (SeatLocked | undefined)[] = [];
  const terminal: Locking = Object.assign(new FakeTerminal(80, 24), {
    told,
    locked: (lock: SeatLocked | undefined) => void told.push(lock),
    ...(unlocking && { unlocking }),
  });
  const size = { cols: 80, rows: 24, term: 'xterm-256color', colorTerm: undefined, utf8: true };
  const all: Proofs = { transport: 'ssh', address: '192.0.2.9', keys: [], ...proofs };
  const joining = target.join({ id: participantId(randomUUID()), role: target.role, proofs: all }, size, terminal);
  await made.pass(200);
  terminal.seat = await joining;
  await made.pass(100);
  return terminal;
}

/** What these keys make reach the host. */
async function typed(made: Fleet, host: FakeHost, terminal: FakeTerminal, keys = 'x'): Promise<string[]> {
  const before = host.sent.length;
  terminal.type(keys);
  await made.pass(300);
  return host.sent.slice(before).flatMap((message) => {
    if (message.type === 'pane-key') return [String.fromCodePoint(message.key)];
    return message.type === 'exec-cmd' ? [message.args.join(' ')] : [];
  });
}

const RIGHT = 'correct horse';
const HASH = { password: 'the hash' };

/** Knows one password, and counts how often it was asked. */
function passwords(): { unlocking: Unlocking; asked: [string, string][] } {
  const asked: [string, string][] = [];
  const password = async (hash: string, given: string): Promise<boolean> => {
    asked.push([hash, given]);
    return given === RIGHT;
  };
  return { unlocking: { password }, asked };
}

/** Locks the terminal at its own prompt, until it asks. */
async function lock(made: Fleet, terminal: FakeTerminal, command = 'lock-client'): Promise<void> {
  terminal.type(`\x02:${command}\r`);
  await made.pass(1_500);
  expect(terminal.text).toContain(TITLE);
}

describe("a joiner's terminal", () => {
  it.each([0, 1])('at edge %i shows nothing and types nothing while it is locked', async (n) => {
    const { made, host } = await fleet();
    const { unlocking, asked } = passwords();
    const mate = await join(made, n, host, HASH, unlocking);
    const other = await join(made, n, host);
    expect(await typed(made, host, mate, 'ls')).toEqual(['l', 's']);
    mate.seat.message('something private');
    // What follows in the same moment was meant for nobody.
    mate.type('\x02:lock-client\rrm -rf\r');
    await made.pass(50);
    expect(mate.text.trim()).toBe(TITLE);
    expect(mate.title).toBe('locked');
    await made.pass(1_500);
    expect(mate.text).toContain(PASSWORD);
    expect(asked).toEqual([]);
    const before = host.sent.length;
    host.print('more secrets');
    host.say({ type: 'exec-cmd', args: ['set-option', '-g', 'status-left', 'secret status'] });
    mate.seat.message('a message');
    for (const keys of ['x', '\x02c', '\x1b[200~pasted\x1b[201~', '\x1b[A', '\x02:new-window', '\x1b]52;c;eA==\x07'])
      expect(await typed(made, host, mate, keys), keys).toEqual([]);
    expect(host.sent.slice(before).filter(({ type }) => type === 'pane-key' || type === 'exec-cmd')).toEqual([]);
    expect(mate.text).not.toMatch(/secret|message|x|pasted/);
    // Others are not locked, and see who is.
    expect(other.line(0)).toContain('more secrets');
    expect(await typed(made, host, other)).toEqual(['x']);
    expect(other.said?.people.listed.map(({ locked }) => locked)).toEqual([true, false]);
    mate.type(`\x15${RIGHT}\r`);
    await made.pass(300);
    expect(asked).toEqual([[HASH.password, RIGHT]]);
    expect(mate.line(0)).toBe('a secretmore secrets');
    expect(mate.text).not.toContain(TITLE);
    expect(await typed(made, host, mate)).toEqual(['x']);
    expect(other.said?.people.listed.some(({ locked }) => locked)).toBe(false);
    expect(made.edge(n).stage.noted).toEqual(['seat locked asked', 'seat unlocked password']);
    expect(mate.told.map((state) => state?.by)).toEqual(['password', 'password', 'password', undefined]);
    expect(made.faults).toEqual([]);
  });

  it.each([0, 1])(
    'at edge %i locks by itself after the time that the host sets, unless keys are pressed',
    async (n) => {
      const { made, host } = await fleet('seat-lock=1m');
      const { unlocking } = passwords();
      const mate = await join(made, n, host, HASH, unlocking);
      await made.pass(50_000, 1_000);
      expect(await typed(made, host, mate)).toEqual(['x']);
      // Neither what the host prints nor what the terminal says by itself is a key.
      host.print('still there');
      mate.type('\x1b[I\x1b[?1;2c');
      await made.pass(55_000, 1_000);
      expect(mate.text).not.toContain(TITLE);
      mate.type('\x1b[O');
      await made.pass(10_000, 1_000);
      expect(mate.text).toContain(TITLE);
      mate.type(`${RIGHT}\r`);
      await made.pass(300);
      expect(mate.text).not.toContain(TITLE);
      host.say(tmateSet('seat-lock=off'));
      await made.pass(200_000, 1_000);
      expect(mate.text).not.toContain(TITLE);
      host.say(tmateSet('seat-lock=2m'));
      await made.pass(1_000);
      // It has been idle for longer.
      expect(mate.text).toContain(TITLE);
      expect(made.edge(n).stage.noted.filter((line) => line.startsWith('seat'))).toEqual([
        'seat locked idle',
        'seat unlocked password',
        'seat locked idle',
      ]);
    },
  );

  it('takes three wrong passwords, and no flood', async () => {
    const { made, host } = await fleet();
    const { unlocking, asked } = passwords();
    const mate = await join(made, 0, host, HASH, unlocking);
    await lock(made, mate);
    const { writes } = mate;
    mate.type('k'.repeat(1024 * 1024));
    mate.type('\x1b[200~' + 'p'.repeat(1024 * 1024) + '\x1b[201~');
    await made.pass(3_000);
    expect(mate.writes).toBe(writes);
    mate.type('\r');
    await made.pass(300);
    // Longer than a password can be: nothing is computed.
    expect(asked).toEqual([]);
    expect(mate.text).toContain('Wrong password, 2 more tries.');
    mate.type('\r\r\r');
    await made.pass(300);
    expect(asked).toEqual([]);
    // A line's end in a paste sends nothing.
    mate.type('\x1b[200~guess\rguess\x1b[201~\r');
    await made.pass(300);
    expect(asked).toEqual([[HASH.password, 'guess']]);
    expect(mate.text).toContain('Wrong password, 1 more try.');
    mate.type('guess\rguess\r');
    await made.pass(300);
    expect(asked).toHaveLength(2);
    expect(mate.ending).toBe('not-unlocked');
    expect(mate.text).not.toContain('a secret');
    expect(made.edge(0).stage.noted).toEqual([
      'seat locked asked',
      'seat refused password',
      'seat refused password',
      'seat refused password',
    ]);
  });

  it('says why a password cannot be checked, which is no try', async () => {
    const { made, host } = await fleet();
    const answers: (boolean | string | Error)[] = ['Too many: wait', new Error('a fault'), true];
    const password = async (): Promise<boolean | string> => {
      const answer = answers.shift() ?? false;
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const mate = await join(made, 0, host, HASH, { password });
    await lock(made, mate);
    for (const text of ['Too many: wait', 'That did not work: try again in a moment.']) {
      mate.type('x\r');
      await made.pass(300);
      expect(mate.text).toContain(text);
    }
    mate.type('x\r');
    await made.pass(300);
    expect(mate.line(0)).toBe('a secret');
    expect(made.faults).toEqual(['unlock: Error: a fault']);
  });

  it('unlocks when the same person signs in again, and nobody else', async () => {
    const { made, host } = await fleet();
    const answers: (Identity | string)[] = [
      'Nobody signed in within five minutes',
      { ...ANN, subject: 'bob' },
      { ...ANN, provider: 'github' },
      ANN,
    ];
    const places: string[] = [];
    const unlocking: Unlocking = {
      // Others may know the password: for whoever signed in it is not enough.
      password: async () => true,
      signIn: async ({ show }) => {
        show({ link: 'https://share.example.org/in/ABCD', code: 'ABCD', picture: ['####', '#  #'] });
        await Promise.resolve();
        places.push(mate.text);
        return answers.shift() ?? '';
      },
    };
    const mate: Locking = await join(made, 1, host, { ...HASH, identity: ANN }, unlocking);
    await lock(made, mate);
    mate.type(RIGHT);
    await made.pass(100);
    expect(places).toEqual([]);
    for (const text of [
      'Nobody signed in within five minutes',
      'Somebody else has signed in, 2 more tries.',
      'Somebody else has signed in, 1 more try.',
    ]) {
      mate.type('\r');
      await made.pass(300);
      expect(mate.text).toContain(text);
    }
    mate.type('\r');
    await made.pass(300);
    expect(mate.line(0)).toBe('a secret');
    expect(places[0]).toMatch(/shows the code\s+ABCD[^]*\n +####\n +#  #/);
    expect(made.edge(1).stage.noted.at(-1)).toBe('seat unlocked sign-in');
  });

  it.each([
    ['nothing', {}],
    ['to be a machine', { identity: { ...ANN, proved: 'machine' as const } }],
  ])('ends for whoever proved %s, and has to join again', async (_, proofs) => {
    const { made, host } = await fleet();
    const mate = await join(made, 0, host, proofs, passwords().unlocking);
    mate.type('\x02:lock-server\r\r\r');
    await made.pass(2_000);
    expect(mate.text).toContain('join again with the same command');
    mate.type('some words');
    await made.pass(100);
    expect(mate.ending).toBeUndefined();
    mate.type('\r');
    await made.pass(100);
    expect(mate.ending).toBe('not-unlocked');
    expect(mate.text).toContain('[your terminal was locked: join again with the same command]');
  });

  it('can be locked by readers, whatever they look at, and left from the cover', async () => {
    const { made, host } = await fleet('readers-only=true');
    const mate = await join(made, 0, host, HASH, passwords().unlocking);
    mate.type('\x02[');
    await lock(made, mate, 'lock');
    mate.type('\x03');
    await made.pass(100);
    expect(mate.ending).toBe('detached');
    expect(host.sent.filter(({ type }) => type === 'pane-key')).toEqual([]);
  });

  it('of others cannot be locked', async () => {
    const { made, host } = await fleet();
    const mate = await join(made, 0, host);
    mate.type('\x02:lock-client -t ssh-99\r');
    await made.pass(100);
    expect(mate.line(23)).toBe('Joiners can lock only their own terminal');
    expect(mate.text).not.toContain(TITLE);
  });

  it('stays locked when its session moves, and sends what was typed before', async () => {
    const { made, host } = await fleet();
    const { unlocking } = passwords();
    const mate = await join(made, 1, host, HASH, unlocking);
    const here = await join(made, 0, host, HASH, unlocking);
    const data = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    await made.pass(100);
    for (const terminal of [mate, here]) {
      terminal.type('typed before');
      await lock(made, terminal);
    }
    const back = await comeBack(made.edge(2).stage, data, 'here again');
    await made.pass(8_000);
    const other = await join(made, 2, back);
    await made.pass(2_000);
    expect(other.said?.people.listed.map(({ locked }) => locked === true).toSorted()).toEqual([false, true, true]);
    expect(
      back
        .takeInput()
        .join('')
        .match(/typed before/g),
    ).toHaveLength(2);
    for (const terminal of [mate, here]) {
      expect(terminal.text).toContain(PASSWORD);
      expect(await typed(made, back, terminal)).toEqual([]);
      terminal.type(`\x15${RIGHT}\r`);
      await made.pass(500);
      expect(terminal.line(0)).toBe('here again');
      expect(await typed(made, back, terminal)).toEqual(['x']);
    }
    await made.pass(1_000);
    expect(other.said?.people.listed.some(({ locked }) => locked === true)).toBe(false);
  });

  it('is sent away like any other', async () => {
    const { made, host } = await fleet();
    const mate = await join(made, 1, host, HASH, passwords().unlocking);
    await lock(made, mate);
    host.say(tmateSet('kick=192.0.2.9'));
    await made.pass(500);
    expect(mate.ending).toBe('kicked');
    expect(mate.text).not.toContain('a secret');
  });
});
