import { randomUUID } from 'node:crypto';
import { NO_TRACER, type Clock, type Tracer } from '#kernel';
import type { Delivery, HookKind, Letter, WebhookSealer, WebhookWriter } from '#control';
import type { JoinCommands, SessionHook } from '#session';
import { slackBody } from './slack-body.js';

export interface WebhookSenderOptions {
  readonly writer: Pick<WebhookWriter, 'append' | 'setWill' | 'runWill'>;
  readonly sealer: Pick<WebhookSealer, 'seal' | 'groupOf'>;
  readonly clock: Clock;
  /** The operator's URLs, which get the events of all sessions. */
  readonly urls: readonly string[];
  /** The operator's URLs at Slack, which get requests to join. */
  readonly slackUrls?: readonly string[];
  /** Whether hosts may have webhooks for their own sessions. */
  readonly forSessions: boolean;
  readonly commands: JoinCommands;
  /** The base of `https://host/ws/session/%s`; undefined if there are no pages. */
  readonly webUrl: string | undefined;
  readonly tracer?: Tracer;
}

/** A receiver. */
interface Receiver {
  readonly kind: HookKind;
  readonly url: string;
  readonly userdata: string | null;
  readonly key?: string;
  /** It gets requests to join only, as Slack takes them. */
  readonly isSlack?: boolean;
}

/**
 * Turns events from homes into deliveries: one to each of the operator's URLs, and one to the session's own. The event for the
 * session's end is left in the queue as its will, so that it is sent even if this edge no longer exists.
 */
export class WebhookSender {
  readonly #formats: Readonly<Record<string, unknown>>;

  constructor(private readonly options: WebhookSenderOptions) {
    const { commands, webUrl } = options;
    // tmate's receivers replace %s with the token.
    this.#formats = {
      ssh_only: webUrl === undefined,
      ssh_cmd_fmt: commands.ssh('%s'),
      ...(webUrl === undefined
        ? {}
        : { web_url_fmt: `${webUrl}/t/%s`, ws_url_fmt: `${webUrl.replace(/^http/, 'ws')}/ws/session/%s` }),
    };
  }

  happened(hook: SessionHook): void {
    const { writer } = this.options;
    const to = this.#receivers(hook);
    if (to.length === 0) return;
    if (hook.type === 'session_close') {
      writer.runWill(hook.session, hook.generation);
      return;
    }
    for (const one of to) writer.append(this.#delivery(hook, one));
    // It begins, or continues under another generation.
    if (hook.type === 'session_register') {
      const end = { ...hook, type: 'session_close', params: {} } as const;
      writer.setWill(
        hook.session,
        to.map((one) => this.#delivery(end, one)),
        hook.generation,
      );
    }
  }

  #receivers({ settings, type }: SessionHook): Receiver[] {
    const { urls, slackUrls = [], forSessions } = this.options;
    const ours = { kind: 'fleet', userdata: null } as const;
    const fleet = [
      ...urls.map((url) => ({ ...ours, url })),
      ...slackUrls.map((url) => ({ ...ours, url, isSlack: true })),
    ];
    const { url, userdata, secret, format } = settings;
    const own = { kind: 'session', url, userdata, ...(secret === '' ? {} : { key: secret }) } as const;
    const all = !forSessions || url === '' ? fleet : [...fleet, { ...own, isSlack: format === 'slack' }];
    return all.filter(({ isSlack }: Receiver) => isSlack !== true || type === 'session_access_request');
  }

  #delivery(
    { type, session, generation, params }: SessionHook,
    { kind, url, userdata, key, isSlack }: Receiver,
  ): Delivery {
    const { sealer, clock, tracer = NO_TRACER } = this.options;
    const { traceparent: trace } = tracer.active;
    const id = randomUUID();
    const all = type === 'session_register' ? { ...params, ...this.#formats } : params;
    const letter: Letter = {
      url,
      ...(isSlack === true
        ? { body: slackBody(session, params), whole: true }
        : { body: { type, entity_id: session, generation, userdata, params: all } }),
      ...(key === undefined ? {} : { key }),
      ...(trace === undefined ? {} : { trace }),
    };
    return {
      lane: { kind, group: sealer.groupOf(url), session },
      id,
      type,
      at: clock.now(),
      sealed: sealer.seal(id, letter),
    };
  }
}
