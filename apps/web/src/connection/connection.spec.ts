import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { CLOSE_CODES, encodeServerMessage, MAX_UNACKNOWLEDGED_INPUT_BYTES, SILENCE_MS } from '#web-protocol';
import { Connection, type WantedSize } from './connection.js';
import { FakeSeat, FakeServer } from './fake-server.fixture.js';
import type { Status } from './status.js';

const SIZE: WantedSize = { cols: 80, rows: 24, claim: false };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Drawn {
  readonly text: string;
  readonly fresh: boolean;
  readonly done: () => void;
}

function page() {
  const server = new FakeServer();
  const clock = new FakeClock();
  const drawn: Drawn[] = [];
  const sizes: string[] = [];
  const notices: string[] = [];
  const connection = new Connection({
    openLink: server.open,
    canvas: {
      resize: (cols, rows) => void sizes.push(`${cols}x${rows}`),
      wipe: () => void drawn.push({ text: 'wiped', fresh: false, done: () => undefined }),
      write: (data, fresh, done) => void drawn.push({ text: new TextDecoder().decode(data), fresh, done }),
    },
    clock,
    random: () => 0.5,
    pageId: new Uint8Array(16).fill(7),
    size: SIZE,
    onStatus: () => undefined,
    onNotice: (text) => void notices.push(text),
  });
  return { server, clock, connection, drawn, sizes, notices };
}

function joined() {
  const made = page();
  made.connection.connect();
  made.server.link.welcome();
  return made;
}

describe('a page that joins', () => {
  it('says hello when the link is open, and has its seat when it is welcomed', () => {
    const { server, connection } = page();
    connection.connect();
    expect(connection.status.link).toBe('connecting');
    server.link.welcome({ role: 'reader' });
    expect(server.link.hello).toMatchObject({
      version: 4,
      sent: 0,
      cols: 80,
      rows: 24,
      claim: false,
      trueColour: true,
    });
    expect(connection.status).toMatchObject({ link: 'joined', role: 'reader', hadSeat: true });
  });

  it('draws what comes, on a terminal without a past, and acknowledges what was drawn', () => {
    const { server, drawn, sizes } = joined();
    server.link.say({ type: 'size', cols: 100, rows: 30 });
    server.link.say({ type: 'screen', bytes: bytes('one') });
    server.link.say({ type: 'screen', bytes: bytes('three') });
    expect(sizes).toEqual(['100x30']);
    expect(drawn.map(({ text, fresh }) => [text, fresh])).toEqual([
      ['one', true],
      ['three', false],
    ]);
    expect(server.link.heard.filter(({ type }) => type === 'ack')).toEqual([]);
    for (const { done } of drawn) done();
    expect(server.link.heard.filter(({ type }) => type === 'ack')).toEqual([
      { type: 'ack', bytes: 3 },
      { type: 'ack', bytes: 8 },
    ]);
  });

  it('tells the session as it is, with times of its own clock', () => {
    const { server, clock, connection, notices } = joined();
    server.link.say({ type: 'state', phase: 'reconnecting', ms: 5000, windowCols: 80, windowRows: 23 });
    expect(connection.status.session).toEqual({ phase: 'reconnecting', atMs: clock.now() + 5000, cols: 80, rows: 23 });
    server.link.say({ type: 'people', count: 2, listed: [], self: undefined });
    expect(connection.status.people?.count).toBe(2);
    server.link.say({ type: 'notice', text: 'hello' });
    expect(notices).toEqual(['hello']);
    server.link.say({ type: 'ping', stamp: 9 });
    expect(server.link.heard.at(-1)).toEqual({ type: 'pong', stamp: 9 });
  });

  it('says another size once, and whether it is seen', () => {
    const { server, connection } = joined();
    connection.resize({ cols: 90, rows: 20, claim: true });
    connection.resize({ cols: 90, rows: 20, claim: true });
    connection.setVisible(false);
    expect(server.link.heard.slice(1)).toEqual([
      { type: 'resize', cols: 90, rows: 20, claim: true },
      { type: 'visible', visible: false },
    ]);
  });

  it('says the size it has by then to the next link, and that it is hidden', () => {
    const { server, connection, clock } = joined();
    connection.setVisible(false);
    server.link.listener.closed(1006, '');
    connection.resize({ cols: 90, rows: 20, claim: true });
    clock.advance(1000);
    server.link.welcome();
    expect(server.link.hello).toMatchObject({ cols: 90, rows: 20, claim: true });
    expect(server.link.heard[1]).toEqual({ type: 'visible', visible: false });
  });
});

describe('a session with a password', () => {
  it('is asked for, and joined when it is right', () => {
    const { server, connection } = page();
    connection.connect();
    server.link.listener.opened();
    server.link.say({ type: 'ask', tries: 3 });
    expect(connection.status).toMatchObject({ link: 'asked', password: { tries: 3, wasWrong: false } });
    connection.givePassword('wrong');
    expect(connection.status.link).toBe('connecting');
    server.link.say({ type: 'ask', tries: 2 });
    expect(connection.status).toMatchObject({ link: 'asked', password: { tries: 2, wasWrong: true } });
    connection.givePassword('right');
    server.link.say({ type: 'welcome', version: 2, role: 'writer', resumed: false, taken: 0 });
    expect(connection.status.link).toBe('joined');
    expect(server.link.heard.slice(1)).toEqual([
      { type: 'password', text: 'wrong' },
      { type: 'password', text: 'right' },
    ]);
  });

  it('is not asked for again when the link breaks, but when it has another password then', () => {
    const { server, clock, connection } = page();
    connection.connect();
    server.link.listener.opened();
    server.link.say({ type: 'ask', tries: 3 });
    connection.givePassword('right');
    server.link.say({ type: 'welcome', version: 2, role: 'writer', resumed: false, taken: 0 });
    server.link.listener.closed(1006, '');
    clock.advance(1000);
    server.link.listener.opened();
    server.link.say({ type: 'ask', tries: 3 });
    expect(server.link.heard.at(-1)).toEqual({ type: 'password', text: 'right' });
    expect(connection.status.link).toBe('connecting');
    server.link.say({ type: 'ask', tries: 2 });
    expect(connection.status).toMatchObject({ link: 'asked', password: { wasWrong: true } });
  });

  it('takes as long as the person does, for as long as the server gives signs of life', () => {
    const { server, clock, connection } = page();
    connection.connect();
    server.link.listener.opened();
    server.link.say({ type: 'wait' });
    expect(connection.status.link).toBe('awaiting-host');
    for (let n = 0; n < 10; n++) {
      clock.advance(20_000);
      server.link.say({ type: 'ping', stamp: n });
    }
    expect(connection.status.link).toBe('awaiting-host');
    clock.advance(SILENCE_MS);
    expect(connection.status.link).toBe('connecting');
  });

  it('is given only when it was asked for', () => {
    const { server, connection } = joined();
    connection.givePassword('x');
    expect(server.link.heard).toHaveLength(1);
  });
});

describe('a link that breaks', () => {
  it('is followed by others, with growing waits, until one is welcomed', () => {
    const { server, clock, connection } = joined();
    const waits: number[] = [];
    for (let n = 0; n < 6; n++) {
      server.link.listener.closed(1006, '');
      const { retryAtMs, link } = connection.status;
      expect(link).toBe('waiting');
      waits.push((retryAtMs ?? 0) - clock.now());
      clock.advance(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(new Set(waits).size).toBe(6);
    expect(server.links).toHaveLength(7);
    server.link.welcome();
    server.link.listener.closed(1006, '');
    expect((connection.status.retryAtMs ?? 0) - clock.now()).toBe(waits[0]);
  });

  it('is made up for at once when the person asks, the page is seen or the network returns', () => {
    for (const wake of ['tryNow', 'wake', 'backOnline'] as const) {
      const { server, connection } = joined();
      server.link.listener.closed(1006, '');
      connection[wake]();
      expect(server.links, wake).toHaveLength(2);
      connection.tryNow();
      expect(server.links, wake).toHaveLength(2);
    }
  });

  it('is not waited for longer than its welcome may take', () => {
    const { server, clock, connection } = page();
    connection.connect();
    clock.advance(15_000);
    expect(connection.status.link).toBe('waiting');
    clock.advance(1000);
    expect(server.links).toHaveLength(2);
    // The first comes to life too late.
    server.links[0]?.welcome();
    expect(connection.status.link).toBe('connecting');
  });

  it('is seen by its silence, and left alone until the next is welcomed: a goodbye would give up the seat', () => {
    const { server, clock, connection } = joined();
    clock.advance(SILENCE_MS - 10);
    server.link.say({ type: 'ping', stamp: 1 });
    clock.advance(SILENCE_MS - 10);
    expect(server.links).toHaveLength(1);
    clock.advance(20);
    expect(server.links).toHaveLength(2);
    expect(server.links[0]?.closed).toBe(false);
    server.link.welcome({ resumed: true });
    expect(server.links[0]?.closed).toBe(true);
    expect(connection.status.link).toBe('joined');
  });

  it('leaves few links hanging', () => {
    const { server, clock, connection } = page();
    connection.connect();
    for (let n = 0; n < 10; n++) clock.advance(40_000);
    const hanging = server.links.filter(({ closed }) => !closed);
    expect(server.links.length).toBeGreaterThan(6);
    expect(hanging.length).toBeLessThanOrEqual(4);
  });

  it('is replaced when the network comes back, unless something was heard just now', () => {
    const { server, clock, connection } = joined();
    connection.goneOffline();
    expect(connection.status.offline).toBe(true);
    connection.backOnline();
    expect(server.links).toHaveLength(1);
    clock.advance(2000);
    connection.backOnline();
    expect(server.links).toHaveLength(2);
  });

  it('is a broken one if it says what is no message', () => {
    const { server, connection } = joined();
    server.link.listener.message(Uint8Array.of(99));
    expect(connection.status.link).toBe('waiting');
  });
});

describe('the close codes', () => {
  it.each(Object.values(CLOSE_CODES))('$code $name: retry $retry', ({ code, name, retry, text }) => {
    const { server, connection } = page();
    connection.connect();
    server.link.listener.closed(code, '');
    expect(connection.status).toMatchObject({ link: retry ? 'waiting' : 'over', closing: { code, name, text } });
  });

  it('say more where the server does', () => {
    const { server, connection } = page();
    connection.connect();
    server.link.listener.closed(4410, 'This session was closed 5 minutes ago');
    expect(connection.status.closing?.text).toBe('This session was closed 5 minutes ago');
  });

  it('are not believed at once when a session seems to end that was just there: its server may have restarted', () => {
    const { server, clock, connection } = joined();
    server.link.listener.closed(1006, '');
    for (let n = 0; n < 40 && connection.status.link === 'waiting'; n++) {
      clock.advance((connection.status.retryAtMs ?? 0) - clock.now());
      server.link.listener.opened();
      server.link.listener.closed(4404, '');
    }
    expect(connection.status.link).toBe('over');
    expect(clock.monotonic()).toBeGreaterThan(60_000);
    expect(clock.monotonic()).toBeLessThan(130_000);
  });

  it('are believed of a session that has ended', () => {
    const { server, connection } = joined();
    server.link.say({ type: 'state', phase: 'ended', ms: 0, windowCols: 0, windowRows: 0 });
    server.link.listener.closed(4404, '');
    expect(connection.status.link).toBe('over');
  });

  it('end it, until the person joins again', () => {
    const { server, clock, connection } = joined();
    server.link.listener.closed(4000, '');
    expect(connection.type(bytes('x'))).toBe(false);
    connection.wake();
    connection.backOnline();
    clock.advance(600_000);
    expect(server.links).toHaveLength(1);
    connection.connect();
    server.link.welcome();
    expect(connection.status.link).toBe('joined');
  });
});

describe('what is typed', () => {
  it('goes out at once, and waits while there is no link', () => {
    const { server, clock, connection } = joined();
    expect(connection.type(bytes('a'))).toBe(true);
    expect(server.link.typed).toBe('a');
    server.link.say({ type: 'taken', number: 1 });
    expect(connection.status.unsentBytes).toBe(0);
    server.link.listener.closed(1006, '');
    connection.type(bytes('bc'));
    expect(connection.status.unsentBytes).toBe(2);
    clock.advance(1000);
    server.link.listener.opened();
    expect(server.link.hello.sent).toBe(1);
    expect(server.link.typed).toBe('');
    server.link.say({ type: 'welcome', version: 1, role: 'writer', resumed: true, taken: 1 });
    expect(server.link.typed).toBe('bc');
  });

  it('is refused whole when too much waits already', () => {
    const { connection, server } = joined();
    server.link.listener.closed(1006, '');
    expect(connection.type(new Uint8Array(MAX_UNACKNOWLEDGED_INPUT_BYTES))).toBe(true);
    expect(connection.type(bytes('x'))).toBe(false);
    expect(connection.status.unsentBytes).toBe(MAX_UNACKNOWLEDGED_INPUT_BYTES);
  });

  it('is neither lost nor doubled, wherever links break', () => {
    // One step: somebody types, messages arrive, an answer arrives, or the link breaks and the next is welcomed.
    const step = fc.oneof(
      fc.record({ do: fc.constant('type' as const), text: fc.string({ minLength: 1, maxLength: 5 }) }),
      fc.record({ do: fc.constant('arrive' as const), count: fc.nat({ max: 4 }) }),
      fc.record({ do: fc.constant('taken' as const) }),
      fc.record({ do: fc.constant('break' as const), silent: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { server, clock, connection } = joined();
        const seat = new FakeSeat();
        let arrived = 1; // The hello.
        let typed = '';
        const arrive = (count: number): void => {
          for (const message of server.link.heard.slice(arrived, arrived + count)) seat.take(message);
          arrived = Math.min(server.link.heard.length, arrived + count);
        };
        const reconnect = (silent: boolean): void => {
          // What was under way is lost with the link.
          if (silent) clock.advance(SILENCE_MS + 1);
          else server.link.listener.closed(1006, '');
          clock.advance(1000);
          server.link.welcome({ resumed: true, taken: seat.taken });
          arrived = 1;
        };
        for (const action of steps) {
          if (action.do === 'type') {
            connection.type(bytes(action.text));
            typed += action.text;
          } else if (action.do === 'arrive') arrive(action.count);
          else if (action.do === 'taken') server.link.say({ type: 'taken', number: seat.taken });
          else reconnect(action.silent);
        }
        reconnect(false);
        arrive(1000);
        expect(seat.text).toBe(typed);
      }),
    );
  });

  it('is not sent twice where nobody knows what had arrived', () => {
    const { server, clock, connection } = joined();
    connection.type(bytes('on its way'));
    server.link.listener.closed(1006, '');
    connection.type(bytes('never sent'));
    clock.advance(1000);
    server.link.listener.opened();
    const { sent } = server.link.hello;
    server.link.say({ type: 'welcome', version: 1, role: 'writer', resumed: false, taken: sent });
    expect(server.link.typed).toBe('never sent');
  });
});

describe('the end of a page', () => {
  it('says goodbye on all its links and starts nothing more', () => {
    const { server, clock, connection } = joined();
    clock.advance(SILENCE_MS + 1);
    connection.dispose();
    expect(server.links.map(({ closed }) => closed)).toEqual([true, true]);
    clock.advance(600_000);
    expect(server.links).toHaveLength(2);
  });

  it('draws for the link that is, and acknowledges nothing of the one before', () => {
    const { server, clock, drawn } = joined();
    server.link.say({ type: 'screen', bytes: bytes('old') });
    server.link.listener.closed(1006, '');
    // What a dead link still has to say is no news.
    server.link.listener.message(encodeServerMessage({ type: 'screen', bytes: bytes('late') }));
    clock.advance(1000);
    server.link.welcome();
    drawn[0]?.done();
    server.link.say({ type: 'screen', bytes: bytes('new') });
    expect(drawn.map(({ text, fresh }) => [text, fresh])).toEqual([
      ['old', true],
      ['new', true],
    ]);
    drawn[1]?.done();
    expect(server.link.heard.filter(({ type }) => type === 'ack')).toEqual([{ type: 'ack', bytes: 3 }]);
  });

  it('forgets its screen when it is locked, and what it knows, until the server opens it', () => {
    const { connection, server, drawn } = page();
    const last = (): Status => connection.status;
    connection.connect();
    server.link.welcome();
    server.link.say({ type: 'screen', bytes: bytes('a secret') });
    expect(connection.lock()).toBe(true);
    expect(server.link.heard.at(-1)).toEqual({ type: 'lock' });
    server.link.say({ type: 'locked', by: 'password', tries: 3, text: '' });
    expect(last().lock).toEqual({ by: 'password', tries: 3, said: '' });
    expect(drawn.at(-1)?.text).toBe('wiped');
    expect(connection.type(bytes('x'))).toBe(true);
    expect(server.link.typed).toBe('');
    connection.givePassword('guess');
    expect(server.link.heard.at(-1)).toEqual({ type: 'password', text: 'guess' });
    server.link.say({ type: 'locked', by: 'password', tries: 2, text: 'Wrong password, 2 more tries.' });
    expect(last().lock?.tries).toBe(2);
    expect(drawn.filter(({ text }) => text === 'wiped')).toHaveLength(1);
    server.link.say({ type: 'locked', by: 'no', tries: 0, text: '' });
    server.link.say({ type: 'screen', bytes: bytes('again') });
    expect(last().lock).toBeUndefined();
    expect(drawn.at(-1)).toMatchObject({ text: 'again', fresh: true });
    connection.type(bytes('y'));
    expect(server.link.typed).toBe('y');
  });

  it('stays locked when its seat was lost meanwhile', () => {
    const { connection, server } = page();
    const last = (): Status => connection.status;
    connection.connect();
    server.link.welcome();
    server.link.say({ type: 'locked', by: 'rejoin', tries: 3, text: '' });
    server.link.listener.closed(1006, '');
    connection.tryNow();
    server.link.welcome({ resumed: false });
    expect(last().lock?.by).toBe('rejoin');
    expect(server.link.heard.at(-1)).toEqual({ type: 'lock' });
    server.link.listener.closed(4004, '');
    expect(last()).toMatchObject({ link: 'over', lock: undefined });
  });
});
