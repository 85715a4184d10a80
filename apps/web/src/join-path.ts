/** Where a page was opened, and what it joins. */
export interface JoinPath {
  /** The address of the session's WebSocket. */
  readonly socketUrl: string;
  /** The token or name, for being kept out of what is shown. A secret. */
  readonly token: string;
}

const PAGE = /^\/t\/(.+)$/;

/** What the page at `url` joins; undefined where the address names no session. A name's slash stays as it is. */
export function joinPath(url: URL): JoinPath | undefined {
  const token = PAGE.exec(url.pathname)?.[1]?.replace(/\/+$/, '');
  if (token === undefined || token === '') return undefined;
  const socket = new URL(`/ws/session/${token}`, url);
  socket.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  socket.username = socket.password = '';
  return { socketUrl: socket.href, token };
}

/** `text` without the token, should a host's title have it. */
export function withoutToken(text: string, token: string): string {
  return text.replaceAll(token, '…');
}
