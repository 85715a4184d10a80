/** The longest that is looked at: a name of two parts of 50 characters, each of them escaped. */
const MAX_LENGTH = 400;

/**
 * The token or name after `prefix` in a request's target, as it was given; undefined if the target has no such part. A name's slash
 * may be escaped or not, and one slash at the end, as a browser's user may add it, does no harm. The text is a secret.
 */
export function joinKeyOf(target: string | undefined, prefix: string): string | undefined {
  const path = /^[^?#]*/.exec(target ?? '')?.[0] ?? '';
  if (!path.startsWith(prefix) || path.length > prefix.length + MAX_LENGTH) return undefined;
  const given = path.slice(prefix.length).replace(/\/$/, '');
  try {
    return decodeURIComponent(given) || undefined;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
