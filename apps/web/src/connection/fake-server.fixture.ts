import {
  decodeClientMessage,
  encodeServerMessage,
  type ClientMessage,
  type HelloMessage,
  type ServerMessage,
  type WelcomeMessage,
} from '#web-protocol';
import type { LinkListener, OpenLink } from './link.js';

/** The server's end of one link. */
export class FakeLink {
  readonly heard: ClientMessage[] = [];
  closed = false;

  constructor(readonly listener: LinkListener) {}

  say(message: ServerMessage): void {
    this.listener.message(encodeServerMessage(message));
  }

  welcome(change: Partial<WelcomeMessage> = {}): void {
    this.listener.opened();
    this.say({ type: 'welcome', version: 1, role: 'writer', resumed: false, taken: 0, ...change });
  }

  get hello(): HelloMessage {
    const [hello] = this.heard;
    if (hello?.type !== 'hello') throw new Error('no hello was said');
    return hello;
  }

  /** The inputs that came, as one text. */
  get typed(): string {
    return this.heard
      .flatMap((message) => (message.type === 'input' ? [new TextDecoder().decode(message.bytes)] : []))
      .join('');
  }
}

/** Keeps all links that a page opens. */
export class FakeServer {
  readonly links: FakeLink[] = [];

  readonly open: OpenLink = (listener) => {
    const link = new FakeLink(listener);
    this.links.push(link);
    return {
      send: (message) => void link.heard.push(decodeClientMessage(message)),
      close: () => void (link.closed = true),
    };
  };

  /** The link opened last. */
  get link(): FakeLink {
    const link = this.links.at(-1);
    if (link === undefined) throw new Error('no link was opened');
    return link;
  }
}

/**
 * The server's memory of a seat, over links that break anywhere: takes inputs in order and refuses a gap, as the
 * protocol wants.
 */
export class FakeSeat {
  taken = 0;
  text = '';

  take(message: ClientMessage): void {
    if (message.type !== 'input' || message.number <= this.taken) return;
    if (message.number !== this.taken + 1) throw new Error(`input ${message.number} after ${this.taken}`);
    this.taken = message.number;
    this.text += new TextDecoder().decode(message.bytes);
  }
}
