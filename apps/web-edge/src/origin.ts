/**
 * Whether a page of that origin may open a WebSocket here: only one that this server served, or the browser of somebody
 * who looks at another page would join on that page's behalf. What sends no origin is no browser.
 */
export function originAllowed(origin: string | undefined, host: string | undefined, webUrl: string): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const { protocol, host: from, origin: plain } = new URL(origin);
  if (plain === 'null') return false;
  if (plain === new URL(webUrl).origin) return true;
  // A proxy that ends TLS passes on the host and says http.
  return host !== undefined && URL.canParse(`${protocol}//${host}`) && new URL(`${protocol}//${host}`).host === from;
}
