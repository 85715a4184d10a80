import type { Generation, SessionId } from '#kernel';

/** What tmate's webhooks tell (tmate protocol 6). */
export type HookType =
  | 'session_register'
  | 'session_join'
  | 'session_left'
  | 'session_disconnect'
  | 'session_close'
  /** Ours: somebody waits to be let in. */
  | 'session_access_request';

/** Where a session's host wants them sent; empty if it has not said. */
export interface HookSettings {
  readonly url: string;
  /** Sent in each webhook. It may be a secret: receivers recognize real webhooks by it. */
  readonly userdata: string;
  /** The key that signs its deliveries. A secret. */
  readonly secret: string;
  /** As Slack takes it; undefined: as tmate has it. */
  readonly format?: 'slack' | undefined;
}

export const NO_HOOK: HookSettings = { url: '', userdata: '', secret: '' };

/** One event of a session, reported by its home. */
export interface SessionHook {
  readonly type: HookType;
  readonly session: SessionId;
  readonly generation: Generation;
  /** As tmate names them. Those of `session_register` hold the session's tokens. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly settings: HookSettings;
}

/** Gets the events of an edge's sessions, in order; must be cheap. */
export type HookListener = (hook: SessionHook) => void;

/** Longest values that are kept; a longer URL is ignored. */
const MAX_URL = 2_048;
const MAX_TEXT = 1_024;
const SECRET = 'webhook-secret=';
const FORMAT = 'webhook-format=';

/** The settings after one more option (tmate protocol 6); the same object if the option is not about webhooks. */
export function withHookOption(settings: HookSettings, option: string, value: string): HookSettings {
  switch (option) {
    case 'tmate-webhook-url':
      return { ...settings, url: isWebUrl(value) ? value : '' };
    case 'tmate-webhook-userdata':
      return { ...settings, userdata: value.slice(0, MAX_TEXT) };
    case 'tmate-set':
      if (value.startsWith(FORMAT)) {
        const format = value.slice(FORMAT.length) === 'slack' ? 'slack' : undefined;
        return { ...settings, format };
      }
      return value.startsWith(SECRET)
        ? { ...settings, secret: value.slice(SECRET.length, SECRET.length + MAX_TEXT) }
        : settings;
    default:
      return settings;
  }
}

/** What a host reads if its webhook URL is not valid. */
export const NO_WEB_URL = `tmate-webhook-url: no webhooks are sent: this is not an http or https URL of up to ${MAX_URL} characters`;

/** What a host reads whose server sends no webhooks for hosts. */
export const NO_HOOKS_HERE = 'tmate-webhook-url: no webhooks are sent: this server sends none for hosts';

/** Why an option has no effect; undefined if it has one, or if the host unsets it. `areSent`: whether hosts may have webhooks. */
export function hookFault(option: string, value: string, areSent: boolean): string | undefined {
  if (option !== 'tmate-webhook-url' || value === '') return undefined;
  if (!isWebUrl(value)) return NO_WEB_URL;
  return areSent ? undefined : NO_HOOKS_HERE;
}

const isWebUrl = (url: string): boolean =>
  url.length <= MAX_URL && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
