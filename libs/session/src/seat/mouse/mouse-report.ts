import { encodeMouseReport, type MouseEvent, type TerminalModes } from '#screen';
import type { KeyCode } from '#tmate-protocol';
import type { Cell } from './mouse-target.js';

/**
 * A mouse report as keys for the program that asked for it: PANE_KEY carries no mouse (tmate protocol 6), but any
 * character. Undefined where the program wants no report of this, or where it cannot be said: the host makes UTF-8 of
 * characters beyond ASCII, which in the oldest form, of single bytes, would be another report.
 */
export function mouseReportKeys(
  { mouse, mouseEncoding }: Pick<TerminalModes, 'mouse' | 'mouseEncoding'>,
  event: MouseEvent,
  at: Cell,
): KeyCode[] | undefined {
  const report = encodeMouseReport(mouse, mouseEncoding, event, at.x, at.y);
  if (report === undefined) return undefined;
  const bytes = Uint8Array.from(report, (byte) => byte.charCodeAt(0));
  if (bytes.every((byte) => byte < 0x80)) return [...bytes];
  if (mouseEncoding !== 'utf8') return undefined;
  return Array.from(new TextDecoder().decode(bytes), (char) => char.codePointAt(0) ?? 0);
}
