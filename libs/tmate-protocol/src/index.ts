export { CopyPromptKind } from './copy-mode.js';
export type { CopyMode, CopyPrompt, CopySelection } from './copy-mode.js';
export { HostMessageDecoder } from './host-decoder.js';
export { encodeHostMessage } from './host-encoder.js';
export { HOST_MESSAGE_TYPES } from './host-messages.js';
export type {
  FailedCmdMessage,
  FinMessage,
  HeaderMessage,
  HostExecCmdMessage,
  HostExecCmdStrMessage,
  HostMessage,
  HostReadyMessage,
  PtyDataMessage,
  ReconnectMessage,
  SnapshotMessage,
  StatusMessage,
  SyncCopyModeMessage,
  SyncLayoutMessage,
  UnameMessage,
  WriteCopyModeMessage,
} from './host-messages.js';
export {
  KEY_BASE,
  KEY_NONE,
  Key,
  KeyModifier,
  hasModifier,
  isMouseKey,
  isValidKeyCode,
  keyBase,
  keyModifiers,
} from './key-codes.js';
export type { KeyCode, KeyName } from './key-codes.js';
export type { Layout, LayoutPane, LayoutWindow } from './layout.js';
export { Limit } from './wire-limits.js';
export type { DecoderLimits } from './wire-limits.js';
export { ServerMessageDecoder } from './server-decoder.js';
export { encodeServerMessage } from './server-encoder.js';
export { SERVER_MESSAGE_TYPES } from './server-messages.js';
export type {
  LegacyPaneKeyMessage,
  NotifyMessage,
  PaneKeyMessage,
  ResizeMessage,
  ServerExecCmdMessage,
  ServerExecCmdStrMessage,
  ServerMessage,
  ServerReadyMessage,
  SetEnvMessage,
} from './server-messages.js';
export { CellFlag, PaneMode } from './snapshot.js';
export type { SnapshotLine, SnapshotPane, SnapshotScreen } from './snapshot.js';
export type { DecoderOptions, DecoderWork, MessageHandler } from './stream-decoder.js';
