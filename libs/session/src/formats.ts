import { charWidth } from '#screen';
import { datePartsAt, type FormatSession, type FormatWindow, type Mirror } from '#tmux';
import type { UnameMessage } from '#tmate-protocol';
import type { Window, Windows } from './windows.js';

/** tmux names a first session by its number; the protocol does not carry the name. */
const SESSION_NAME = '0';

/** The part of a session's model that formats speak of. */
export interface FormatSource {
  readonly mirror: Mirror;
  readonly windows: Windows;
  readonly uname: UnameMessage | undefined;
}

/** What tmux's formats are filled in from, for what is made at this end: `now` in ms since the epoch. */
export function formatSession(
  model: FormatSource,
  now: number,
  extra?: (name: string) => string | undefined,
): FormatSession {
  const { windows, mirror, uname } = model;
  return {
    options: mirror.options,
    sessionName: SESSION_NAME,
    hostname: uname?.nodename ?? '',
    cols: windows.cols,
    rows: windows.rows,
    windows: windows.list.map((window) => formatWindow(model, window)),
    currentIndex: windows.current?.index,
    lastIndex: windows.last?.index,
    now: datePartsAt(now, -new Date(now).getTimezoneOffset()),
    width: charWidth,
    ...(extra === undefined ? {} : { extra }),
  };
}

function formatWindow(model: FormatSource, window: Window): FormatWindow {
  const { windows } = model;
  const { index, name, panes, active } = window;
  return {
    index,
    name,
    panes: panes.length,
    bell: windows.alerts.hasRung(window.uid),
    activity: windows.alerts.isActive(window.uid),
    zoomed: windows.isZoomed(window),
    ...(active === undefined
      ? {}
      : {
          active: {
            id: active.id,
            place: panes.indexOf(active),
            // A pane begins with the host's name for its title, which the protocol does not carry.
            title: active.title || (model.uname?.nodename ?? ''),
            cols: active.rect.cols,
            rows: active.rect.rows,
            inMode: active.copy !== undefined,
          },
        }),
  };
}
