import type { Link, LinkListener, OpenLink } from './link.js';

/** Links by WebSocket to `url`, which holds the session's token: it is put into no text. */
export function webSocketLinks(url: string): OpenLink {
  return (listener) => open(url, listener);
}

function open(url: string, listener: LinkListener): Link {
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('open', () => listener.opened());
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    // The server never sends text; one that does speaks something else.
    if (data instanceof ArrayBuffer) listener.message(new Uint8Array(data));
    else listener.message(new Uint8Array());
  });
  socket.addEventListener('close', ({ code, reason }) => listener.closed(code, reason));
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    close: () => socket.close(1000),
  };
}
