export { EdgeLife } from './edge-life.js';
export { BackplaneModule } from './backplane.module.js';
export { EdgeModule } from './edge.module.js';
export type { Transport } from './edge.module.js';
export { sessionObserver } from './session-observer.js';
export { joinCommands, sshCommand, tmateConf, webLink } from './share-commands.js';
export { openBackplane } from './backplane.js';
export type { BackplaneDeps, SharedBackplane } from './backplane.js';
export { BACKPLANE, DIRECTORY, HOST_KEYS, SESSIONS } from './tokens.js';
