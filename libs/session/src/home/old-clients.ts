import {
  Key,
  KEY_BASE,
  keyBase,
  KeyModifier,
  hasModifier,
  isMouseKey,
  type KeyCode,
  type ServerMessage,
} from '#tmate-protocol';
import { quoteWords } from '#tmux';
import type { HostLink } from '../ports.js';

/** The first key code that is not a character, for clients below protocol 5; each modifier has its own bit. */
const LEGACY_BASE = 0x1000;
const LEGACY_MODIFIERS = [
  [KeyModifier.meta, 0x2000],
  [KeyModifier.ctrl, 0x4000],
  [KeyModifier.shift, 0x8000],
] as const;

/** Those keys in the order of their numbers; their first is the mouse, which is never sent. */
const LEGACY_KEYS: ReadonlyMap<KeyCode, number> = (() => {
  const functionKeys = Array.from({ length: 12 }, (_, n) => `F${n + 1}` as keyof typeof Key);
  // tmux had F13 to F20 then, and has no keys for them now.
  const gone = Array.from({ length: 8 }, () => undefined);
  // prettier-ignore
  const rest = [
    'IC', 'DC', 'Home', 'End', 'NPage', 'PPage', 'BTab', 'Up', 'Down', 'Left', 'Right',
    'KP/', 'KP*', 'KP-', 'KP7', 'KP8', 'KP9', 'KP+', 'KP4', 'KP5', 'KP6', 'KP1', 'KP2', 'KP3', 'KPEnter', 'KP0', 'KP.',
    'FocusIn', 'FocusOut',
  ] as const;
  const names = [undefined, 'BSpace' as const, ...functionKeys, ...gone, ...rest];
  return new Map(names.flatMap((name, n) => (name === undefined ? [] : [[Key[name], LEGACY_BASE + n]])));
})();

/** Mouse events that clients of protocol 5 do not have: the keys after them have lower numbers there. */
const KEYS_MISSING_IN_5 = 9;

const encoder = new TextEncoder();

/**
 * A message for a client with that version of the protocol; nothing if the client does not support it. Clients below 6 take
 * commands as a line; those with 5 have fewer mouse keys; those below 5 number keys as tmux 1 did, and cannot address a pane;
 * those below 4 support neither the environment nor READY.
 */
export function forClient(message: ServerMessage, version: number): readonly ServerMessage[] {
  if (version >= 6) return [message];
  switch (message.type) {
    case 'exec-cmd':
      return [{ type: 'exec-cmd-str', clientId: message.clientId, command: quoteWords(message.args) }];
    case 'set-env':
    case 'ready':
      return version >= 4 ? [message] : [];
    case 'pane-key':
      if (version < 5) return legacyKeys(message.key).map((key) => ({ type: 'legacy-pane-key', key }));
      return [keyBase(message.key) < Key.BSpace ? message : { ...message, key: message.key - KEYS_MISSING_IN_5 }];
    default:
      return [message];
  }
}

/** A key in the numbers of clients below protocol 5: a character beyond ASCII is the bytes of its UTF-8. */
function legacyKeys(code: KeyCode): number[] {
  if (isMouseKey(code)) return [];
  let modifiers = 0;
  for (const [modifier, bit] of LEGACY_MODIFIERS) if (hasModifier(code, modifier)) modifiers |= bit;
  const key = keyBase(code);
  if (key >= KEY_BASE) {
    const legacy = LEGACY_KEYS.get(key);
    return legacy === undefined ? [] : [legacy | modifiers];
  }
  const bytes = key < 0x80 ? [key] : [...encoder.encode(String.fromCodePoint(key))];
  return bytes.map((byte, n) => (n === 0 ? byte | modifiers : byte));
}

/** A link that sends everything in the version of its client; in the newest version until the client's is known. */
export function inClientsVersion(
  link: HostLink,
  version: () => number | undefined,
  sent: () => void = () => undefined,
): HostLink {
  return {
    address: link.address,
    key: link.key,
    certificate: link.certificate,
    identity: link.identity,
    get backlog() {
      return link.backlog;
    },
    send(messages) {
      const known = messages.flatMap((message) => forClient(message, version() ?? 6));
      if (known.length === 0) return;
      link.send(known);
      sent();
    },
    wake: (bytes) => link.wake(bytes),
    close: () => link.close(),
    acknowledge: (answered) => link.acknowledge(answered),
    isAlive: async () => await link.isAlive(),
  };
}
