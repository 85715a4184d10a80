import type { Identity } from '#access';
import { Html, markup } from './markup.js';
import { page } from './page.js';

/** A way to sign in. */
export interface ProviderLink {
  readonly title: string;
  /** Where the link leads. */
  readonly href: string;
}

/** Asks where to sign in; `fault`: why the last attempt failed. */
export function signInPage(links: readonly ProviderLink[], fault?: string): string {
  return page({
    title: 'Sign in · Shipmate',
    message: true,
    body: markup`
      <h1>${fault === undefined ? 'Sign in' : 'You are not signed in'}</h1>
      ${fault === undefined ? markup`<p class="lead">This server asks who you are.</p>` : markup`<p class="lead" role="alert">${fault}.</p>`}
      ${links.map(({ title, href }) => markup`<p><a class="button primary" href="${href}">Sign in with ${title}</a></p>`)}
      ${links.length === 0 ? markup`<p>Nobody can sign in on this server: its operator has not set up a provider.</p>` : markup``}
    `,
  });
}

/** Says who is signed in, and lets them sign out. */
export function signedInPage({ name, provider, until }: Identity): string {
  return page({
    title: 'Signed in · Shipmate',
    message: true,
    forms: true,
    body: markup`
      <h1>You are signed in</h1>
      <p class="lead">You signed in as <strong>${name}</strong>, with ${provider}.</p>
      <p>This is valid until ${timeText(until)}.</p>
      <form method="post" action="/sign-out"><button>Sign out</button></form>
    `,
  });
}

/** After signing out. */
export function signedOutPage(): string {
  return page({
    title: 'Signed out · Shipmate',
    message: true,
    body: markup`
      <h1>You are signed out</h1>
      <p class="lead">Sessions that you have joined stay open until you leave them.</p>
      <p><a class="button" href="/sign-in">Sign in again</a></p>
    `,
  });
}

export interface LoginPageOptions {
  readonly code: string;
  readonly wants: 'join' | 'host';
  /** Where the SSH login comes from, and where this browser is. */
  readonly address: string;
  readonly ownAddress: string;
  /** The key that can be remembered, and for how long, in words. */
  readonly key?: { readonly fingerprint: string; readonly forText: string } | undefined;
  readonly who: Identity;
}

/** Asks whether an SSH login is theirs. */
export function loginPage({ code, wants, address, ownAddress, key, who }: LoginPageOptions): string {
  const what = wants === 'join' ? 'join a session' : 'share a terminal';
  const warning =
    address === ownAddress
      ? markup``
      : markup`<p role="alert"><strong>Your browser has another address (${ownAddress}).</strong> If somebody sent you this
        link, or you did not start ssh yourself just now, say no.</p>`;
  const remember =
    key === undefined
      ? markup``
      : markup`<button name="answer" value="remember">Yes, and remember its key for ${key.forText}</button>`;
  return page({
    title: 'Is this you? · Shipmate',
    message: true,
    forms: true,
    body: markup`
      <h1>Is this your terminal?</h1>
      <p class="lead">Somebody wants to ${what} with ssh as <strong>${who.name}</strong>.</p>
      <p>Say yes only if your own terminal shows this code:</p>
      <p class="login-code"><code>${code}</code></p>
      <p>The login comes from the address <code>${address}</code>.${
        key === undefined ? markup`` : markup` Its key is <code>${key.fingerprint}</code>.`
      }</p>
      ${warning}
      <form method="post" action="/in/${code}">
        <button class="primary" name="answer" value="yes">Yes, it is mine</button>
        ${remember}
        <button name="answer" value="no">No</button>
      </form>
    `,
  });
}

/** After the answer. */
export function answeredPage(answer: 'yes' | 'remember' | 'no', wants: 'join' | 'host'): string {
  const text =
    answer === 'no'
      ? 'The login was refused. If you did not start it, somebody else did: let your operator know.'
      : `Go back to your terminal: it continues by itself${wants === 'host' ? ', and sharing begins' : ''}.`;
  return page({
    title: 'Done · Shipmate',
    message: true,
    body: markup`<h1>${answer === 'no' ? 'Refused' : 'Done'}</h1><p class="lead">${text}</p>`,
  });
}

/** No login waits for the code. */
export function noCodePage(): string {
  return page({
    title: 'No such code · Shipmate',
    message: true,
    forms: true,
    body: markup`
      <h1>Which code does your terminal show?</h1>
      <p class="lead">A code is valid for five minutes, and works once. If yours is older, connect again.</p>
      <form method="get" action="/in">
        <input name="code" aria-label="Code" placeholder="WDJB-MJHT" autocomplete="off" autocapitalize="characters" spellcheck="false" />
        <button class="primary">Continue</button>
      </form>
    `,
  });
}

/** A request that another site caused, or that no browser of ours sent. */
export function strangeRequestPage(): string {
  return page({
    title: 'Not accepted · Shipmate',
    message: true,
    body: markup`
      <h1>This was not accepted</h1>
      <p class="lead">The request did not come from a page of this server.</p>
    `,
  });
}

/** `2026-12-01 11:30 UTC`. */
const timeText = (ms: number): Html => markup`${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
