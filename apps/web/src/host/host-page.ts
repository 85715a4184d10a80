import { browserClock } from '../page/browser-clock.js';
import { byId } from '../page/elements.js';
import { ApiClient, ApiProblem } from '../steer/api-client.js';
import { setText } from '../steer/elements.js';
import { takeSecret } from '../steer/link-secret.js';
import { Poller } from '../steer/poller.js';
import { SessionPanel } from '../steer/session-panel.js';
import { stateOf } from '../steer/session-texts.js';
import { problemText, Steering } from '../steer/steering.js';
import { readHostSecret, type HostSecret } from './host-secret.js';

/** How often people and state are loaded, in ms. */
const EVERY_MS = 2_000;
/** The secret, until the tab is closed: a page that is loaded again still has it. */
const STORE = 'shipmate.host';

const NO_LINK = 'Open this page with its full link. On the host, tmate display -p "#{tmate_host_page}" prints it.';
const WRONG_LINK = 'The link is not valid on this server. Make sure to copy all of it.';
const GONE = 'The session of this link has ended, and nothing is left of it.';

/** The host's page: one session, managed by its host. */
export class HostPage {
  readonly #state = byId('state');
  readonly #short = byId('state-short');
  readonly #more = byId('state-more');
  #poller: Poller | undefined;

  start(): void {
    document.addEventListener('visibilitychange', () => this.#poller?.hide(document.hidden));
    // Another link, opened in the same tab.
    addEventListener('hashchange', () => location.reload());
    const secret = takeSecret(STORE, (text) => readHostSecret(text) !== undefined);
    const link = secret === undefined ? undefined : readHostSecret(secret);
    if (link === undefined) this.#end(NO_LINK);
    else this.#open(link);
  }

  #open({ secret, session }: HostSecret): void {
    const api = new ApiClient(secret);
    const steering = new Steering({
      clock: browserClock,
      api,
      said: byId('said'),
      fault: byId('fault'),
      done: () => this.#poller?.now(),
    });
    const panel = new SessionPanel({ steering, session, mayChange: true });
    byId('panel').replaceChildren(panel.element);
    this.#poller = new Poller({
      clock: browserClock,
      everyMs: EVERY_MS,
      load: async () => {
        const loaded = await panel.load(api);
        const { mood, short, more } = stateOf(loaded, Date.now());
        this.#tell(mood, short, more);
        if (loaded.state !== 'closed') return;
        this.#poller?.stop();
        this.#end(more === '' ? 'The session has ended.' : more, 'Ended');
      },
      failed: (error) => this.#failed(error),
    });
    this.#poller.start();
  }

  /** Whether it is worth asking again. */
  #failed(error: unknown): boolean {
    const status = error instanceof ApiProblem ? error.status : undefined;
    if (status === 401 || status === 404) {
      this.#end(status === 401 ? WRONG_LINK : GONE);
      return false;
    }
    this.#tell('bad', 'Not up to date', problemText(error));
    return true;
  }

  #tell(mood: string, short: string, more: string): void {
    this.#state.dataset['mood'] = mood;
    setText(this.#short, short);
    setText(this.#more, more);
  }

  /** There is no session to manage, or not any more. */
  #end(text: string, short = 'Nothing to manage'): void {
    this.#tell('over', short, '');
    setText(byId('outcome-title'), short === 'Ended' ? 'This session has ended' : short);
    setText(byId('outcome-text'), text);
    byId('outcome').hidden = false;
    byId('panel').hidden = true;
  }
}
