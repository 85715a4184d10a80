import { COLOURS } from './colours.js';

/** The project's logo as an SVG, on its own or in a page: a lifebelt, a ring with four bands. Colours in CSS syntax. */
export function lifebelt(ring: string, bands: string): string {
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" aria-hidden="true">' +
    `<circle cx="16" cy="16" r="10" stroke="${ring}" stroke-width="6"/>` +
    `<path d="M16 2v8M16 22v8M2 16h8M22 16h8" stroke="${bands}" stroke-width="3"/></svg>`
  );
}

/** The icon of all pages, `/favicon.svg`: visible on light and dark backgrounds. */
export const FAVICON = lifebelt(COLOURS.accent[0], COLOURS.bg[0]);
