import { ShipmateError } from '#kernel';

/** Where a server listens. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** What a Redis URL says. */
export interface RedisAddress {
  readonly kind: 'standalone' | 'sentinel' | 'cluster';
  /** The server; or the sentinels; or those nodes of a Cluster that are asked for the others. */
  readonly hosts: readonly HostPort[];
  /** The name by which sentinels know the master; empty without them. */
  readonly master: string;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  /** How to log in to the sentinels, which have their own users. */
  readonly sentinelUsername: string | undefined;
  readonly sentinelPassword: string | undefined;
  /** A file with the certificates (PEM) that the server's must come from; undefined: those that Node knows. */
  readonly caFile: string | undefined;
}

const SYNTAX = /^(rediss?)(\+sentinel)?:\/\/(?:([^@/?]*)@)?([^@/?]*)(?:\/([^?]*))?(?:\?(.*))?$/;
const PARAMETERS = new Set(['ca', 'sentinelUsername', 'sentinelPassword']);

/** A fault of a URL; never with a piece of it, which may be the password. */
const fault = (what: string): ShipmateError => new ShipmateError('config', `the Redis URL is wrong: ${what}`);

/**
 * Reads `redis://[user:password@]host[:port][/db]`, the same with `rediss://` for TLS, with several hosts for a Cluster,
 * and `redis+sentinel://[user:password@]host[:port],…/master[/db]`. Parameters: `ca` (a PEM file), `sentinelUsername`,
 * `sentinelPassword`. User, password and parameters are percent-encoded. Throws `config` for anything else.
 */
export function parseRedisUrl(url: string, cluster = false): RedisAddress {
  const match = SYNTAX.exec(url.trim());
  if (match === null) throw fault('it must be redis://, rediss:// or redis+sentinel:// with a host');
  const [, scheme, sentinel, user, hosts = '', path = '', query = ''] = match;
  if (sentinel !== undefined && cluster) throw fault('a Cluster has no sentinels');
  const kind = sentinel !== undefined ? 'sentinel' : cluster ? 'cluster' : 'standalone';
  const segments = path === '' ? [] : path.split('/').map(decode);
  const master = kind === 'sentinel' ? (segments.shift() ?? '') : '';
  if (kind === 'sentinel' && master === '') throw fault("the master's name is missing after the sentinels");
  const db = readDb(segments);
  if (kind === 'cluster' && db !== 0) throw fault('a Cluster has only database 0');
  const servers = hosts.split(',').map((text) => readHost(text, kind === 'sentinel' ? 26_379 : 6_379));
  if (kind === 'standalone' && servers.length > 1) throw fault('only a Cluster or sentinels can have several hosts');
  const parameters = readParameters(query);
  return {
    kind,
    hosts: servers,
    master,
    tls: scheme === 'rediss',
    ...readUser(user),
    db,
    sentinelUsername: parameters.get('sentinelUsername'),
    sentinelPassword: parameters.get('sentinelPassword'),
    caFile: parameters.get('ca'),
  };
}

/** `host:port`, as it may be shown. */
export function showHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The other way round; for what a Cluster says of its nodes, where the last colon is before the port. */
export function readHostPort(text: string): HostPort {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

function readHost(text: string, defaultPort: number): HostPort {
  const [, v6, name, port] = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
  const host = v6 ?? name;
  const number = port === undefined ? defaultPort : Number(port);
  if (host === undefined || number < 1 || number > 65_535) throw fault('a host is not host or host:port');
  return { host, port: number };
}

function readUser(text: string | undefined): { username: string | undefined; password: string | undefined } {
  if (text === undefined || text === '') return { username: undefined, password: undefined };
  const colon = text.indexOf(':');
  if (colon < 0) throw fault('a user needs a password (user:password@, or :password@)');
  const username = decode(text.slice(0, colon));
  return { username: username === '' ? undefined : username, password: decode(text.slice(colon + 1)) };
}

function readDb(segments: readonly string[]): number {
  const [db = '', ...rest] = segments;
  if (rest.length > 0 || !/^\d{0,6}$/.test(db)) throw fault('its path must be the number of a database');
  return Number(db);
}

function readParameters(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const part of query === '' ? [] : query.split('&')) {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    if (!PARAMETERS.has(name)) throw fault(`its parameters may be ${[...PARAMETERS].join(', ')}`);
    parameters.set(name, decode(part.slice(equals + 1)));
  }
  return parameters;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new ShipmateError('config', 'the Redis URL is wrong: a % is not followed by two hex digits', {
      cause: error instanceof URIError ? undefined : error,
    });
  }
}
