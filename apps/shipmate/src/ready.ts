/** Longer than each of the server's own checks may take. */
const PATIENCE_MS = 2000;

/**
 * Asks this machine's server whether it accepts connections, and returns the exit status: 0 if it does. `told` gets what it
 * lacks. It reads two variables itself: reading the whole configuration takes ten times as long, and this runs every few
 * seconds.
 */
export async function tellReady(
  env: Readonly<Record<string, string | undefined>>,
  told: { write(text: string): unknown },
): Promise<number> {
  const bind = env['SHIPMATE_BIND']?.trim() ?? '';
  const host = bind === '' || bind === '0.0.0.0' ? '127.0.0.1' : bind === '::' ? '::1' : bind;
  const port = env['SHIPMATE_HTTP_PORT']?.trim() ?? '';
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port === '' ? '8080' : port}/readyz`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.ok) return 0;
    told.write(`${await response.text()}\n`);
  } catch (error) {
    told.write(`${url} does not answer: ${String(error instanceof Error ? (error.cause ?? error) : error)}\n`);
  }
  return 1;
}
