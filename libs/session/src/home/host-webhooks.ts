import type { Generation, SessionId } from '#kernel';
import type { SessionModel } from '../model/session-model.js';
import type { ParticipantInfo } from '../ports.js';
import type { WaitingJoiner } from './admissions.js';
import type { HostSide } from './host-side.js';
import { NO_HOOK, type HookListener, type HookType, type HookSettings } from './session-hooks.js';

/** Where the host wants webhooks sent, and whether it runs without a terminal; both may change. */
export type HookTarget = () => { readonly settings: HookSettings; readonly foreground: boolean };

/** Reports what happens to one session, as tmate's webhooks do. */
export class HostWebhooks {
  #target: HookTarget | undefined;
  #generation: Generation | undefined;

  constructor(
    private readonly session: SessionId,
    private readonly listener: HookListener | undefined,
  ) {}

  /** The host has a new connection. */
  attach(target: HookTarget | undefined, generation: Generation): void {
    this.#target = target;
    this.#generation = generation;
  }

  /** The host has its session. `again`: it had it before. */
  registered(host: HostSide, { uname, version }: SessionModel, again: boolean): void {
    const { writer, reader } = host.joinKeys;
    this.#report('session_register', {
      ip_address: host.link?.address,
      client_version: version?.clientVersion,
      stoken: writer,
      stoken_ro: reader,
      reconnected: again,
      foreground: this.#target?.().foreground ?? false,
      named: host.isNamed,
      ...(uname === undefined ? {} : { uname: { ...uname, type: undefined } }),
    });
  }

  /** As tmate has it, and besides that the key and the person's name. */
  joined({ id, role, transport, address, key, name }: ParticipantInfo): void {
    this.#report('session_join', {
      id,
      type: transport,
      ip_address: address,
      readonly: role === 'reader',
      ...(key === undefined ? {} : { key }),
      ...(name === undefined ? {} : { person: name }),
    });
  }

  /** Somebody waits to be let in. `url`: where somebody can decide, once; undefined: nowhere. `until`: ms since the epoch. */
  requested(
    { id, role, transport, address, key, name, provider, proved, agreed, needed }: WaitingJoiner,
    { url, until }: { readonly url: string | undefined; readonly until: number },
  ): void {
    this.#report('session_access_request', {
      id,
      type: transport,
      ip_address: address,
      readonly: role === 'reader',
      ...(key === undefined ? {} : { key }),
      ...(name === undefined ? {} : { person: name, provider, proved }),
      ...(url === undefined ? {} : { decide_url: url }),
      expires_at: new Date(until).toISOString(),
      agreed,
      needed,
    });
  }

  left({ id }: Pick<ParticipantInfo, 'id'>): void {
    this.#report('session_left', { id });
  }

  disconnected(): void {
    this.#report('session_disconnect');
  }

  /** The last event: events of joiners at other edges that arrive later are not reported. */
  closed(): void {
    this.#report('session_close');
    this.#generation = undefined;
  }

  #report(type: HookType, params: Readonly<Record<string, unknown>> = {}): void {
    if (this.#generation === undefined) return;
    const { settings } = this.#target?.() ?? { settings: NO_HOOK };
    this.listener?.({ type, session: this.session, generation: this.#generation, params, settings });
  }
}
