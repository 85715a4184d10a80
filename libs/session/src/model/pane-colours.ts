import { DEFAULT_COLOUR, type Options, type Style } from '#tmux';
import type { Pane } from './pane.js';
import type { Window } from './windows.js';

/** What a window's panes show in place of the terminal's own colours: `window-style`, and over it the active pane's. */
export function paneColours(options: Options, window: Window | undefined): (pane: Pane) => Style | undefined {
  const style = options.style('window-style', window?.index);
  const over = options.style('window-active-style', window?.index);
  const active = {
    fg: over.fg === DEFAULT_COLOUR ? style.fg : over.fg,
    bg: over.bg === DEFAULT_COLOUR ? style.bg : over.bg,
    attr: 0,
  };
  const coloured = ({ fg, bg }: Style): boolean => fg !== DEFAULT_COLOUR || bg !== DEFAULT_COLOUR;
  const shown = { active: coloured(active) ? active : undefined, other: coloured(style) ? style : undefined };
  return (pane) => (pane === window?.active ? shown.active : shown.other);
}
