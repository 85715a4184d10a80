/** Longer than each of the server's own checks may take. */
const PATIENCE_MS = 2000;

/**
 * Asks this machine's server whether it accepts connections, and returns the exit status: 0 if it does. `told` gets what it
 * lacks. It reads three variables itself: reading the whole configuration takes ten times as long, and this runs every few
 * seconds.
 */
export async function tellReady(
  env: Readonly<Record<string, string | undefined>>,
  told: { write(text: string): unknown },
): Promise<number> {
  const bind = env['SHIPMATE_BIND']?.trim() ?? '';
  const host = bind === '' || bind === '0.0.0.0' ? '127.0.0.1' : bind === '::' ? '::1' : bind;
  // Kubernetes may set the second to an address.
  const ports = [env['SHIPMATE_HTTP_PORT'], env['SHIPMATE_PORT']].map((port) => port?.trim() ?? '');
  const port = ports.find((given) => /^\d+$/.test(given)) ?? '8080';
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/readyz`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.ok) return 0;
    told.write(`${await response.text()}\n`);
  } catch (error) {
    told.write(`${url} does not answer: ${String(error instanceof Error ? (error.cause ?? error) : error)}\n`);
  }
  return 1;
}
