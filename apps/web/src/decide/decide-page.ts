import { browserClock } from '../page/browser-clock.js';
import { byId } from '../page/elements.js';
import { ApiClient, ApiProblem } from '../steer/api-client.js';
import { button, make, setText } from '../steer/elements.js';
import { takeSecret } from '../steer/link-secret.js';
import { Poller } from '../steer/poller.js';
import { personText, type WaitingPerson } from '../steer/session-texts.js';
import { problemText, Steering } from '../steer/steering.js';
import { decidedText, requestTexts, type Decided, type Decision } from './decide-texts.js';

/** How often the page checks that they still wait, in ms. */
const EVERY_MS = 3_000;
const STORE = 'shipmate.decide';
/** What the fragment of the page's address holds: `smd-`, the session, and what identifies the person who waits. */
const SECRET = /^smd-[0-9A-Za-z_-]{40,64}$/;

const NO_LINK = 'Open this page by its whole link.';
const WRONG_LINK = 'The link is not valid on this server. Copy the whole of it, up to its end.';

interface AccessRequest {
  readonly session: string;
  readonly person: WaitingPerson;
  readonly by: string;
  readonly signsIn: boolean;
}

/** The page of a link by which one person decides on somebody who waits. Nothing is decided until a button is pressed. */
export class DecidePage {
  readonly #title = make('h2', { id: 'request-title', tabindex: '-1' });
  readonly #about = make('p', { class: 'about' });
  readonly #more = make('p', { class: 'about' });
  readonly #buttons = make('div', { class: 'stack' });
  readonly #signIn = make('p', { hidden: true });
  #type: HTMLElement | undefined;
  #poller: Poller | undefined;
  #isDone = false;

  start(): void {
    document.addEventListener('visibilitychange', () => this.#poller?.hide(document.hidden));
    // Another link, opened in the same tab.
    addEventListener('hashchange', () => location.reload());
    const secret = takeSecret(STORE, (text) => SECRET.test(text));
    if (secret === undefined) this.#end('No request', NO_LINK);
    else this.#open(new ApiClient(secret));
  }

  #open(api: ApiClient): void {
    const steering = new Steering({
      clock: browserClock,
      api,
      said: byId('said'),
      fault: byId('fault'),
      done: () => this.#poller?.now(),
    });
    const decide = (text: string, decision: Decision, kind: string): HTMLElement => {
      const by = button(text, () => void this.#decide(steering, by, decision), { class: kind });
      return by;
    };
    this.#type = decide('Let in, to type', 'writer', 'primary');
    this.#buttons.append(
      this.#type,
      decide('Let in, to watch only', 'reader', 'button'),
      decide('Refuse', 'refuse', 'button danger-text'),
    );
    const link = make('a', { href: '/sign-in?to=/decide' }, 'Sign in');
    this.#signIn.append(link, ' first, and it is recorded that you decided.');
    this.#poller = new Poller({
      clock: browserClock,
      everyMs: EVERY_MS,
      load: async () => {
        if (!this.#isDone) this.#show(await api.get<AccessRequest>('/access-request'));
      },
      failed: (error) => this.#failed(error),
    });
    this.#poller.start();
  }

  #show({ session, person, by, signsIn }: AccessRequest): void {
    const { title, more } = requestTexts(person, session, by);
    setText(this.#title, title);
    setText(this.#about, personText(person, Date.now()));
    setText(this.#more, more);
    if (this.#type !== undefined) this.#type.hidden = person.role === 'reader';
    this.#signIn.hidden = !signsIn || by !== 'link';
    if (!this.#title.isConnected) {
      const section = make('section', { 'aria-labelledby': this.#title.id }, this.#title, this.#about, this.#more);
      section.append(this.#signIn, this.#buttons);
      byId('request').replaceChildren(section);
    }
    this.#tell('busy', 'Somebody waits');
  }

  async #decide(steering: Steering, by: HTMLElement, decision: Decision): Promise<void> {
    let decided: Decided | undefined;
    await steering.act(by, 'Done.', async (api) => {
      decided = (await api.post('/access-request', { decision })) as Decided;
      // The link is used up: what is loaded from now on says only that.
      this.#isDone = true;
    });
    if (decided === undefined) return;
    const { title, text } = decidedText(decided);
    this.#end(title, text);
  }

  /** Whether it is worth asking again. */
  #failed(error: unknown): boolean {
    const status = error instanceof ApiProblem ? error.status : undefined;
    if (status === 401 || status === 404) {
      this.#end('Nothing to decide', status === 401 ? WRONG_LINK : problemText(error));
      return false;
    }
    this.#tell('bad', problemText(error));
    return true;
  }

  #tell(mood: string, text: string): void {
    byId('state').dataset['mood'] = mood;
    setText(byId('state-short'), text);
  }

  #end(title: string, text: string): void {
    this.#poller?.stop();
    this.#tell('over', 'Over');
    setText(byId('outcome-title'), title);
    setText(byId('outcome-text'), text);
    byId('outcome').hidden = false;
    byId('request').hidden = true;
    byId('outcome-title').tabIndex = -1;
    byId('outcome-title').focus();
  }
}
