import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Destination } from './destinations.js';

/** What a receiver said: its status, and where it sends us, if it does. */
export interface PostAnswer {
  readonly status: number;
  readonly location: string | undefined;
}

/** Headers of an answer, in bytes; nothing more of it is read. */
const MAX_HEADER_BYTES = 16 * 1024;

/**
 * Sends one POST to the checked addresses, on a new connection. Resolves with the status; the body is never read. Rejects if it
 * fails, or when `signal` aborts it.
 */
export async function post(
  { url, addresses }: Destination,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<PostAnswer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      lookup: pinned(addresses),
      agent: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      signal,
    });
    request.once('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
  response.on('error', () => undefined);
  response.destroy();
  return { status: response.statusCode ?? 0, location: response.headers.location };
}

/** A lookup that knows one answer. */
function pinned(addresses: Destination['addresses']): LookupFunction {
  return (_, options, callback) => {
    const [first] = addresses;
    if (first === undefined) callback(new Error('the name has no address'), '', 4);
    else if (options.all === true) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}
