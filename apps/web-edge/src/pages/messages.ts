import { markup } from './markup.js';
import { code, page } from './page.js';

/** The token leads nowhere, or not any more. */
export function notFoundPage(): string {
  return page({
    title: 'No such session · Shipmate',
    message: true,
    body: markup`
      <h1>There is no such session</h1>
      <p class="lead">The link is wrong, or its session ended some time ago.</p>
      <p>
        Chat programs sometimes cut links short: yours should end in 25 letters and digits, or in a name like
        <code>ada/site</code>. Ask the person who shared it for a new one.
      </p>
    `,
  });
}

/** `ago` as in `5 minutes ago`. */
export function endedPage(ago: string): string {
  return page({
    title: 'Session closed · Shipmate',
    message: true,
    body: markup`
      <h1>This session was closed ${ago}</h1>
      <p class="lead">Its host ended it, or was away for too long.</p>
      <p>A closed session does not come back. Ask the person who shared it for a new link.</p>
    `,
  });
}

/** `sshCommand` with `TOKEN` for the token: what is on a page is in screenshots. */
export function keysRequiredPage(sshCommand: string): string {
  return page({
    title: 'Join with ssh · Shipmate',
    message: true,
    body: markup`
      <h1>Join with ssh and your key</h1>
      <p class="lead">The host admits only certain SSH keys, and a browser cannot offer a key.</p>
      ${code(sshCommand, 'Command to join by ssh')}
      <p><code>TOKEN</code> is the last part of your link, after <code>/t/</code>.</p>
    `,
  });
}

/** `sshCommand` as above. */
export function webOffPage(sshCommand: string): string {
  return page({
    title: 'Join with ssh · Shipmate',
    message: true,
    body: markup`
      <h1>Join with ssh</h1>
      <p class="lead">The host of this session does not allow browsers.</p>
      ${code(sshCommand, 'Command to join by ssh')}
      <p><code>TOKEN</code> is the last part of your link, after <code>/t/</code>.</p>
    `,
  });
}

/** Something passing; the same link will work again. */
export function tryAgainPage(why: string): string {
  return page({
    title: 'Try again · Shipmate',
    message: true,
    body: markup`
      <h1>This does not work right now</h1>
      <p class="lead">${why}</p>
      <p>Reload this page in a moment.</p>
    `,
  });
}

/** Any other address. */
export function noPage(): string {
  return page({
    title: 'Nothing here · Shipmate',
    message: true,
    body: markup`
      <h1>There is nothing here</h1>
      <p class="lead">No page has this address.</p>
      <p><a href="/">What this server does</a></p>
    `,
  });
}
