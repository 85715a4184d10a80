import { createServer } from 'node:net';

// Below the range that Linux gives to outgoing connections (32768 up), so that no connection of another test takes the
// port between our look and the server's bind. Two test workers rarely draw the same number.
const LOWEST = 15_000;
const HIGHEST = 32_000;

const given = new Set<number>();

/** A TCP port of 127.0.0.1 that nothing listens on, and that this process has not been given before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (given.has(port)) continue;
    if (await canListen(port)) {
      given.add(port);
      return port;
    }
  }
  throw new Error(`no free TCP port found between ${LOWEST} and ${HIGHEST}`);
}

async function canListen(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
