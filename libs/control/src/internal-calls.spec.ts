import fc from 'fast-check';
import { expect, it } from 'vitest';
import { InternalCalls } from './internal-calls.js';

const NOW = 1_700_000_000_000;
const calls = new InternalCalls('0123456789abcdef');
const header = calls.sign('/internal/x', '{"a":1}', NOW);

it('knows its own calls, for a minute', () => {
  expect(calls.isGenuine(header, '/internal/x', '{"a":1}', NOW)).toBe(true);
  expect(calls.isGenuine(header, '/internal/x', '{"a":1}', NOW + 59_000)).toBe(true);
  expect(calls.isGenuine(header, '/internal/x', '{"a":1}', NOW - 59_000)).toBe(true);
  expect(calls.isGenuine(header, '/internal/x', '{"a":1}', NOW + 61_000)).toBe(false);
});

it('refuses another path, another body, another time, another secret', () => {
  expect(calls.isGenuine(header, '/internal/y', '{"a":1}', NOW)).toBe(false);
  expect(calls.isGenuine(header, '/internal/x', '{"a":2}', NOW)).toBe(false);
  expect(calls.isGenuine(header.replace(String(NOW), String(NOW + 1)), '/internal/x', '{"a":1}', NOW)).toBe(false);
  expect(new InternalCalls('fedcba9876543210').isGenuine(header, '/internal/x', '{"a":1}', NOW)).toBe(false);
});

it('believes a further secret, and signs with the first', () => {
  const [before, now] = ['0123456789abcdef', 'fedcba9876543210'];
  const changed = new InternalCalls(now, [before]);
  expect(changed.isGenuine(header, '/internal/x', '{"a":1}', NOW)).toBe(true);
  expect(calls.isGenuine(changed.sign('/', '', NOW), '/', '', NOW)).toBe(false);
  expect(new InternalCalls(now).isGenuine(changed.sign('/', '', NOW), '/', '', NOW)).toBe(true);
});

it('takes no made-up header, whatever it is', () => {
  fc.assert(fc.property(fc.string(), (text) => !calls.isGenuine(text, '/internal/x', '', NOW)));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (mac) => {
      return !calls.isGenuine(`${NOW}.${Buffer.from(mac).toString('base64url')}`, '/internal/x', '', NOW);
    }),
  );
});
