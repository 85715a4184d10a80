/** Where a browser may go after it has signed in: pages of this server. */
const PAGES = /^\/(t|in|host|decide|operator|sign-in)(\/|$|\?)/;

/** A path of this server as a link names it; the page of the sign-in for anything else. */
export function safePath(given: unknown): string {
  if (typeof given !== 'string' || given.length > 1024 || !PAGES.test(given)) return '/sign-in';
  const base = 'http://own.invalid';
  if (!URL.canParse(given, base)) return '/sign-in';
  const { origin, pathname, search } = new URL(given, base);
  return origin === base && PAGES.test(pathname) ? `${pathname}${search}` : '/sign-in';
}

/** The page that signs a browser in and sends it to `to` then. */
export const signInPath = (to: string): string => `/sign-in?to=${encodeURIComponent(to)}`;
