import { ask, byId } from './elements.js';

/** The address, if a page may open it: http or https. */
export function openable(url: string): URL | undefined {
  try {
    const parsed = new URL(url);
    return ['http:', 'https:'].includes(parsed.protocol) ? parsed : undefined;
  } catch {
    return undefined; // Not an address at all.
  }
}

/**
 * Opens a link in a new page that has no access to this one. If the screen shows another text, `shown`, instead of the address,
 * the address is shown first.
 */
export async function followLink(url: string, shown: string | undefined): Promise<void> {
  const target = openable(url);
  if (target === undefined) return;
  if (shown !== undefined) {
    byId('link-url').textContent = target.href;
    if ((await ask(byId('link-dialog', HTMLDialogElement))) !== 'open') return;
  }
  window.open(target, '_blank', 'noopener,noreferrer');
}
