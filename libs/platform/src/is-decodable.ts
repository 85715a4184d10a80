/** Whether all escapes of an address, or of a part of one, are well formed: `/t/%` has one that is not. */
export function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch (error) {
    if (error instanceof URIError) return false;
    throw error;
  }
}
