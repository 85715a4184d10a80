/** How `shipmate proxy` ends: the `ExitStatus` of all commands, without loading the platform. */
export const ProxyStatus = {
  done: 0,
  usage: 64,
  unavailable: 69,
  notAllowed: 77,
} as const;

/** Why there is no connection, as one sentence for the one who wanted it; no secret is in it. */
export class ProxyFault extends Error {
  constructor(
    readonly status: number,
    text: string,
    options?: ErrorOptions,
  ) {
    super(text, options);
  }
}

/** As a user may see it: without a password, and without what may be one. */
export const shown = ({ protocol, host, pathname }: URL): string => `${protocol}//${host}${pathname}`;

/** What stands in the way of a connection to `what`, by the error's code. */
export function connectionFault(what: string, error: unknown): ProxyFault {
  const code = codeOf(error);
  return new ProxyFault(ProxyStatus.unavailable, `${sentence(what, code)} (${code}).`, { cause: error });
}

function codeOf(error: unknown): string {
  // Where a name has several addresses, all of them were tried.
  const one = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const { code, message } = one as NodeJS.ErrnoException;
  return code ?? message.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 80);
}

function sentence(what: string, code: string): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name of ${what} has no address: check the spelling, and the network`;
    case 'ECONNREFUSED':
      return `${what} refuses connections: check the address, and whether the server runs`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `${what} closed the connection before it answered`;
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `${what} does not speak TLS: try ws:// instead of wss://`;
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return `The certificate of ${what} has expired, or is not valid yet`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The certificate of ${what} is for another name`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `The certificate of ${what} is not from a trusted CA: name its CA with --ca FILE`;
    default:
      return `${what} cannot be reached`;
  }
}

/** What an answer over HTTP means that is no WebSocket. */
export function statusFault(what: string, status: number): ProxyFault {
  const [exit, text] = STATUS_TEXTS.get(status) ?? [ProxyStatus.unavailable, 'does not open a WebSocket'];
  return new ProxyFault(exit, `${what} ${text} (HTTP ${status}).`);
}

const STATUS_TEXTS: ReadonlyMap<number, readonly [exit: number, text: string]> = new Map([
  [301, [ProxyStatus.unavailable, 'has moved: use the new address']],
  [302, [ProxyStatus.unavailable, 'redirects to another address, such as a sign-in page: use the address behind it']],
  [308, [ProxyStatus.unavailable, 'has moved: use the new address']],
  [401, [ProxyStatus.notAllowed, 'asks for a password: write it as wss://USER:PASSWORD@HOST/ssh']],
  [403, [ProxyStatus.notAllowed, 'does not let this address in']],
  [404, [ProxyStatus.unavailable, 'does not accept ssh at this path: it is usually /ssh']],
  [407, [ProxyStatus.notAllowed, 'is behind a proxy that asks for a password: set HTTPS_PROXY']],
  [426, [ProxyStatus.unavailable, 'was not asked for a WebSocket: a proxy on the way does not forward them']],
  [429, [ProxyStatus.unavailable, 'receives too many requests: wait a moment']],
  [502, [ProxyStatus.unavailable, 'cannot reach its server']],
  [503, [ProxyStatus.unavailable, 'cannot take connections now']],
  [504, [ProxyStatus.unavailable, 'cannot reach its server']],
]);
