import { describe, expect, it } from 'vitest';
import { credentials, proxyFor } from './http-proxy.js';

const target = new URL('wss://shipmate.example.com/ssh');
const chosen = (env: Record<string, string>, url = target): string | undefined => proxyFor(url, env)?.href;

describe('the proxy of the environment', () => {
  it.each<[Record<string, string>, string | undefined]>([
    [{}, undefined],
    [{ HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128/'],
    [{ HTTPS_PROXY: 'proxy:3128' }, 'http://proxy:3128/'],
    [{ https_proxy: 'https://small', HTTPS_PROXY: 'http://large' }, 'https://small/'],
    [{ HTTP_PROXY: 'http://proxy' }, undefined],
    [{ ALL_PROXY: 'http://all' }, 'http://all/'],
    [{ HTTPS_PROXY: ' ', ALL_PROXY: '' }, undefined],
  ])('%j', (env, wanted) => expect(chosen(env)).toBe(wanted));

  it('is another one in the clear', () => {
    const url = new URL('ws://shipmate.example.com/ssh');
    expect(chosen({ HTTPS_PROXY: 'http://secure', HTTP_PROXY: 'http://clear' }, url)).toBe('http://clear/');
  });

  it.each<[string, string, boolean]>([
    ['*', 'shipmate.example.com', true],
    ['shipmate.example.com', 'shipmate.example.com', true],
    ['example.com', 'shipmate.example.com', true],
    ['.example.com', 'shipmate.example.com', true],
    ['*.example.com', 'shipmate.example.com', true],
    ['ample.com', 'shipmate.example.com', false],
    ['localhost, Example.COM', 'shipmate.example.com', true],
    ['example.com:443', 'shipmate.example.com', true],
    ['example.com:80', 'shipmate.example.com', false],
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['1.2.3', '9.1.2.3', false],
    ['nonsense/99', '9.1.2.3', false],
    ['[2001:db8::1]', '[2001:db8::1]', true],
    ['2001:db8::1', '[2001:db8::1]', true],
    ['2001:db8::/32', '[2001:db8::1]', true],
    ['', 'shipmate.example.com', false],
  ])('NO_PROXY=%s for %s', (list, host, exempt) => {
    const url = new URL(`wss://${host}/ssh`);
    expect(chosen({ HTTPS_PROXY: 'http://proxy', NO_PROXY: list }, url)).toBe(exempt ? undefined : 'http://proxy/');
  });

  it('is shown its user and password as they were before they were escaped', () => {
    expect(credentials(new URL('http://proxy'), 'x')).toEqual({});
    const { x = '' } = credentials(new URL('http://ada:p%40ss%3Aword@proxy'), 'x');
    expect(Buffer.from(x.replace('Basic ', ''), 'base64').toString()).toBe('ada:p@ss:word');
  });
});
