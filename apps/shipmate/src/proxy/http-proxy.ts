import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { AddressRanges } from '#address';
import { connectionFault, ProxyFault, ProxyStatus } from './proxy-fault.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy that the environment has for `target`, as curl reads it; undefined: none. @throws ProxyFault if it cannot be used */
export function proxyFor(target: URL, env: Environment): URL | undefined {
  const get = (name: string): string => env[name] ?? env[name.toUpperCase()] ?? '';
  if (isExempt(hostOf(target), portOf(target), get('no_proxy'))) return undefined;
  const text = (get(target.protocol === 'wss:' ? 'https_proxy' : 'http_proxy') || get('all_proxy')).trim();
  if (text === '') return undefined;
  const whole = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new ProxyFault(
    ProxyStatus.usage,
    'The proxy in the environment (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY) must be a URL that begins with http:// or https://.',
  );
}

/** The host of an address, an IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replaceAll(/^\[|\]$/g, '');

/** The port of an address. */
export const portOf = ({ port, protocol }: URL): number =>
  port === '' ? (protocol === 'wss:' || protocol === 'https:' ? 443 : 80) : Number(port);

/** Whether NO_PROXY names the host: itself, a domain that it is in, a range of addresses, each with or without a port, or `*`. */
function isExempt(host: string, port: number, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((item) => {
      if (item === '' || item === '*') return item === '*';
      if (item.includes('/')) return isIP(host) !== 0 && isInRange(host, item);
      const [, name = '', itemPort = ''] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(isIP(item) === 6 ? `[${item}]` : item) ?? [];
      if (itemPort !== '' && Number(itemPort) !== port) return false;
      const domain = name.replace(/^\*?\./, '');
      return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
    });
}

function isInRange(host: string, range: string): boolean {
  try {
    return new AddressRanges([range]).has(host);
  } catch {
    return false;
  }
}

/**
 * Has an HTTP proxy connect to `target` (RFC 9110 9.3.6).
 *
 * @throws ProxyFault with what the proxy has against it
 */
export async function openTunnel(proxy: URL, target: URL, trusted: string[], signal: AbortSignal): Promise<Socket> {
  const place = `${target.hostname}:${portOf(target)}`;
  const what = `The proxy ${proxy.host}`;
  const headers = { host: place, ...credentials(proxy, 'proxy-authorization') };
  const options = { host: hostOf(proxy), port: portOf(proxy), method: 'CONNECT', path: place, headers, agent: false };
  const request =
    proxy.protocol === 'https:'
      ? httpsRequest({ ...options, ca: trusted, signal })
      : httpRequest({ ...options, signal });
  return await new Promise((resolve, reject) => {
    request.once('connect', ({ statusCode = 0 }: IncomingMessage, socket: Socket, head: Buffer) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      } else {
        socket.destroy();
        reject(tunnelFault(what, place, statusCode, proxy.username !== ''));
      }
    });
    // What is no answer to CONNECT.
    request.once('response', (response) => {
      response.destroy();
      reject(tunnelFault(what, place, response.statusCode ?? 0, proxy.username !== ''));
    });
    request.once('error', (error) => reject(connectionFault(what, error)));
    request.end();
  });
}

/** What shows the user and the password of an address, if it has any. */
export function credentials({ username, password }: URL, header: string): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { [header]: `Basic ${Buffer.from(text).toString('base64')}` };
}

function tunnelFault(what: string, place: string, status: number, hasUser: boolean): ProxyFault {
  const fault = (exit: number, text: string): ProxyFault => new ProxyFault(exit, `${what} ${text} (HTTP ${status}).`);
  switch (status) {
    case 407:
      return fault(
        ProxyStatus.notAllowed,
        hasUser
          ? 'does not accept the user and password in HTTPS_PROXY, or requires another method than Basic'
          : 'asks for a password: set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT',
      );
    case 403:
    case 405:
      return fault(ProxyStatus.notAllowed, `does not allow connections to ${place}`);
    case 502:
    case 503:
    case 504:
      return fault(ProxyStatus.unavailable, `cannot reach ${place}`);
    default:
      return fault(ProxyStatus.unavailable, `does not connect to ${place}`);
  }
}
