export { HOST_KEY_FILES, HostKeys } from './host-keys.js';
export type { Fingerprints } from './host-keys.js';
export { SshServer } from './ssh-server.js';
export type { SshServerOptions } from './ssh-server.js';
export { LISTEN_BACKLOG, SHARED_RANGES } from './settings.js';
export type {
  ConnectionInfo,
  NegotiatedAlgorithms,
  Peer,
  ServerSettings,
  SessionInfo,
  SshHandlers,
} from './settings.js';
export type { AuthAnswer, AuthAttempt, AuthMethod, AuthPolicy, Prompt } from './authentication.js';
export type { ExitOptions, JoinerChannel, JoinerListener } from './joiner-channel.js';
export type { HostChannel, HostListener } from './host-channel.js';
export type { PtySize } from './session-request.js';
export type { DisconnectReason } from './disconnect-reason.js';
export type { ProxyMode } from './preface.js';
export { ConnectionLimits } from './connection-limits.js';
export type { Newcomer } from './connection-limits.js';
export { readProxyHeader } from './proxy-protocol.js';
