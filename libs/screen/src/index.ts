export { Row } from './row.js';
export { Terminal } from './vt/terminal.js';
export type { TerminalModes, TerminalOptions } from './vt/terminal.js';
