/**
 * The secret of the link that the page was opened by, in its fragment; undefined without one. It goes out of the address, which others
 * may see, and out of the history. Until the tab is closed, a page that is loaded again still has it, from `store`.
 */
export function takeSecret(store: string, isSecret: (text: string) => boolean): string | undefined {
  const given = location.hash.slice(1);
  if (!isSecret(given)) {
    const kept = stored(store);
    return kept !== null && isSecret(kept) ? kept : undefined;
  }
  history.replaceState(null, '', location.pathname);
  try {
    sessionStorage.setItem(store, given);
  } catch {
    // A browser that keeps nothing: the page works until it is loaded again.
  }
  return given;
}

function stored(store: string): string | null {
  try {
    return sessionStorage.getItem(store);
  } catch {
    return null;
  }
}
