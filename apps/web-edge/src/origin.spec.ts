import { describe, expect, it } from 'vitest';
import { originAllowed } from './origin.js';

const WEB = 'https://share.example.org';

describe('originAllowed', () => {
  it.each([
    ['no origin: no browser', undefined, 'share.example.org', true],
    ['the public address', 'https://share.example.org', 'web-edge:8080', true],
    ['with its port spelt out', 'https://share.example.org:443', 'web-edge:8080', true],
    ['the host that was asked', 'http://127.0.0.1:8080', '127.0.0.1:8080', true],
    ['in another case', 'http://LOCALHOST:8080', 'localhost:8080', true],
    ['the host behind a proxy that ends TLS', 'https://mate.example.net', 'mate.example.net', true],
    ['another page', 'https://evil.example', 'share.example.org', false],
    ['another port', 'http://127.0.0.1:9090', '127.0.0.1:8080', false],
    ['the public name over http', 'http://share.example.org', 'web-edge:8080', false],
    ['a sandboxed page', 'null', 'share.example.org', false],
    ['a name that begins alike', 'https://share.example.org.evil.example', 'share.example.org', false],
    ['an extension', 'chrome-extension://abcdef', 'share.example.org', false],
    ['no URL', 'share.example.org', 'share.example.org', false],
    ['no host', 'http://127.0.0.1:8080', undefined, false],
  ])('%s', (_what, origin, host, allowed) => {
    expect(originAllowed(origin, host, WEB)).toBe(allowed);
  });
});
