import { markup } from './markup.js';
import { code, page } from './page.js';

export interface LandingOptions {
  /** Where `tmate.conf` is fetched from. */
  readonly webUrl: string;
  readonly tmateConf: string;
  /** How to join, with `TOKEN` where the token stands. */
  readonly sshCommand: string;
  /** Whether hosts must bring keys. */
  readonly requireAuthorizedKeys: boolean;
}

/** What this server is, and how to share and join. */
export function landingPage({ webUrl, tmateConf, sshCommand, requireAuthorizedKeys }: LandingOptions): string {
  return page({
    title: 'Shipmate: share a terminal',
    body: markup`
      <h1>Share a terminal</h1>
      <p class="lead">
        This server lets several people use one terminal. You share yours with the stock <code>tmate</code> client; your
        mates open a link in the browser, or use plain <code>ssh</code>. There is nothing to sign up for.
      </p>

      <section aria-labelledby="share">
      <h2 id="share">Share yours</h2>
      <p>With <code>tmate</code> 2.4 from your distribution:</p>
      ${code(`curl -fsS ${webUrl}/tmate.conf -o shipmate.conf\ntmate -f shipmate.conf`, 'Commands to share a terminal')}
      <p>
        It prints the links and commands to hand out; inside the shared terminal, <code>tmate show-messages</code> prints
        them again. Anyone who has one can join, so treat it like a
        password.${
          requireAuthorizedKeys
            ? markup` This server requires a list of the keys that may join:
                <code>tmate -a authorized_keys -f shipmate.conf</code>.`
            : ''
        }
      </p>
      <p>
        To always share through this server, put these lines into <code>~/.tmate.conf</code>. They include the fingerprints
        of this server’s keys:
      </p>
      ${code(tmateConf, 'tmate.conf')}
      </section>

      <section aria-labelledby="join">
      <h2 id="join">Join</h2>
      <p>Open the link that you received, or paste the link or its token here:</p>
      <form data-open="/t/" hidden>
        <input
          name="token"
          aria-label="Link or token"
          placeholder="Link or token"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
        />
        <button class="primary">Join</button>
      </form>
      <p>Or in your own terminal:</p>
      ${code(sshCommand, 'Command to join by ssh')}
      <p>
        With a token that begins with <code>ro-</code> you can watch, but not type. If the host requires SSH keys, join with
        <code>ssh</code>: a browser cannot offer a key.
      </p>
      </section>
    `,
  });
}
