import { describe, expect, it } from 'vitest';
import { FIRST_LIMIT_BYTES, FakeClock, ShipmateError } from '#kernel';
import type { HelloMessage, ServerMessage } from '#web-protocol';
import { FakeSocket, listening } from './fake-socket.fixture.js';
import { HELLO_MS, MAX_UNSENT_BYTES, PageConnection, PING_MS } from './page-connection.js';

const HELLO: HelloMessage = {
  type: 'hello',
  version: 1,
  page: new Uint8Array(16),
  sent: 0,
  cols: 80,
  rows: 24,
  claim: false,
  trueColour: true,
  term: 'xterm-256color',
};
const WELCOME: ServerMessage = { type: 'welcome', version: 1, role: 'writer', resumed: false, taken: 0 };

function open({ welcome = true, onMessage = (): void => undefined } = {}) {
  const socket = new FakeSocket();
  const clock = new FakeClock();
  const { words, observer } = listening();
  const events: string[] = [];
  const connection = new PageConnection(1, '192.0.2.1', socket.socket, clock, observer);
  connection.listen({
    onHello: () => void events.push('hello'),
    onMessage: (message) => {
      events.push(message.type);
      onMessage();
    },
    onReady: () => void events.push('ready'),
    onClose: (ending) => void events.push(`close ${ending}`),
  });
  if (welcome) {
    socket.say(HELLO);
    connection.send(WELCOME);
    events.length = 0;
  }
  return { socket, clock, words, events, connection };
}

describe("a page's connection", () => {
  it('begins with a hello, and is closed when none comes in time', () => {
    const { socket, clock, events } = open({ welcome: false });
    clock.advance(HELLO_MS - 1);
    expect(socket.closedWith).toBeUndefined();
    clock.advance(1);
    expect(socket.closedWith?.code).toBe(4408);
    expect(events).toEqual(['close no-hello']);
  });

  it('waits for a person who is asked something, as long as the page lives', () => {
    const { socket, clock, events, connection } = open({ welcome: false });
    socket.say(HELLO);
    connection.send({ type: 'ask', tries: 3 });
    for (let n = 0; n < 5; n++) {
      clock.advance(PING_MS);
      const ping = socket.messages.findLast(({ type }) => type === 'ping');
      if (ping?.type === 'ping') socket.say({ type: 'pong', stamp: ping.stamp });
    }
    socket.say({ type: 'password', text: 'sesame' });
    expect(events).toEqual(['hello', 'password']);
    expect(socket.closedWith).toBeUndefined();
    socket.say({ type: 'input', number: 1, bytes: Uint8Array.of(1) });
    expect(socket.closedWith?.code).toBe(4400);
  });

  it('is closed, too, when a hello is never answered', () => {
    const { socket, clock, events } = open({ welcome: false });
    socket.say(HELLO);
    expect(events).toEqual(['hello']);
    clock.advance(HELLO_MS);
    expect(socket.closedWith?.code).toBe(4408);
  });

  it('passes messages on after the welcome only', () => {
    const early = open({ welcome: false });
    early.socket.say({ type: 'visible', visible: true });
    expect(early.socket.closedWith?.code).toBe(4400);
    const { socket, events } = open();
    socket.say({ type: 'input', number: 1, bytes: Uint8Array.of(97) });
    socket.say({ type: 'resize', cols: 80, rows: 24, claim: true });
    expect(events).toEqual(['input', 'resize']);
  });

  it('says why it closes, and nothing afterwards', () => {
    const { socket, events, connection, words } = open();
    socket.emit('message', Buffer.from('text'), false);
    expect(socket.closedWith).toEqual({ code: 1003, reason: 'Text was sent: this protocol is binary' });
    const sent = socket.sent.length;
    connection.send({ type: 'notice', text: 'too late' });
    connection.screen(Uint8Array.of(1));
    socket.say({ type: 'visible', visible: true });
    socket.emit('close', 1003);
    expect(socket.sent.length).toBe(sent);
    expect(events).toEqual(['close text']);
    expect(words.filter((word) => word.startsWith('disconnected'))).toEqual(['disconnected text']);
  });

  it('ends as bad input what its listener finds wrong, and as a fault what is one', () => {
    const bad = open({
      onMessage: () => {
        throw new ShipmateError('protocol', 'bad message: an input is missing');
      },
    });
    bad.socket.say({ type: 'visible', visible: true });
    expect(bad.socket.closedWith).toEqual({ code: 4400, reason: 'bad message: an input is missing' });
    const faulty = open({
      onMessage: () => {
        throw new Error('ours');
      },
    });
    faulty.socket.say({ type: 'visible', visible: true });
    expect(faulty.socket.closedWith?.code).toBe(4500);
    expect(faulty.words).toContain('failed Error: ours');
  });

  it.each([
    [1006, undefined, 'broken'],
    [1001, undefined, 'left'],
    [1000, undefined, 'left'],
    [1005, undefined, 'left'],
    [1006, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'too-large'],
    [1006, 'WS_ERR_INVALID_UTF8', 'bad-text'],
    [1006, 'WS_ERR_INVALID_OPCODE', 'bad-frame'],
    [1006, 'ECONNRESET', 'broken'],
  ])('knows how it ended: %i %s', (code, error, ending) => {
    const { socket, events } = open();
    if (error !== undefined) socket.emit('error', Object.assign(new Error(error), { code: error }));
    socket.emit('close', code);
    expect(events).toEqual([`close ${ending}`]);
  });
});

describe('the pulse', () => {
  it('is a ping well before a proxy would give up, and a round trip when it is answered', () => {
    const { socket, clock, words } = open();
    clock.advance(PING_MS);
    const ping = socket.messages.at(-1);
    expect(ping?.type).toBe('ping');
    clock.advance(30);
    if (ping?.type === 'ping') socket.say({ type: 'pong', stamp: ping.stamp });
    expect(words).toContain('rtt 0.03');
    for (let i = 0; i < 20; i++) {
      clock.advance(PING_MS);
      socket.say({ type: 'visible', visible: true });
    }
    expect(socket.closedWith).toBeUndefined();
  });

  it('stops, and the connection with it, when nothing is answered', () => {
    const { socket, clock, events } = open();
    clock.advance(3 * PING_MS);
    expect(socket.closedWith).toBeUndefined();
    clock.advance(PING_MS);
    expect(socket.closedWith?.code).toBe(4504);
    expect(socket.terminated).toBe(true);
    expect(events).toEqual(['close silent']);
  });

  it('believes no pong that answers nothing', () => {
    const { socket, words } = open();
    socket.say({ type: 'pong', stamp: 0xffff0000 });
    expect(words.some((word) => word.startsWith('rtt'))).toBe(false);
    expect(socket.closedWith).toBeUndefined();
  });
});

describe('screens', () => {
  const kilobytes = (count: number): Uint8Array => new Uint8Array(count * 1024);

  it('wait for a page that has not drawn what it got', () => {
    const { socket, connection, events } = open();
    expect(connection.ready).toBe(true);
    connection.screen(kilobytes(3));
    expect(connection.ready).toBe(true);
    connection.screen(kilobytes(3));
    expect(connection.ready).toBe(false);
    socket.say({ type: 'ack', bytes: 1024 });
    expect(connection.ready).toBe(false);
    socket.say({ type: 'ack', bytes: 3 * 1024 });
    expect(connection.ready).toBe(true);
    expect(events).toEqual(['ready']);
  });

  it('wait less for a page that draws at once', () => {
    const { socket, connection } = open();
    let sent = 0;
    for (let n = 0; n < 8; n++) {
      connection.screen(kilobytes(40));
      socket.say({ type: 'ack', bytes: (sent += 40 * 1024) });
    }
    connection.screen(kilobytes(40));
    expect(connection.ready).toBe(true);
    connection.screen(kilobytes(40));
    expect(connection.ready).toBe(false);
  });

  it('wait for a network that takes no more', () => {
    const { socket, connection, events } = open();
    socket.bufferedAmount = MAX_UNSENT_BYTES + 1;
    connection.screen(kilobytes(1));
    expect(connection.ready).toBe(false);
    socket.flush();
    expect(connection.ready).toBe(true);
    expect(events).toEqual(['ready']);
  });

  it('are sent however large one is, alone', () => {
    const { socket, connection } = open();
    connection.screen(kilobytes(4000));
    expect(connection.ready).toBe(false);
    socket.say({ type: 'ack', bytes: 4000 * 1024 - FIRST_LIMIT_BYTES });
    expect(connection.ready).toBe(true);
  });

  it('cannot be acknowledged before they were sent', () => {
    const { socket, connection } = open();
    connection.screen(kilobytes(1));
    socket.say({ type: 'ack', bytes: 1025 });
    expect(socket.closedWith?.code).toBe(4400);
  });

  it('that many pages share are encoded once', () => {
    const frame = kilobytes(1);
    const [one, other] = [open(), open()];
    one.connection.screen(frame);
    other.connection.screen(frame);
    expect(one.socket.sent.at(-1)).toBe(other.socket.sent.at(-1));
    expect(one.socket.messages.at(-1)).toEqual({ type: 'screen', bytes: frame });
  });

  it('of a page that reads nothing at all are bounded: it is cut off', () => {
    const { socket, connection, events } = open();
    socket.bufferedAmount = 2 * 1024 * 1024;
    connection.send({ type: 'notice', text: 'one more' });
    expect(events).toEqual(['close silent']);
  });
});
