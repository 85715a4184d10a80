import type { Dice } from '#testing';
import { attack, bytesOf, Violation, type Attack } from './attack.js';
import { damaged, oddNumber, oddText, several } from './odd.js';
import { Wire } from './wire.js';

/** An operation of the API, as its OpenAPI describes it. */
export interface Operation {
  readonly method: string;
  /** With names in braces. */
  readonly path: string;
  readonly query: readonly string[];
  /** Names of the body's fields; empty where it takes none. */
  readonly fields: readonly string[];
}

interface Setup {
  readonly edge: number;
}

type Step = { readonly do: 'send'; readonly bytes: string } | { readonly do: 'wait' } | { readonly do: 'end' };

const PATHS = [
  '/',
  '/tmate.conf',
  '/t/x',
  '/t/user/name',
  '/ws/session/x',
  '/ssh',
  '/api/t/x',
  '/healthz',
  '/readyz',
  '/metrics',
  '/favicon.ico',
  '/assets/x',
  '/v1/sessions',
  '/v1/openapi.json',
];
const METHODS = [
  'GET',
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PRI',
  'get',
  '',
];
const HEADERS = [
  'Host: x',
  'Host: 127.0.0.1',
  'Connection: close',
  'Connection: upgrade',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  'Sec-WebSocket-Key: x',
  'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99',
  'Origin: http://evil.example',
  'Origin: null',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 99999999999',
  'Content-Type: application/json',
  'Content-Type: text/html; charset=\u00ff',
  'Content-Encoding: gzip',
  'Accept-Encoding: br;q=x, gzip;q=2',
  'If-None-Match: *',
  'Range: bytes=0-1,5-2,-999999999999',
  'Expect: 100-continue',
  'X-Forwarded-For: 127.0.0.1',
  'X-Forwarded-For: 999.1.1.1, [::1], unknown, , \u0001',
  'Forwarded: for="[::1]:x";proto=https;for=',
  'X-Forwarded-Proto: https',
  'Authorization: Basic Og==',
  'Cookie: a=b; '.repeat(40),
  'traceparent: 00-zz-zz-zz',
];
const VALUES = [
  'ada',
  'site',
  '1-0',
  'nobody',
  '00000000-0000-4000-8000-000000000000',
  '%00',
  '%zz',
  '..',
  '%2e%2e%2f',
  '10.0.0.0/99',
  '::/0',
  '\u00ff',
];
/** Put in place of the API key when the case is played: cases hold no secrets. */
const KEY = 'THE-API-KEY';

const header = (dice: Dice): string =>
  dice.weighted<() => string>([
    [12, () => dice.pick(HEADERS)],
    [1, () => `X-${dice.roll(99)}: ${oddText(dice, 20_000)}`],
    [1, () => oddText(dice, 300)],
  ])();

function request(method: string, path: string, headers: readonly string[], body: string): string {
  return `${method} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
}

const json = (dice: Dice, fields: readonly string[], depth = 2): string => {
  const one = (): string =>
    dice.weighted<() => string>([
      [4, () => JSON.stringify(dice.pick(VALUES))],
      [2, () => `${oddNumber(dice)}`],
      [1, () => JSON.stringify(oddText(dice, 5000))],
      [1, () => dice.pick(['null', 'true', '[]', '{}', '1e999', '-0', '"\\ud800"', '{"__proto__":{"a":1}}'])],
      [depth > 0 ? 1 : 0, () => `[${several(dice, 4, () => json(dice, fields, depth - 1)).join(',')}]`],
    ])();
  return `{${fields
    .filter(() => !dice.oneIn(4))
    .map((name) => `${JSON.stringify(name)}:${one()}`)
    .join(',')}}`;
};

/** An API call as its description has it, with values that nearly fit. */
function apiCall(dice: Dice, operations: readonly Operation[]): string {
  const { method, path, query, fields } = dice.pick(operations);
  const value = (): string => (dice.oneIn(6) ? encodeURIComponent(oddText(dice, 300)) : dice.pick(VALUES));
  const search = query.filter(() => dice.oneIn(2)).map((name) => `${name}=${value()}`);
  const at = path.replaceAll(/\{\w+\}/g, value) + (search.length > 0 ? `?${search.join('&')}` : '');
  const plain = dice.oneIn(5) ? oddText(dice, 5000) : json(dice, fields);
  const body =
    fields.length === 0 && !dice.oneIn(9)
      ? ''
      : dice.oneIn(15)
        ? '['.repeat(dice.roll(50_000))
        : dice.oneIn(8)
          ? damaged(dice, plain)
          : plain;
  const token = dice.oneIn(6) ? oddText(dice, 60) : KEY;
  const headers = ['Host: 127.0.0.1', `Authorization: Bearer ${token}`];
  if (body !== '')
    headers.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body, 'latin1')}`);
  if (dice.oneIn(5)) headers.push(header(dice));
  return request(method, at, headers, body);
}

function anyRequest(dice: Dice): string {
  const target = dice.pick<() => string>([
    () => dice.pick(PATHS),
    () => dice.pick(PATHS) + (dice.oneIn(2) ? `?${oddText(dice, 500)}` : `/${oddText(dice, 500)}`),
    () => `http://x${dice.pick(PATHS)}`,
    () => `//${dice.pick(PATHS)}`,
    () => dice.pick(PATHS).toUpperCase(),
    () => dice.pick(['*', '', '/%', '/../../etc/passwd', '/t/%2e%2e/%2e%2e', '/\u00ff', '/ws/session/%ff%fe']),
  ])();
  const body = dice.oneIn(3)
    ? dice.pick(['5\r\nhello\r\n0\r\n\r\n', 'ffffffffffffffff\r\nx', '-1\r\n\r\n', oddText(dice)])
    : '';
  return request(
    dice.pick(METHODS),
    target,
    several(dice, 8, () => header(dice)),
    body,
  );
}

/** HTTP as bytes, and the API by its own description. `operations` are those of the server that is attacked. */
export function httpCalls(operations: readonly Operation[]): Attack {
  return attack<Setup, Step>({
    name: 'http',
    weight: 5,
    make: (dice) => {
      const step = (): Step =>
        dice.weighted<() => Step>([
          [6, () => ({ do: 'send', bytes: apiCall(dice, operations) })],
          [4, () => ({ do: 'send', bytes: anyRequest(dice) })],
          [2, () => ({ do: 'send', bytes: damaged(dice, anyRequest(dice)) })],
          [5, () => ({ do: 'wait' })],
          [1, () => ({ do: 'end' })],
        ])();
      return { setup: { edge: dice.roll(2) }, steps: several(dice, 8, step) };
    },
    async play({ edge }, steps, scene) {
      const { edges, apiKey } = scene.target;
      let wire = await Wire.open(scene, edges[edge % edges.length]?.http ?? 0);
      for (const step of steps) {
        if (wire === undefined) return;
        if (step.do === 'wait') await wire.answer();
        else if (step.do === 'end') wire.socket.end();
        else {
          if (wire.closed) {
            check(wire);
            wire = await Wire.open(scene, edges[edge % edges.length]?.http ?? 0);
          }
          wire?.send(bytesOf(step.bytes.replaceAll(KEY, apiKey)));
        }
      }
      if (wire === undefined) return;
      await wire.rest();
      check(wire);
    },
  });
}

/** 503 is documented, for what cannot be had now; 501 and 505 are answers to requests that are no HTTP of ours. */
function check(wire: Wire): void {
  const bad = /^HTTP\/1\.1 (500|502|504)[^\r\n]*/m.exec(wire.said);
  if (bad !== null) throw new Violation(`HTTP was answered with ${bad[0]}`);
}
