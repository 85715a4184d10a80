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
        This server brings people into one terminal. You share yours with the stock <code>tmate</code> client; your
        mates open a link in the browser, or use plain <code>ssh</code>. There is nothing to sign up for.
      </p>

      <section aria-labelledby="share">
      <h2 id="share">Share yours</h2>
      <p>With <code>tmate</code> 2.4 from your distribution:</p>
      ${code(`curl -fsS ${webUrl}/tmate.conf -o shipmate.conf\ntmate -f shipmate.conf`, 'Commands to share a terminal')}
      <p>
        It tells you the links and commands to hand out; <code>tmate show-messages</code> tells them again. Whoever has
        one is in, so treat it like a
        password.${
          requireAuthorizedKeys
            ? markup` This server wants to know whose keys may join:
                <code>tmate -a authorized_keys -f shipmate.conf</code>.`
            : ''
        }
      </p>
      <p>
        To share there always, put these lines into <code>~/.tmate.conf</code>. The fingerprints are those of this
        server’s keys:
      </p>
      ${code(tmateConf, 'tmate.conf')}
      </section>

      <section aria-labelledby="join">
      <h2 id="join">Join</h2>
      <p>Open the link that you were given. Or paste it, or its token, here:</p>
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
      <p>In a terminal of your own:</p>
      ${code(sshCommand, 'Command to join by ssh')}
      <p>
        With a token that begins with <code>ro-</code> you look and cannot type. If the host asks for SSH keys, join
        with <code>ssh</code>: a browser has no key to show.
      </p>
      </section>
    `,
  });
}
