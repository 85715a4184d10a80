import * as fc from 'fast-check';
import { MAX_LISTED, MAX_SIDE, PAGE_ID_BYTES, WEB_PROTOCOL_VERSION } from './message-limits.js';
import type { ClientMessage } from './client-messages.js';
import type { ServerMessage } from './server-messages.js';

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const side = fc.integer({ min: 1, max: MAX_SIDE });
const role = fc.constantFrom('writer' as const, 'reader' as const);
const term = fc.constantFrom('xterm-256color', 'screen.xterm-256color', 'vt100', 'st-0.9_x+y');

/** Any message that a page may send. */
export const clientMessage: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record({
    type: fc.constant('hello' as const),
    version: fc.integer({ min: 1, max: WEB_PROTOCOL_VERSION }),
    page: fc.uint8Array({ minLength: PAGE_ID_BYTES, maxLength: PAGE_ID_BYTES }),
    sent: u32,
    cols: side,
    rows: side,
    claim: fc.boolean(),
    trueColour: fc.boolean(),
    term,
  }),
  fc.record({
    type: fc.constant('input' as const),
    number: fc.integer({ min: 1, max: 0xffffffff }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  }),
  fc.record({ type: fc.constant('resize' as const), cols: side, rows: side, claim: fc.boolean() }),
  fc.record({ type: fc.constant('ack' as const), bytes: u32 }),
  fc.record({ type: fc.constant('pong' as const), stamp: u32 }),
  fc.record({ type: fc.constant('visible' as const), visible: fc.boolean() }),
  fc.record({ type: fc.constant('lock' as const) }),
  fc.record({ type: fc.constant('password' as const), text: fc.string({ unit: 'grapheme', maxLength: 30 }) }),
);

const person = fc.record({ role, transport: fc.constantFrom('ssh' as const, 'web' as const) });

const people = fc.array(person, { maxLength: MAX_LISTED }).chain((listed) =>
  fc.record({
    type: fc.constant('people' as const),
    listed: fc.constant(listed),
    count: fc.integer({ min: listed.length, max: 0xffff }),
    self: listed.length === 0 ? fc.constant(undefined) : fc.option(fc.nat(listed.length - 1), { nil: undefined }),
  }),
);

/** Any message that the server may send. */
export const serverMessage: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.record({
    type: fc.constant('welcome' as const),
    version: fc.constant(WEB_PROTOCOL_VERSION),
    role,
    resumed: fc.boolean(),
    taken: u32,
  }),
  fc.record({ type: fc.constant('screen' as const), bytes: fc.uint8Array({ maxLength: 3000 }) }),
  fc.record({ type: fc.constant('size' as const), cols: side, rows: side }),
  fc.record({
    type: fc.constant('state' as const),
    phase: fc.constantFrom('live' as const, 'reconnecting' as const, 'ended' as const),
    ms: u32,
    windowCols: u16,
    windowRows: u16,
  }),
  people,
  fc.record({ type: fc.constant('notice' as const), text: fc.string({ unit: 'grapheme', maxLength: 60 }) }),
  fc.record({ type: fc.constant('taken' as const), number: u32 }),
  fc.record({ type: fc.constant('ping' as const), stamp: u32 }),
  fc.record({ type: fc.constant('ask' as const), tries: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ type: fc.constant('wait' as const) }),
  fc.record({
    type: fc.constant('locked' as const),
    by: fc.constantFrom('no' as const, 'password' as const, 'sign-in' as const, 'rejoin' as const),
    tries: fc.integer({ min: 0, max: 255 }),
    text: fc.string({ unit: 'grapheme', maxLength: 60 }),
  }),
  fc.record({ type: fc.constant('locks' as const), locked: fc.array(fc.boolean(), { maxLength: MAX_LISTED }) }),
  fc.record({
    type: fc.constant('names' as const),
    names: fc.array(fc.option(fc.string({ minLength: 1, maxLength: 32 }), { nil: undefined }), { maxLength: 64 }),
  }),
);
