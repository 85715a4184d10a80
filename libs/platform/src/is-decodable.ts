/** Whether all escapes of an address, or of a part of one, are well formed: `/t/%` has one that is not. */
export function isDecodable(url: string): boolean {
  try {
    // The result is used, or the bundler would leave out the call. A text never becomes longer by this.
    return decodeURIComponent(url).length <= url.length;
  } catch (error) {
    if (error instanceof URIError) return false;
    throw error;
  }
}
