/** Cookies of this server. Over HTTPS they have the prefix with which browsers promise that only this host has set them. */
export interface Cookies {
  /** A browser that is signed in. */
  readonly session: string;
  /** A browser on its way to a provider: the name ends in one of four digits. */
  readonly attempt: string;
  readonly secure: boolean;
}

/** Ways to a provider that a browser has at the same time, as when it opens several tabs again; a further one replaces one. */
const ATTEMPTS = 4;
/** Larger than any that we set. */
const MAX_COOKIE = 4096;

export function cookiesOf(webUrl: string): Cookies {
  const secure = webUrl.startsWith('https:');
  const prefix = secure ? '__Host-' : '';
  return { session: `${prefix}shipmate`, attempt: `${prefix}shipmate-attempt-`, secure };
}

/** The cookie of one way to a provider, by its state. */
export const attemptCookie = ({ attempt }: Cookies, state: string): string =>
  `${attempt}${(state.charCodeAt(0) || 0) % ATTEMPTS}`;

/** The value of a cookie in a request's header; of several of one name, the first. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at === -1 || part.slice(0, at).trim() !== name) continue;
    const value = part.slice(at + 1).trim();
    return /^[\w-]+$/.test(value) && value.length <= MAX_COOKIE ? value : undefined;
  }
  return undefined;
}

/** The header that sets a cookie for `seconds`; 0 removes it. No script reads it, and other sites' requests do not send it. */
export const setCookie = ({ secure }: Cookies, name: string, value: string, seconds: number): string =>
  `${name}=${value}; Path=/; Max-Age=${Math.trunc(seconds)}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
