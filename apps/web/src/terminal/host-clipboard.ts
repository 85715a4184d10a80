/** Characters of base64 that a host may put on a mate's clipboard at once: 256 KiB of text. */
const MOST_CHARS = 350_000;

/**
 * The text of an OSC 52 sequence, without its `52;`, that sets the clipboard. Undefined for everything else: above all a query
 * for the clipboard's content, which no host gets, and text that is not base64 of UTF-8.
 */
export function clipboardText(data: string): string | undefined {
  const semicolon = data.indexOf(';');
  if (semicolon < 0 || data.length > MOST_CHARS) return undefined;
  const base64 = data.slice(semicolon + 1);
  if (base64 === '' || base64 === '?') return undefined;
  try {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined; // What is malformed is nobody's text.
  }
}
