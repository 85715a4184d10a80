import type { Shipmate } from '#testing';

/** Where screenshots go; git knows nothing of it. */
export const SCREENSHOTS = '.artifacts/screenshots';

/** The address of a session's page. */
export function pageUrl(shipmate: Shipmate, token: string): string {
  return `http://127.0.0.1:${shipmate.httpPort}/t/${token}`;
}
