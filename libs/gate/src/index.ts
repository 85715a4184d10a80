export { Gate } from './gate.js';
export type { GateObserver, GateOptions, GateOutcome, GatePeer, GateTls, SshTaker } from './settings.js';
