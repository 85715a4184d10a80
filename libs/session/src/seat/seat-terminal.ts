import type { Role } from '#kernel';
import { capabilitiesFor, type TermCapabilities } from '#screen';
import type { TerminalInfo } from '../ports.js';

/** The mouse stays off in a reader's terminal, so that it selects text there, as readers expect. */
export function seatCapabilities({ term, utf8, colorTerm }: TerminalInfo, role: Role): TermCapabilities {
  const capabilities = capabilitiesFor(term, utf8, colorTerm);
  if (role === 'writer' || !capabilities.mouse) return capabilities;
  return { ...capabilities, mouse: false, key: `${capabilities.key} reader` };
}
