import type { SessionFault } from '../observer.js';
import type { SessionModel } from './session-model.js';

/** Panes that a fault is logged with. */
const MAX_LOGGED = 20;

/** What it takes to do what was done to a model once more: sizes and kinds, nothing that a terminal shows. */
export function describeModel({ version, windows, recent }: SessionModel): SessionFault['state'] {
  const panes = [...windows.panes].slice(0, MAX_LOGGED);
  return {
    host: `${version?.clientVersion ?? 'unknown'}, protocol ${version?.protocolVersion ?? 'unknown'}`,
    window: `${windows.cols}x${windows.rows}`,
    windows: windows.list.length,
    panes: panes.map(({ id, rect, asleep, copy }) => {
      const place = `${rect.cols}x${rect.rows}+${rect.x}+${rect.y}`;
      return `${id}: ${place}${asleep ? ' asleep' : ''}${copy === undefined ? '' : ' copy mode'}`;
    }),
    messages: recent.kinds,
  };
}
